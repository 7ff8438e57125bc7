package direct

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
)

// mostPicks bounds how often in a row a bank asks which accounts are meant.
const mostPicks = 3

// maxQuestion bounds how long a question stands, whatever the bank says.
const maxQuestion = time.Hour

// begin asks the bank anew.
func (s *Service) begin(ctx context.Context, t *talk) error {
	call, err := s.callback(t.entry)
	if err != nil {
		return err
	}
	in := connector.BeginInput{
		Mode: t.mode, Institution: connect.Institution(t.entry), Source: t.source.Name, Values: t.values, Callback: call, PSU: t.psu,
		Now: t.began, Want: connector.Want{HistoryFrom: t.began.AddDate(-2, 0, 0), ValidUntil: t.began.Add(consentLasts)},
	}
	if t.mode != connector.ModeConnect {
		in.Previous = t.record.Session
	}
	bankCtx, cancel := context.WithTimeout(ctx, or(s.Deadline, defaultDeadline))
	defer cancel()
	step, failed := t.kind.Begin(bankCtx, in)
	return s.apply(ctx, t, pending{Source: t.source.Name, Mode: t.mode, Values: reveal(t.values)}, step, failed)
}

// advance tells the connector what happened to the step that waits.
func (s *Service) advance(ctx context.Context, t *talk, p pending, event connector.Event) (connector.Step, error) {
	call, err := s.callback(t.entry)
	if err != nil {
		return connector.Step{}, err
	}
	bankCtx, cancel := context.WithTimeout(ctx, or(s.Deadline, defaultDeadline))
	defer cancel()
	return t.kind.Advance(bankCtx, connector.AdvanceInput{
		Institution: connect.Institution(t.entry), Source: t.source.Name, State: p.State, Event: event, Callback: call, PSU: t.psu,
		Now: s.Clock(),
	})
}

// apply stores what the bank said.
func (s *Service) apply(ctx context.Context, t *talk, p pending, step connector.Step, failed error) error {
	for picks := 0; failed == nil && picks < mostPicks; {
		var event connector.Event
		switch {
		case step.Pick != nil:
			// A client backend agrees to accounts one by one when they are known; at the bank all of them are meant.
			picks++
			event.Kind = connector.EventAccounts
			for _, a := range step.Pick.Accounts {
				event.Accounts = append(event.Accounts, a.Key)
			}
		case step.Wait != nil && step.Wait.Medium == "" && s.sleep(ctx, step.Wait):
			// The bank works and nobody has to act: the talk goes on, which the connection shows as validating.
			event.Kind = connector.EventTick
		}
		if event.Kind == "" {
			break
		}
		p.State = step.State
		step, failed = s.advance(ctx, t, p, event)
	}
	if failed == nil {
		failed = step.State.Check()
	}
	if failed == nil && step.Done != nil {
		if failed = step.Done.Session.Check(); failed != nil {
			s.takeBack(ctx, t, step.Done.Session)
		}
	}
	if failed != nil {
		return s.refused(ctx, t, p, connector.AsError(failed))
	}
	p.State, p.Waiting, p.PollAfter = step.State, false, 0
	switch {
	case step.Done != nil:
		return s.keep(ctx, t, step.Done)
	case step.Ask != nil:
		return s.ask(ctx, t, p, step)
	case step.Wait != nil:
		p.Waiting, p.PollAfter = true, step.Wait.PollAfter
		until := s.until(step)
		return s.challenge(ctx, t, p, Park{
			State: bank.StateDecoupled, ErrorMessage: step.Wait.Message.Clean(mostMessage).In(t.psu.Lang), AskedUntil: &until,
		})
	case step.Redirect != nil:
		// Nothing of it is kept: whoever goes to the bank begins anew, bound to a browser.
		s.cancel(ctx, t, p)
		return s.park(ctx, t, pending{}, Park{State: bank.StateWebauthRequired})
	}
	return s.refused(ctx, t, p, &connector.Error{Code: connector.CodeBug, Cause: errors.New("the connector gave an empty step")})
}

