package connect

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/process"
	"passerelle/internal/seeded"
)

// leaseTime is how long a worker holds an attempt without a sign of life. Short, so that after a crash the end user waits
// for seconds and not minutes; a living worker renews it.
const leaseTime = 12 * time.Second

// shortestPoll keeps a connector from being asked faster than makes sense.
const shortestPoll = time.Second

// workers counts what is in flight in this process, so that one step of an attempt has one worker and a shutdown can wait.
type workers struct {
	mu      sync.Mutex
	running map[string]chan struct{}
	wg      sync.WaitGroup
}

// start notes a worker for a step of an attempt; the channel is closed when it has finished. False when one is running already.
func (w *workers) start(id string) (chan struct{}, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == nil {
		w.running = make(map[string]chan struct{})
	}
	if ch, ok := w.running[id]; ok {
		return ch, false
	}
	ch := make(chan struct{})
	w.running[id] = ch
	w.wg.Add(1)
	return ch, true
}

func (w *workers) finish(id string, ch chan struct{}) {
	w.mu.Lock()
	delete(w.running, id)
	w.mu.Unlock()
	close(ch)
	w.wg.Done()
}

// Drain waits for the workers in flight, or for the context. What is cut off is picked up after the restart.
func (s *Service) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() { s.workers.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// work stores an event for the connector, starts a worker on it and waits a moment for the answer.
func (s *Service) work(ctx context.Context, a *Attempt, event *pending, psu connector.PSU) error {
	if err := s.arm(a, event); err != nil {
		return err
	}
	if err := s.move(ctx, a, PhaseWorking, nil); err != nil {
		return err
	}
	s.settle(ctx, s.spawn(ctx, a, psu))
	return nil
}

// arm puts an event into an attempt whose worker is to be started, under a lease of its own.
func (s *Service) arm(a *Attempt, event *pending) error {
	p, err := open(a)
	if err != nil {
		return err
	}
	p.Pending = event
	if err := put(a, p); err != nil {
		return err
	}
	now := s.Clock()
	lease := now.Add(leaseTime)
	a.LeaseUntil, a.Public.WaitKind, a.Public.WaitSince = &lease, WaitBank, &now
	a.Public.Deadline, a.Public.DeniedAt, a.Public.Elsewhere = nil, nil, false
	return nil
}

// spawn starts a worker for an attempt whose lease this process holds. The worker outlives the request that caused it.
func (s *Service) spawn(ctx context.Context, a *Attempt, psu connector.PSU) <-chan struct{} {
	key := a.ID + ":" + strconv.Itoa(a.Step)
	done, fresh := s.workers.start(key)
	if !fresh {
		return done
	}
	mine := *a
	mine.Private = slices.Clone(a.Private)
	go func() {
		defer s.workers.finish(key, done)
		own := s.own(context.WithoutCancel(ctx))
		ctx, cancel := context.WithTimeout(own, s.Deadline)
		defer cancel()
		if seeded.DeadlineDropped {
			ctx = context.WithoutCancel(ctx)
		}
		stop := s.heartbeat(ctx, &mine)
		defer stop()
		if err := s.run(ctx, &mine, psu); err != nil && !errors.Is(err, ErrStale) {
			s.Log.ErrorContext(ctx, "attempt could not go on", "attempt", a.ID, "phase", string(mine.Phase), "error", err)
			go s.letGo(own, mine.ID, mine.Step)
		}
	}()
	return done
}

func (s *Service) own(ctx context.Context) context.Context {
	if s.Own == nil {
		return ctx
	}
	return s.Own(ctx)
}

// letGo gives back the lease of a worker that failed on our side: other processes leave alone what a living one holds. As long as the
// store does not answer it is tried again, until the lease's attempt is over. A process taken for dead has no lease left to give.
func (s *Service) letGo(ctx context.Context, id string, step int) {
	ctx, cancel := context.WithTimeout(ctx, MostLifetime)
	defer cancel()
	for {
		asked, stop := context.WithTimeout(ctx, leaseTime)
		_, err := s.Store.RestAttempt(asked, id, step, nil)
		stop()
		if !fault.Is(err, fault.Unavailable) || errors.Is(err, process.ErrLost) {
			return
		}
		pause := time.NewTimer(leaseTime / 6)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
}

// settle waits for a worker, but only a moment: after that the waiting page tells.
func (s *Service) settle(ctx context.Context, done <-chan struct{}) {
	t := time.NewTimer(s.Settle)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	case <-ctx.Done():
	}
}

// heartbeat renews the lease of a worker that takes long.
func (s *Service) heartbeat(ctx context.Context, a *Attempt) (stop func()) {
	id, step := a.ID, a.Step
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		t := time.NewTicker(leaseTime / 3)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if ok, err := s.Store.RenewLease(ctx, id, step, s.Clock().Add(leaseTime)); err != nil || !ok {
					return
				}
			}
		}
	}()
	return cancel
}

