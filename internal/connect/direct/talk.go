package direct

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// talk is one exchange with a bank, from a call of the client backend to what is stored of it.
type talk struct {
	userID int64
	entry  *bank.Connector
	kind   connector.Connector
	source bank.Source
	psu    connector.PSU
	mode   connector.Mode
	// values are what the bank is told: what was typed now and what was kept before.
	values map[string]bank.Secret
	// record is the connection as it was read under its lock; zero for a new one.
	record Record
	began  time.Time
	// counted says where a password or a code is counted that may still be refused; login is the keyed hash of whose.
	counted counted
	login   []byte

	// mu guards what the call and the talk both look at once the call does not wait any more.
	mu sync.Mutex
	// id is 0 until there is a row.
	id int64
	// told says that the caller was answered before the talk was over; over that it is.
	told, over bool

	// own marks the talk's writes as this process's as it was when the talk took its turn (Service.Own).
	own    func(ctx context.Context) context.Context
	unlock func()
	err    error
	done   chan struct{}
}

// owner gives what marks the writes of a talk.
func (s *Service) owner() func(ctx context.Context) context.Context {
	if s.Own == nil {
		return func(ctx context.Context) context.Context { return ctx }
	}
	return s.Own()
}

// finished says whether the connection's bank has said yes before.
func (t *talk) finished() bool { return len(t.record.Session) > 0 }

// claim makes the one talk of a connection: a second one is refused, and a reading that is under way is waited for a little.
// The record is read under the lock.
func (s *Service) claim(ctx context.Context, userID, id int64, psu connector.PSU) (*talk, error) {
	t := &talk{userID: userID, id: id, psu: psu, began: s.Clock(), done: make(chan struct{}), own: s.owner()}
	if !s.enter(id, t) {
		return nil, errLocked()
	}
	if err := s.admit(t); err != nil {
		s.leave(t)
		return nil, err
	}
	turn, cancel := context.WithTimeout(t.own(ctx), or(s.Turn, defaultTurn))
	defer cancel()
	unlock, err := s.Reader.Lock(turn, id)
	if err != nil {
		s.leave(t)
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, errLocked()
	}
	t.unlock = unlock
	if t.record, err = s.Store.OpenConnection(ctx, userID, id); err != nil {
		s.release(t)
		return nil, err
	}
	return t, nil
}

// enter notes a talk of a connection; false when there is one already.
func (s *Service) enter(id int64, t *talk) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy == nil {
		s.busy = make(map[int64]*talk)
	}
	if other := s.busy[id]; other != nil && other != t {
		return false
	}
	s.busy[id] = t
	return true
}

func (s *Service) leave(t *talk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flying, t)
	for id, other := range s.busy {
		if other == t {
			delete(s.busy, id)
		}
	}
}

// release ends a talk that never began.
func (s *Service) release(t *talk) {
	if t.unlock != nil {
		t.unlock()
	}
	s.leave(t)
}

// talking finds the talk of a connection.
func (s *Service) talking(id int64) *talk {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[id]
}

// run starts a talk's work apart from the call, and waits for it as long as a call may take; in the background not at all.
// validating says that a connection whose talk goes on behind the answer is shown so.
func (s *Service) run(ctx context.Context, t *talk, background, validating bool, work func(context.Context) error) (bank.Connection, error) {
	s.wg.Go(func() { s.work(t.own(context.WithoutCancel(ctx)), t, work) })
	if !background && s.await(ctx, t) {
		return s.outcome(ctx, t)
	}
	if err := context.Cause(ctx); err != nil {
		return bank.Connection{}, fmt.Errorf("the caller left: %w", err)
	}
	if err := s.tell(ctx, t, validating); err != nil {
		return bank.Connection{}, err
	}
	return s.outcome(ctx, t)
}

// await waits for a talk; false when the call's time was over first.
func (s *Service) await(ctx context.Context, t *talk) bool {
	timer := time.NewTimer(or(s.Patience, defaultPatience))
	defer timer.Stop()
	select {
	case <-t.done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// outcome is what a call is answered with.
func (s *Service) outcome(ctx context.Context, t *talk) (bank.Connection, error) {
	t.mu.Lock()
	id, err := t.id, t.err
	if !t.over {
		err = nil
	}
	t.mu.Unlock()
	if err != nil {
		return bank.Connection{}, err
	}
	rec, err := s.Store.OpenConnection(ctx, t.userID, id)
	return rec.Connection, err
}

func (s *Service) work(ctx context.Context, t *talk, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, talkDeadline)
	defer cancel()
	err := s.guarded(ctx, t, work)
	s.giveBack(ctx, t)
	t.mu.Lock()
	t.err, t.over = err, true
	told, id := t.told, t.id
	t.mu.Unlock()
	if told {
		s.settle(ctx, id, err)
	}
	s.release(t)
	close(t.done)
}

// settle clears up behind a talk whose caller was answered before: the error has nobody else to tell it to, and a connection
// must not stay in a state that promises that somebody is at work.
func (s *Service) settle(ctx context.Context, id int64, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	if err != nil {
		level := s.Log.ErrorContext
		if f := (*fault.Error)(nil); errors.As(err, &f) && f.Kind != fault.Internal {
			level = s.Log.InfoContext
		}
		level(ctx, "a talk with a bank ended badly", "connection", id, "error", err)
	}
	if err := s.Store.RescueValidating(ctx, id, s.Clock()); err != nil {
		s.Log.ErrorContext(ctx, "the state validating was left behind", "connection", id, "error", err)
	}
}

// guarded makes a connector's panic a bug of the connector's.
func (s *Service) guarded(ctx context.Context, t *talk, work func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.Log.ErrorContext(ctx, "connector panicked", "connector", t.entry.UUID)
			err = s.refused(ctx, t, pending{}, &connector.Error{Code: connector.CodeBug})
		}
	}()
	return work(ctx)
}

// tell prepares the answer of a call whose talk goes on: from now on there is a row to look at.
func (s *Service) tell(ctx context.Context, t *talk, validating bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = true
	if t.over || !validating {
		return nil
	}
	now := s.Clock()
	until := now.Add(talkDeadline)
	if t.id != 0 {
		return s.Store.MarkValidating(ctx, t.id, until)
	}
	kept, err := (pending{Source: t.source.Name, Mode: t.mode, Values: reveal(t.values)}).encode()
	if err != nil {
		return err
	}
	expire := now.Add(unfinishedLasts)
	id, err := s.Store.ParkConnection(ctx, Park{
		UserID: t.userID, Connection: t.row(), State: bank.StateValidating, AskedUntil: &until, Pending: kept, ExpireAt: &expire, Now: now,
	})
	if err != nil {
		return err
	}
	t.id = id
	s.enter(id, t)
	t.record, err = s.Store.OpenConnection(ctx, t.userID, id)
	return err
}

// row is what a new connection's row says of its connector.
func (t *talk) row() bank.Connection {
	return bank.Connection{
		UserID: t.userID, ConnectorUUID: t.entry.UUID, ConnectorID: t.entry.ID, ConnectorName: t.entry.Name, Source: t.source.Name,
	}
}
