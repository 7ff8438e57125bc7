package connect

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// countTry calls the connector with a password on its way to the bank of a connection that is there. It is counted before it is
// sent and given back when it was not refused, so that neither a second visit nor a killed process gives more tries in a row than
// MostTries. Through a bank's own page nothing is sent that we know.
func (s *Service) countTry(ctx context.Context, a *Attempt, standing Standing, event *pending, begin func() (connector.Step, error)) (connector.Step, error) {
	if !event.Stored && (len(event.Answers) == 0 || event.Again) {
		return begin()
	}
	ok, err := s.Store.TakeTry(ctx, a.ConnectionID, MostTries, s.Clock())
	if err != nil {
		return connector.Step{}, err
	}
	if !ok {
		_, left := standing.TriesAt(s.Clock())
		return connector.Step{}, &connector.Error{Code: connector.CodeTooManyTries, RetryAfter: left}
	}
	step, err := begin()
	// A yes is counted on until it is saved: it may turn out to be somebody else's.
	if err != nil && connector.AsError(err).Code.Refused() || err == nil && step.Done != nil {
		return step, err
	}
	if back := s.Store.GiveBackTry(context.WithoutCancel(ctx), a.ConnectionID); back != nil {
		s.Log.WarnContext(ctx, "a try stays counted", "connection", a.ConnectionID, "error", back)
	}
	return step, err
}

// narrow decides what a reconnect's form asks after a no: after one to what was kept, that alone; after one to what was typed, the
// same again. A field that the bank named is among them. Somebody else's login is asked for whole.
func (s *Service) narrow(a *Attempt, p *private, e *connector.Error) {
	if a.Public.Mode == ModeNew {
		return
	}
	c, err := s.connectorOf(a)
	if err != nil || e.Code == CodeOtherLogin {
		a.Public.Retyped = nil
		return
	}
	typed := p.last != nil && len(p.last.Answers) > 0
	if typed && len(a.Public.Retyped) == 0 {
		return
	}
	a.Public.Retyped = secretNames(fieldsOf(c, a.Source), append(a.Public.Retyped, e.Field)...)
}

// noteRefusal leaves a connection in the state that a refusal of what it keeps means: otherwise the next reading by itself would
// send the same password again, and the next visit too.
func (s *Service) noteRefusal(ctx context.Context, a *Attempt, p *private, e *connector.Error) error {
	if p.last == nil || !p.last.Stored || a.ConnectionID == 0 {
		return nil
	}
	r := Refusal{ConnectionID: a.ConnectionID, State: e.Code.State(), Message: problem(e).BankText, Now: s.Clock()}
	switch e.Code {
	case connector.CodeBadCredentials:
		if c, err := s.connectorOf(a); err == nil {
			names := secretNames(fieldsOf(c, a.Source), e.Field)
			r.Asked = slices.DeleteFunc(fieldsOf(c, a.Source), func(f bank.Field) bool { return !slices.Contains(names, f.Name) })
		}
	case connector.CodePasswordExpired, connector.CodeAccountLocked:
	default:
		return nil
	}
	return s.Store.NoteRefusal(ctx, r)
}