// run performs what the attempt's phase asks of a worker.
func (s *Service) run(ctx context.Context, a *Attempt, psu connector.PSU) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.Log.ErrorContext(ctx, "connector panicked", "attempt", a.ID, "kind", a.ConnectorUUID)
			err = s.refused(ctx, a, &private{}, &connector.Error{Code: connector.CodeBug})
		}
	}()
	if a.Phase == PhaseFetching {
		return s.fetch(ctx, a, psu)
	}
	p, err := open(a)
	if err != nil {
		return err
	}
	event := p.Pending
	if a.Phase == PhaseWaiting || event == nil {
		event = &pending{Kind: connector.EventTick}
	}
	call, err := s.callback(a)
	if err != nil {
		return err
	}
	var step connector.Step
	failed := failpoint.Around(ctx, failpoint.ConnectAsk, func() (err error) {
		step, err = s.call(ctx, a, p, event, call, psu)
		return err
	})
	p.Pending, p.last = nil, event
	if ours := (*connector.Error)(nil); fault.Is(failed, fault.Unavailable) && !errors.As(failed, &ours) {
		return failed // the store's, and not the bank's: whoever looks next goes on, or is asked again
	}
	if failed != nil {
		if a.Public.Mode != ModeNew && fault.Is(failed, fault.NotFound) {
			return s.gone(ctx, a, failed)
		}
		return s.refused(ctx, a, p, connector.AsError(failed))
	}
	return s.apply(ctx, a, p, step, call, psu)
}

// callTo is where a bank may send the browser back, prepared before the connector is asked.
type callTo struct {
	connector.Callback
	hash []byte
}

func (s *Service) callback(a *Attempt) (callTo, error) {
	c, err := s.connectorOf(a)
	if err != nil {
		return callTo{}, err
	}
	secret, hash, err := s.newSecret()
	if err != nil {
		return callTo{}, err
	}
	return callTo{connector.Callback{URL: s.CallbackURL(c.Kind), State: secret}, hash}, nil
}

// call asks the connector.
func (s *Service) call(ctx context.Context, a *Attempt, p *private, event *pending, to callTo, psu connector.PSU) (connector.Step, error) {
	c, err := s.connectorOf(a)
	if err != nil {
		return connector.Step{}, err
	}
	if event.Begin {
		return s.callBegin(ctx, a, p, c, event, to, psu)
	}
	kind, _ := s.Kinds.Kind(c.Kind)
	return kind.Advance(ctx, connector.AdvanceInput{
		Institution: Institution(c), Source: a.Source, State: p.State, Callback: to.Callback, PSU: psu, Now: s.Clock(),
		Event: connector.Event{Kind: event.Kind, Answers: keep(event.Answers), Callback: event.Callback, Accounts: event.Accounts},
	})
}

// callBegin begins at the connector. A reconnect gives it the session that is kept, as it stands now, unless that belongs to
// another source; what was typed goes before it.
func (s *Service) callBegin(ctx context.Context, a *Attempt, p *private, c *bank.Connector, event *pending, to callTo, psu connector.PSU) (connector.Step, error) {
	kind, _ := s.Kinds.Kind(c.Kind)
	now := s.Clock()
	in := connector.BeginInput{
		Mode: connector.ModeConnect, Institution: Institution(c), Source: a.Source, Values: keep(event.Answers),
		Callback: to.Callback, PSU: psu, Now: now,
		Want: connector.Want{HistoryFrom: now.AddDate(-2, 0, 0), ValidUntil: now.AddDate(0, 0, 180), Usages: a.Request.AccountUsages},
	}
	begin := func() (connector.Step, error) { return kind.Begin(ctx, in) }
	if a.Public.Mode == ModeNew {
		return s.throttle(ctx, a, p, c, event, psu, begin)
	}
	if in.Mode = connector.ModeReconnect; a.Public.Mode == ModeRenew {
		in.Mode = connector.ModeRenew
	}
	standing, err := s.Store.Standing(ctx, a.ConnectionID)
	if err != nil {
		return connector.Step{}, err
	}
	if standing.Source == a.Source {
		in.Previous = connector.Opaque(standing.Session)
	}
	return s.throttle(ctx, a, p, c, event, psu, func() (connector.Step, error) { return s.countTry(ctx, a, standing, event, begin) })
}

