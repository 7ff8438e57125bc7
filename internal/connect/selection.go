package connect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// ChooseAccounts takes the end user's choice: before the bank's consent (a connector's pick) or after it (ours). shown says
// what the page of the selection said, from the same view.
func (s *Service) ChooseAccounts(ctx context.Context, act Act, values []string, shown func(*View) Consented) error {
	a, err := s.act(ctx, act, PhasePicking, PhaseSelecting)
	if err != nil {
		return err
	}
	v, err := s.view(ctx, a)
	if err != nil {
		return err
	}
	choices := v.Accounts
	chosen := make([]AccountChoice, 0, len(values))
	for _, c := range choices {
		if c.Selectable && slices.Contains(values, c.Value) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 {
		return fault.New(fault.Invalid, "Tick at least one account, or cancel.").WithField("account").WithCode("none_ticked")
	}
	if a.Phase == PhasePicking {
		keys := make([]string, 0, len(chosen))
		for _, c := range chosen {
			keys = append(keys, c.Account.Key)
		}
		return s.work(ctx, a, &pending{Kind: connector.EventAccounts, Accounts: keys}, act.PSU)
	}
	return s.share(ctx, v, chosen, shown(v))
}

// Consented is what the end user read when they agreed: it is recorded, so that a change of the text can be proven.
type Consented struct {
	Text string
	Lang string
}

// share stores the consent and moves on: to the end, or to the question whether to add another.
func (s *Service) share(ctx context.Context, v *View, chosen []AccountChoice, shown Consented) (err error) {
	a, client, now := v.Attempt, v.Client, s.Clock()
	sum := sha256.Sum256([]byte(shown.Text))
	in := FinishSelection{
		Attempt: a, FromStep: a.Step, Now: now,
		Consent: ConsentTerms{Purpose: bank.Text(client.Options.Purpose).In(shown.Lang), TextHash: hex.EncodeToString(sum[:]), Lang: shown.Lang, Until: consentUntil(client, now)},
	}
	for _, c := range chosen {
		in.Enable = append(in.Enable, c.Account.ID)
	}
	if !slices.Contains(a.ConnectionIDs, a.ConnectionID) {
		a.ConnectionIDs = append(a.ConnectionIDs, a.ConnectionID)
	}
	name := ""
	if c, ok := s.Directory.ByUUID(a.ConnectorUUID); ok {
		name = c.Name
	}
	a.Public.Finished = append(a.Public.Finished, Finished{ConnectionID: a.ConnectionID, Name: name, Accounts: len(chosen)})
	to := PhaseDone
	if len(a.ConnectionIDs) < a.Request.MaxConnections {
		to = PhaseAnother
	} else if in.Code, err = s.callbackCode(a); err != nil {
		return err
	}
	if err := legal(a.Phase, to); err != nil {
		return err
	}
	a.Phase = to
	s.touch(a)
	if err := s.Store.FinishSelection(ctx, in); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// callbackCode makes the code for the way back and keeps its plaintext sealed in the attempt, so that a reload of the end
// leads back with the same code. A visit that began with a code ends without one.
func (s *Service) callbackCode(a *Attempt) (*grant.Code, error) {
	a.Private = nil
	if a.UserGiven {
		return nil, nil
	}
	life := grant.TemporaryLifetime
	if a.Request.Dialect == "oauth" {
		life = grant.NativeCodeLifetime
	}
	code, plain, err := s.Codes.NewCallbackCode(grant.CallbackCode{
		Domain: a.Domain, ClientID: a.ClientID, UserID: a.UserID, AttemptID: a.ID,
		RedirectURI: a.Request.RedirectURI, Challenge: a.Request.Challenge, Lifetime: life,
	})
	if err != nil {
		return nil, err
	}
	if err := put(a, &private{Code: plain.Reveal()}); err != nil {
		return nil, err
	}
	a.Public.Ending = string(EndingSuccess)
	return &code, nil
}

// Another takes the answer to "add another?".
func (s *Service) Another(ctx context.Context, act Act, add bool) error {
	a, err := s.act(ctx, act, PhaseAnother)
	if err != nil {
		return err
	}
	if add {
		a.ConnectorUUID, a.Source, a.ConnectionID, a.Private = "", "", 0, nil
		a.Public.Error, a.Public.Tries, a.Public.AuthenticatedAt = nil, 0, nil
		return s.move(ctx, a, PhasePicker, nil)
	}
	return s.finish(ctx, a)
}

// finish ends a visit that has made connections: when the end user wants no other, or cancels while making another.
func (s *Service) finish(ctx context.Context, a *Attempt) error {
	code, err := s.callbackCode(a)
	if err != nil {
		return err
	}
	a.Phase, a.LeaseUntil, a.Public.Error = PhaseDone, nil, nil
	s.touch(a)
	if err := s.Store.FinishAttempt(ctx, a, a.Step, code); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// choices lists what may be ticked: a connector's pick, or the accounts of the connection.
func (s *Service) choices(ctx context.Context, a *Attempt, client grant.Client) ([]AccountChoice, error) {
	if a.Phase == PhasePicking {
		p, err := open(a)
		if err != nil {
			return nil, err
		}
		return s.offer(a, client, p.Pick, func(acc bank.Account) string { return acc.Key }), nil
	}
	accounts, err := s.Store.Accounts(ctx, a.ConnectionID)
	if err != nil {
		return nil, err
	}
	return s.offer(a, client, present(accounts), func(acc bank.Account) string { return strconv.FormatInt(acc.ID, 10) }), nil
}

func (s *Service) offer(a *Attempt, client grant.Client, accounts []bank.Account, value func(bank.Account) string) []AccountChoice {
	out := make([]AccountChoice, 0, len(accounts))
	for _, acc := range accounts {
		ok := allowed(a.Request, acc)
		shared := acc.Disabled == nil && acc.ID != 0
		out = append(out, AccountChoice{
			Account: acc, Value: value(acc), Selectable: ok,
			Ticked: ok && (shared || !client.Options.DisableAccountsPreCheck),
		})
	}
	return out
}

// allowed holds an account against the entry request's filters.
func allowed(r Request, acc bank.Account) bool {
	if len(r.AccountTypes) > 0 && !slices.Contains(r.AccountTypes, acc.Type) {
		return false
	}
	if len(r.AccountUsages) > 0 && acc.Usage != "" && !slices.Contains(r.AccountUsages, acc.Usage) {
		return false
	}
	if len(r.AccountIBANs) > 0 && !slices.Contains(r.AccountIBANs, acc.IBAN) {
		return false
	}
	return true
}
