package connect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// ChooseAccounts takes the end user's choice: before the bank's consent (a connector's pick) or after it (ours). Where they were
// asked for all accounts at once, all are meant, whatever the values. shown says what the page of the selection said, from the same
// view.
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
		if c.Selectable && (v.ConsentAll || slices.Contains(values, c.Value)) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) == 0 && !v.None && !v.Twins {
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

// pickedAll lists the accounts that a connector's pick is answered with by itself: all that fit, where the end user is asked for all
// accounts at once after the bank's yes. A page before it could only ask the same. None where the end user is to choose; also where
// the connector has just been told all and asks again.
func (s *Service) pickedAll(ctx context.Context, a *Attempt, p *private) ([]string, error) {
	if p.last != nil && p.last.Kind == connector.EventAccounts {
		return nil, nil
	}
	all, err := s.consentAll(ctx, a)
	if err != nil || !all {
		return nil, err
	}
	var keys []string
	for _, acc := range p.Pick {
		if allowed(a.Request, acc) {
			keys = append(keys, acc.Key)
		}
	}
	return keys, nil
}

// answerPick tells the connector the accounts of its pick, in the worker to which it gave that. The answer is stored before, as one
// of the end user's is: a crash repeats it.
func (s *Service) answerPick(ctx context.Context, a *Attempt, keys []string, psu connector.PSU) error {
	if err := s.arm(a, &pending{Kind: connector.EventAccounts, Accounts: keys}); err != nil {
		return err
	}
	if err := s.move(ctx, a, PhaseWorking, nil); err != nil {
		return err
	}
	defer s.heartbeat(ctx, a)()
	return s.run(ctx, a, psu)
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
		Attempt: a, FromStep: a.Step, Now: now, All: v.ConsentAll,
		Consent: ConsentTerms{Purpose: bank.Text(client.Options.Purpose).In(shown.Lang), TextHash: hex.EncodeToString(sum[:]), Lang: shown.Lang, Until: consentUntil(client, now)},
	}
	for _, c := range chosen {
		in.Enable = append(in.Enable, c.Account.ID)
	}
	if in.Keep, err = s.kept(ctx, v, len(chosen) > 0); err != nil {
		return err
	}
	in.Rest = len(in.Enable)+len(in.Keep) == 0
	scope, err := s.scope(ctx, a)
	if err != nil {
		return err
	}
	in.Also = scope[1:]
	if in.Code, err = s.conclude(ctx, a, len(chosen), readsOf(a, chosen), now); err != nil {
		return err
	}
	if err := failpoint.Around(ctx, failpoint.ConnectConsent, func() error { return s.Store.FinishSelection(ctx, in) }); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// readsOf lists the connections that are read because accounts of theirs were chosen; those that are archived are not.
func readsOf(a *Attempt, chosen []AccountChoice) (out []int64) {
	for _, c := range chosen {
		id := c.Account.ConnectionID
		if (c.Account.Closed == nil || c.Account.Disabled != nil) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	// The first is the one whose end wakes the page: the attempt's own, where it is among them.
	if i := slices.Index(out, a.ConnectionID); i > 0 {
		out[0], out[i] = out[i], out[0]
	}
	return out
}

// noneAllowed says whether nothing ticked is a choice too: where the end user looks at what they share already. To end it must be
// as easy as it was to begin (GDPR art. 7(3)).
func noneAllowed(a *Attempt) bool {
	return (a.Request.Flow == FlowManage || a.Request.Flow == FlowAccounts) && a.Phase == PhaseSelecting && a.Public.Mode == ModeAccounts
}

// kept are the accounts that the page did not ask about: those that the request's filters leave out, and those that the bank
// lists no more. They stay as they are. Who unticks everything means the latter too, which may come back.
func (s *Service) kept(ctx context.Context, v *View, some bool) ([]int64, error) {
	accounts, err := s.selectable(ctx, v.Attempt)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, acc := range accounts {
		if acc.Disabled == nil && (!allowed(v.Attempt.Request, acc) || acc.Deleted != nil && some) {
			out = append(out, acc.ID)
		}
	}
	return out, nil
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
		forget(a)
		a.Public.Tries = 0
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
	if err := failpoint.Around(ctx, failpoint.ConnectFinish, func() error { return s.Store.FinishAttempt(ctx, a, a.Step, code) }); err != nil {
		return err
	}
	s.wake(ctx, a.ID)
	return nil
}

// choices lists what may be ticked: a connector's pick, or the accounts of the connection. One that a client application deleted is
// chosen again by the end user alone: where they are asked for all at once after a repair, it is not among them.
func (s *Service) choices(ctx context.Context, a *Attempt, client grant.Client, all bool) ([]AccountChoice, error) {
	if a.Phase == PhasePicking {
		p, err := open(a)
		if err != nil {
			return nil, err
		}
		return s.offer(a, client, p.Pick, func(acc bank.Account) string { return acc.Key }), nil
	}
	accounts, err := s.selectable(ctx, a)
	if err != nil {
		return nil, err
	}
	accounts = once(present(accounts))
	if all && a.Public.Mode != ModeNew {
		accounts = slices.DeleteFunc(accounts, func(acc bank.Account) bool { return acc.Removed != nil })
	}
	list := s.offer(a, client, accounts, func(acc bank.Account) string { return strconv.FormatInt(acc.ID, 10) })
	return list, s.markTwins(ctx, a, list)
}

// offer makes the choices of a page. They are ticked at first sight, unless the client application wants it otherwise; where
// something is shared already, what is ticked is what is shared.
func (s *Service) offer(a *Attempt, client grant.Client, accounts []bank.Account, value func(bank.Account) string) []AccountChoice {
	out := make([]AccountChoice, 0, len(accounts))
	shared := func(acc bank.Account) bool { return acc.Disabled == nil && acc.ID != 0 }
	fresh := !slices.ContainsFunc(accounts, shared) && !noneAllowed(a) && !client.Options.DisableAccountsPreCheck
	for _, acc := range accounts {
		ok := allowed(a.Request, acc)
		ticked := ok && (fresh && acc.Removed == nil || shared(acc))
		out = append(out, AccountChoice{Account: acc, Value: value(acc), Selectable: ok, Ticked: ticked})
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
