package stet

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

func secretOf(s string) bank.Secret { return bank.NewSecret(s) }

// Advance implements connector.Connector: the browser is back, or accounts were chosen.
func (c *Connector) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	if err := onlySource(in.Source); err != nil {
		return connector.Step{}, err
	}
	s, err := connector.Decode[state](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	b, err := c.open(ctx, in.Institution, in.PSU)
	if err != nil {
		return connector.Step{}, err
	}
	switch picking := s.Session != nil; {
	case in.Event.Kind == connector.EventCancel:
		if picking {
			// The bank gave access, and nobody wants it any more.
			return connector.Step{}, b.giveBack(ctx, *s.Session)
		}
		return connector.Step{}, nil
	case in.Event.Kind == connector.EventCallback && !picking:
		return b.returned(ctx, in, s)
	case in.Event.Kind == connector.EventAccounts && picking:
		return b.chosen(ctx, in, s)
	}
	return connector.Step{}, misfit(in.Event.Kind)
}

// returned spends the code and looks whose accounts there are. In the mixed model they are to be chosen from.
func (b *theBank) returned(ctx context.Context, in connector.AdvanceInput, s state) (connector.Step, error) {
	party, err := b.party(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	q := maps.Clone(in.Event.Callback)
	if s.Pending.Issuer == "" {
		// Nobody told us who the server says it is: there is nothing to hold its name against.
		q.Del("iss")
	}
	code, err := party.Answered(ctx, q, s.Pending)
	if err != nil {
		return connector.Step{}, err
	}
	token, err := party.Exchange(ctx, code, s.Pending)
	if err != nil {
		return connector.Step{}, err
	}
	fresh := session{Tokens: tokensOf(token), Until: b.consentEnd()}
	fresh.Form = fresh.Shape()
	b.bearer = token.Access
	list, err := b.accounts(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	if len(list) == 0 {
		_ = b.giveBack(ctx, fresh)
		return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported, Cause: errors.New("the login has no account that can be read")}
	}
	grouped := group(in.Institution, list)
	keys := make([]string, 0, len(grouped))
	for _, g := range grouped {
		keys = append(keys, g.key)
	}
	// The standard's identity of the end user is a name, which is not one person's alone.
	fresh.Owner = connector.OwnerOf(slices.Min(keys), keys, s.Before)
	if b.Model == modelFull {
		fresh.Holder = b.holder(ctx)
		return done(fresh, in.Institution)
	}
	return offer(fresh, grouped)
}

// offer lets the end user choose accounts.
func offer(fresh session, grouped []grouped) (connector.Step, error) {
	s := state{Session: &fresh}
	s.Form = s.Shape()
	pick := &connector.Pick{}
	for _, g := range grouped {
		a, err := g.account("")
		if err != nil {
			return connector.Step{}, err
		}
		pick.Accounts = append(pick.Accounts, a)
		s.Offered = append(s.Offered, g.references()...)
	}
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{State: opaque, Pick: pick}, nil
}

// consent is the body of PUT /consents.
type consent struct {
	Balances      []consented `json:"balances"`
	Transactions  []consented `json:"transactions"`
	Beneficiaries bool        `json:"trustedBeneficiaries"`
	Identity      bool        `json:"psuIdentity"`
}

// consented names an account.
type consented struct {
	IBAN  string          `json:"iban,omitempty"`
	Other *identification `json:"other,omitempty"`
}

// chosen tells the bank which accounts may be read. It replaces what was told before.
func (b *theBank) chosen(ctx context.Context, in connector.AdvanceInput, s state) (connector.Step, error) {
	want := consent{Identity: !b.NoIdentity}
	fresh := *s.Session
	for _, key := range in.Event.Accounts {
		if !slices.ContainsFunc(s.Offered, func(r reference) bool { return r.Key == key }) {
			return connector.Step{}, bug(errors.New("an account was chosen that was not offered"))
		}
	}
	for _, r := range s.Offered {
		if slices.Contains(in.Event.Accounts, r.Key) {
			want.Balances = append(want.Balances, consented{IBAN: r.IBAN, Other: r.Other})
			fresh.Allowed = append(fresh.Allowed, r.Key)
		}
	}
	if len(want.Balances) == 0 {
		return connector.Step{}, bug(errors.New("no account was chosen"))
	}
	want.Transactions = want.Balances
	fresh.Allowed = slices.Compact(fresh.Allowed)
	b.bearer = fresh.Tokens.access()
	if err := b.putConsent(ctx, want); err != nil {
		return connector.Step{}, err
	}
	fresh.Holder = b.holder(ctx)
	return done(fresh, in.Institution)
}

func (b *theBank) putConsent(ctx context.Context, want consent) error {
	answer, err := b.call(ctx, http.MethodPut, b.base.JoinPath("consents"), want)
	if err != nil {
		return err
	}
	if !answer.OK() {
		return b.refusal(answer)
	}
	return nil
}

// holder asks who the end user is. Banks may have no word on it: then nobody knows.
func (b *theBank) holder(ctx context.Context) string {
	if b.NoIdentity {
		return ""
	}
	var said struct {
		PSU string `json:"connectedPsu"`
	}
	if _, _, err := b.get(ctx, b.base.JoinPath("end-user-identity"), &said); err != nil {
		return ""
	}
	return bank.CleanText(said.PSU, 140)
}