// Institution says to a connector kind which institution is meant.
func Institution(c *bank.Connector) connector.Institution {
	return connector.Institution{UUID: c.UUID, Name: c.Name, Settings: c.Settings, Fields: c.Fields}
}

// apply writes the step that the connector gave.
func (s *Service) apply(ctx context.Context, a *Attempt, p *private, step connector.Step, to callTo, psu connector.PSU) error {
	if err := step.State.Check(); err != nil {
		return s.refused(ctx, a, p, connector.AsError(err))
	}
	if step.Done != nil {
		return s.save(ctx, a, p, step.Done, psu)
	}
	if step.Wait != nil && a.Phase == PhaseWaiting && slices.Equal(step.State, p.State) {
		return s.keepWaiting(ctx, a, step.Wait)
	}
	p.clearStep()
	p.State = step.State
	a.Public.Error, a.LeaseUntil = nil, nil
	a.Public.Deadline = nil
	if !step.Deadline.IsZero() {
		a.Public.Deadline = &step.Deadline
	}
	next, callback, err := s.enterStep(a, p, step, to)
	if err != nil {
		return s.refused(ctx, a, p, connector.AsError(err))
	}
	if err := put(a, p); err != nil {
		return err
	}
	if next == PhasePicking {
		if keys, err := s.pickedAll(ctx, a, p); err != nil {
			return err
		} else if len(keys) > 0 {
			return s.answerPick(ctx, a, keys, psu)
		}
	}
	return s.move(ctx, a, next, callback)
}

// enterStep fills in what the page of a step needs and gives its phase.
func (s *Service) enterStep(a *Attempt, p *private, step connector.Step, to callTo) (Phase, *CallbackState, error) {
	now := s.Clock()
	switch {
	case step.Ask != nil:
		ask, err := cleanAsk(step.Ask)
		if err != nil {
			return "", nil, err
		}
		p.Ask = ask
		if step.Ask.Error != nil {
			a.Public.Error = problem(step.Ask.Error)
		}
		return PhaseAsking, nil, nil
	case step.Redirect != nil:
		if err := checkBankURL(step.Redirect.URL); err != nil {
			return "", nil, err
		}
		p.Redirect = step.Redirect.URL
		p.CallbackHash = to.hash
		a.Public.Words = words(to.hash)
		return PhaseAway, &CallbackState{Hash: to.hash, AttemptID: a.ID, ExpiresAt: now.Add(MostLifetime)}, nil
	case step.Wait != nil:
		w := step.Wait
		p.Wait = &waitState{Message: w.Message.Clean(mostBankText), Medium: bank.CleanText(w.Medium, mostMedium), PollAfter: max(w.PollAfter, shortestPoll)}
		a.Public.WaitKind, a.Public.WaitSince = WaitApproval, &now
		lease := now.Add(p.Wait.PollAfter)
		a.LeaseUntil = &lease
		return PhaseWaiting, nil, nil
	case step.Pick != nil:
		accounts, err := cleanPick(step.Pick)
		if err != nil {
			return "", nil, err
		}
		p.Pick = accounts
		return PhasePicking, nil, nil
	}
	return "", nil, &connector.Error{Code: connector.CodeBug, Cause: errors.New("the connector gave an empty step")}
}

// keepWaiting goes on waiting without a move: the bank still says pending. As long as it does, the visit is kept alive, for
// a good approval must not be thrown away because a clock of ours ran out first.
func (s *Service) keepWaiting(ctx context.Context, a *Attempt, w *connector.Wait) error {
	now := s.Clock()
	if a.ExpiresAt.Sub(now) < Lifetime/3 && now.Before(a.Created.Add(MostLifetime)) {
		return s.move(ctx, a, PhaseWaiting, nil)
	}
	again := now.Add(max(w.PollAfter, shortestPoll))
	_, err := s.Store.RestAttempt(ctx, a.ID, a.Step, &again)
	return err
}

