package openbanking

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
	"passerelle/internal/protocol/wire"
)

var errEnded = errors.New("the bank's consent is not authorised any more")

// finish spends the code that the browser brought back, and finds out who it was.
func (b *theBank) finish(ctx context.Context, s state, q url.Values) (connector.Step, error) {
	party, err := b.party(ctx)
	if err != nil {
		return connector.Step{}, err
	}
	code, err := party.Answered(ctx, q, s.Pending)
	if err != nil {
		return connector.Step{}, err
	}
	token, err := party.Exchange(ctx, code, s.Pending)
	if err != nil {
		return connector.Step{}, err
	}
	kept := session{Consent: s.Consent, Until: s.Until, Ends: s.Until, Login: b.now, Replaced: s.Replaced}
	kept.Form = kept.Shape()
	kept.take(token)
	if kept.Until.IsZero() {
		kept.Until = b.now.AddDate(0, 0, b.ConsentDays)
	}
	if kept.Owner, kept.Known, err = b.owner(ctx, token.Access, s); err != nil {
		return connector.Step{}, err
	}
	return done(kept, b.institution)
}

// take keeps what a token answer gave.
func (s *session) take(t fapi.Token) {
	s.Access, s.Expiry = t.Access.Reveal(), t.Expires
	if !t.Refresh.IsZero() {
		s.Refresh = t.Refresh.Reveal()
	}
}

func done(s session, inst connector.Institution) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{
		Session: opaque, OwnerKey: connector.OwnerKey(inst.UUID, s.Owner), ConsentUntil: s.Until,
	}}, nil
}

// partyAnswer is OBReadParty2.
type partyAnswer struct {
	Data struct {
		Party struct {
			ID     string `json:"PartyId"`
			Number string `json:"PartyNumber"`
			Name   string `json:"Name"`
		} `json:"Party"`
	} `json:"Data"`
}

// owner is who signed in: the party of the bank's where it tells, else whoever has the accounts. The id_token's subject does not help:
// at UK banks it is the consent. Known are the accounts' keys, kept where the owner is known by them alone: who shares other accounts
// of theirs the next time is the same as long as one of them is among them.
func (b *theBank) owner(ctx context.Context, token bank.Secret, s state) (owner string, known []string, err error) {
	if b.Party == "psu" {
		var said partyAnswer
		_, err := b.call(ctx, http.MethodGet, at(b.accounts, "party"), token, nil, &said)
		switch {
		case err == nil && said.Data.Party.ID != "" && len(said.Data.Party.ID) <= 256:
			return "party " + said.Data.Party.ID, nil, nil
		case err == nil, slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed}, status(err)):
			// Not each bank has this resource, nor each end user given the permission.
		default:
			return "", nil, err
		}
	}
	accounts, err := b.list(ctx, token)
	if err != nil {
		return "", nil, err
	}
	for _, raw := range accounts {
		known = append(known, connector.AccountKey(b.institution.UUID, identify(raw).AccountID))
	}
	if len(known) == 0 {
		return "", nil, wire.Protocol(errors.New("the end user shared no account, and the bank does not say who they are"))
	}
	o := connector.OwnerOf("account "+slices.Min(known), known, &connector.Owner{Key: s.Owner, Accounts: s.Known})
	return o.Key, o.Accounts, nil
}

// forsake ends a consent that was made for an attempt which nobody goes on with. It is a courtesy: the bank lets it lapse anyway.
func (b *theBank) forsake(ctx context.Context, s state) {
	if !s.Fresh || s.Consent == "" {
		return
	}
	if token, err := b.ours(ctx); err == nil {
		_ = b.endConsent(ctx, token, s.Consent)
	}
}

// fresh makes the access token good for the calls that follow, and says whether tokens were rotated. force refreshes one that should
// still be good.
func (b *theBank) fresh(ctx context.Context, s *session, force bool) (rotated bool, err error) {
	const spare = 30 * time.Second
	ending := !s.Expiry.IsZero() && b.now.Add(spare).After(s.Expiry)
	if !ending && !force {
		return false, nil
	}
	if s.Refresh == "" {
		return false, b.why(ctx, *s, needsUser(errors.New("the access token has ended, and the bank gave none to refresh it with")))
	}
	party, err := b.party(ctx)
	if err != nil {
		return false, err
	}
	token, err := party.Refresh(ctx, bank.NewSecret(s.Refresh))
	if err != nil {
		return false, b.why(ctx, *s, err)
	}
	s.take(token)
	return true, nil
}