// sleep waits until the bank may be asked again; false when the talk's time is over.
func (s *Service) sleep(ctx context.Context, w *connector.Wait) bool {
	timer := time.NewTimer(max(w.PollAfter, or(s.ShortestPoll, defaultPoll)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// mostMessage caps what is kept of a bank's own words, in characters.
const mostMessage = 500

// ask stores a question, cleaned as the pages clean it. One whose answer is in an image cannot be asked here: the pages can.
func (s *Service) ask(ctx context.Context, t *talk, p pending, step connector.Step) error {
	q, err := connect.Fit(step.Ask)
	if err != nil {
		return s.refused(ctx, t, p, connector.AsError(err))
	}
	if q.Pictured {
		s.cancel(ctx, t, p)
		return s.park(ctx, t, pending{Source: p.Source, Mode: p.Mode, Values: p.Values}, Park{
			State: bank.StateSCARequired, ErrorMessage: "The bank shows an image to read: use the reconnect page.",
		})
	}
	if len(q.Fields) > 0 && len(q.Message) > 0 {
		q.Fields[0].Help = q.Message
	}
	until := s.until(step)
	message := ""
	if e := step.Ask.Error; e != nil {
		message = refusal(e)
	}
	return s.challenge(ctx, t, p, Park{State: bank.StateAdditionalInfo, ErrorMessage: message, Asked: q.Fields, AskedUntil: &until})
}

// challenge stores what the end user is to do, and leaves it counted. An error message with a question says that the answer
// before it was wrong.
func (s *Service) challenge(ctx context.Context, t *talk, p pending, park Park) error {
	s.noteChallenge(ctx, t, &p, park.ErrorMessage == "" || p.Waiting)
	fresh := t.id == 0
	err := s.park(ctx, t, p, park)
	if err == nil && fresh {
		s.countRow(ctx, t)
	}
	return err
}

// refusal is what a bank said to an answer that was not right.
func refusal(e *connector.Error) string {
	if said := bank.CleanText(e.UserText, mostMessage); said != "" {
		return said
	}
	return "The answer was not right."
}

// until is when the bank gives up on a step.
func (s *Service) until(step connector.Step) time.Time {
	now := s.Clock()
	if step.Deadline.IsZero() {
		return now.Add(questionLasts)
	}
	if most := now.Add(maxQuestion); step.Deadline.After(most) {
		return most
	}
	return step.Deadline.UTC()
}

// cancel gives the bank the chance to forget a step. Best effort.
func (s *Service) cancel(ctx context.Context, t *talk, p pending) {
	if len(p.State) == 0 {
		return
	}
	if _, err := s.advance(ctx, t, p, connector.Event{Kind: connector.EventCancel}); err != nil {
		s.Log.DebugContext(ctx, "the bank was not told of a cancellation", "connector", t.entry.UUID, "error", err)
	}
}

// refused stores what the bank said no to. Wrong credentials are told as such, and nothing is kept of a connection that nobody
// was told of; everything else leaves a state behind from which a later call goes on.
func (s *Service) refused(ctx context.Context, t *talk, p pending, e *connector.Error) error {
	s.Log.Log(ctx, e.Level(), "connector refused", "connector", t.entry.UUID, "source", t.source.Name, "code", string(e.Code), "error", e)
	if e.Code == connector.CodeChallengeFailed && len(p.State) > 0 && !p.Waiting {
		c := t.record.Connection
		return s.challenge(ctx, t, p, Park{
			State: bank.StateAdditionalInfo, ErrorMessage: refusal(e), Asked: c.Asked, AskedUntil: c.AskedUntil,
		})
	}
	state := syncer.StateOf(e.Code, t.source.Auth)
	park := Park{
		State: state, ErrorMessage: bank.CleanText(e.UserText, mostMessage), Asked: syncer.Retyped(state, t.entry, t.source.Name),
	}
	if e.Code.Refused() {
		s.noteTry(ctx, t)
	}
	if e.Code == connector.CodeTooManyTries || e.Code == connector.CodeChallengeFailed {
		s.stays(ctx, t, connect.Tried{Login: t.countedLogin()})
		t.counted.connection, t.counted.login = false, false
	}
	kept := pending{Source: p.Source, Mode: p.Mode, Values: p.Values}
	switch state {
	case bank.StateWrongpass:
		kept.Values = without(kept.Values, park.Asked)
		wrong := errWrongpass(e, t.entry.Fields)
		if err := s.parkUnlessNew(ctx, t, kept, park); err != nil {
			return err
		}
		return wrong
	case bank.StatePasswordExpired:
		kept.Values = without(kept.Values, park.Asked)
	case bank.StateWebsiteUnavailable, bank.StateRateLimiting:
		next := s.Clock().Add(max(firstRetry, min(e.RetryAfter, refusedLasts)))
		park.NextTry = &next
	}
	return s.park(ctx, t, kept, park)
}

// without forgets the values of fields, which were refused.
func without(values map[string]string, fields []bank.Field) map[string]string {
	out := make(map[string]string, len(values))
	for name, v := range values {
		out[name] = v
	}
	for _, f := range fields {
		delete(out, f.Name)
	}
	return out
}

// keep stores the bank's yes, then reads what it opened, while the end user is there.
func (s *Service) keep(ctx context.Context, t *talk, done *connector.Done) error {
	now := s.Clock()
	due := now.Add(firstReading)
	k := Keep{UserID: t.userID, Connection: t.row(), Session: done.Session, Now: now}
	k.Connection.OwnerKey, k.Connection.NextTry = done.OwnerKey, &due
	if !done.ConsentUntil.IsZero() {
		k.Connection.ConsentUntil = &done.ConsentUntil
	}
	former, err := s.store(ctx, t, func(ctx context.Context) (id int64, err error) {
		k.ConnectionID = t.id
		return s.Store.KeepConnection(ctx, k)
	})
	if err != nil {
		s.takeBack(ctx, t, done.Session)
		if errors.Is(err, connect.ErrOtherOwner) {
			s.noteTry(ctx, t)
			return fault.New(fault.Invalid, "These are the identifiers of another login than the connection's: make another connection for it.").
				WithCode(codeInvalid).WithField(loginField(t))
		}
		return err
	}
	s.cleared(ctx, t)
	if t.id != former || t.unlock == nil {
		unlock, err := s.Reader.Lock(ctx, t.id)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if _, err := s.Reader.Attended(ctx, t.id, t.psu); err != nil {
		if fault.Is(err, fault.NotFound) {
			return err
		}
		// The connection is kept and its reading is due: that it failed on our side does not undo the bank's yes.
		s.Log.ErrorContext(ctx, "a new connection was not read", "connection", t.id, "error", err)
	}
	return nil
}

// loginField names the field that says who somebody is to their bank; the connection where none does.
func loginField(t *talk) string {
	for _, f := range fieldsOf(t.entry, t.source.Name) {
		if !f.Secret && f.Required && f.Type != bank.FieldList && f.Type != bank.FieldHidden {
			return f.Name
		}
	}
	return "id_connection"
}

// store writes under the talk's mutex, so that the call either sees what is written or is answered before, and gives the id
// that the connection had before.
func (s *Service) store(ctx context.Context, t *talk, write func(context.Context) (int64, error)) (former int64, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	former = t.id
	id, err := write(ctx)
	if err != nil {
		return former, err
	}
	if t.id = id; id != 0 {
		s.enter(id, t)
	}
	return former, nil
}

// takeBack ends a consent that could not be kept.
func (s *Service) takeBack(ctx context.Context, t *talk, session connector.Opaque) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	err := t.kind.Revoke(ctx, connector.RevokeInput{
		Institution: connect.Institution(t.entry), Source: t.source.Name, Session: session, Now: s.Clock(),
	})
	if err != nil {
		s.Log.WarnContext(ctx, "consent could not be taken back", "connector", t.entry.UUID, "error", err)
	}
}