// refused writes what the connector refused: to the page where the end user can mend it, or to the page that says whose
// turn it is.
func (s *Service) refused(ctx context.Context, a *Attempt, p *private, e *connector.Error) error {
	a.Public.Error, a.LeaseUntil, a.Public.Deadline = problem(e), nil, nil
	s.Log.Log(ctx, e.Level(), "connector refused", "attempt", a.ID, "connector", a.ConnectorUUID, "code", string(e.Code), "error", e)
	to := PhaseFailed
	switch e.Code {
	case connector.CodeBadCredentials, CodeOtherLogin:
		// Another's login counts like a wrong one, or the page would be a place to try stolen passwords at.
		a.Public.Tries++
		if (a.Public.Tries < MostTries || seeded.TriesUncapped) && (a.Phase == PhaseWorking || a.Phase == PhaseWaiting) && s.asksFields(a, e.Code) {
			to = PhaseCredentials
			s.narrow(a, p, e)
		}
	case connector.CodeChallengeFailed:
		if p.Ask != nil && a.Phase == PhaseWorking {
			to = PhaseAsking
		}
	}
	if err := s.noteRefusal(ctx, a, p, e); err != nil {
		return err
	}
	if to == PhaseFailed || to == PhaseCredentials {
		p.State = nil
		p.clearStep()
	}
	if err := put(a, p); err != nil {
		return err
	}
	return s.move(ctx, a, to, nil)
}

// asksFields says whether the attempt has a form of ours on which what was refused can be typed again. Who signed in as somebody
// else on the bank's own page did not do it with our form.
func (s *Service) asksFields(a *Attempt, code connector.Code) bool {
	c, err := s.connectorOf(a)
	if err != nil || a.Request.Flow == FlowWebauth || len(fieldsOf(c, a.Source)) == 0 {
		return false
	}
	src, ok := c.Source(a.Source)
	return code != CodeOtherLogin || ok && src.Auth != bank.AuthWebauth
}

func problem(e *connector.Error) *Problem {
	return &Problem{Code: e.Code, Field: bank.CleanText(e.Field, mostFieldName), BankText: bank.CleanText(e.UserText, mostBankText), RetryAfter: e.RetryAfter}
}

// resume takes up what a dead process left, or what is due: it is called whenever somebody looks at the attempt.
func (s *Service) resume(ctx context.Context, a *Attempt, psu connector.PSU) (<-chan struct{}, error) {
	now := s.Clock()
	switch a.Phase {
	case PhaseReading:
		return nil, s.awaited(ctx, a)
	case PhaseWorking, PhaseWaiting, PhaseFetching:
	default:
		return nil, nil
	}
	if a.LeaseUntil != nil && now.Before(*a.LeaseUntil) {
		return nil, nil
	}
	ok, err := s.Store.LeaseAttempt(ctx, a.ID, a.Step, now, now.Add(leaseTime))
	if err != nil || !ok {
		return nil, err
	}
	if a.Phase == PhaseWorking {
		p, err := open(a)
		if err != nil {
			return nil, err
		}
		if p.Pending != nil && !p.Pending.repeatable() {
			return nil, s.interrupted(ctx, a, p)
		}
	}
	return s.spawn(ctx, a, psu), nil
}

// Check looks at once whether the wait is over: the button for the impatient and for those without JavaScript.
func (s *Service) Check(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseWaiting, PhaseWorking, PhaseFetching, PhaseReading)
	if err != nil {
		return err
	}
	if a.Phase == PhaseWaiting {
		a.LeaseUntil = nil
		now := s.Clock()
		// A lease of a tick that is under way in this process is left alone: spawn finds its worker.
		if _, err := s.Store.RenewLease(ctx, a.ID, a.Step, now.Add(leaseTime)); err != nil {
			return err
		}
		s.settle(ctx, s.spawn(ctx, a, act.PSU))
		return nil
	}
	done, err := s.resume(ctx, a, act.PSU)
	if err != nil {
		return err
	}
	if done != nil {
		s.settle(ctx, done)
	}
	return nil
}
