package syncer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"passerelle/internal/process"
)

// Turns are the turns at connections among all processes of a database. internal/store implements it.
type Turns interface {
	// TakeTurn takes a connection's turn for this process unless another one that lives has it.
	TakeTurn(ctx context.Context, connectionID int64) (bool, error)
	// GiveTurn gives it back.
	GiveTurn(ctx context.Context, connectionID int64) error
}

// Pauses between two looks whether another process has given a turn back.
const (
	firstLook = 25 * time.Millisecond
	lastLook  = 400 * time.Millisecond
)

// Lock waits for a connection's turn, or for the end of the context: whoever speaks to its bank holds it, so that two never do at
// once, in this process or, with Turns, in another.
func (s *Service) Lock(ctx context.Context, connectionID int64) (func(), error) {
	unlock, err := s.locks.lock(ctx, connectionID)
	if err != nil || s.Turns == nil {
		return unlock, err
	}
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		ok, err := s.Turns.TakeTurn(ctx, connectionID)
		if ok {
			return func() { s.giveTurn(ctx, connectionID, unlock) }, nil
		}
		if err == nil {
			err = wait(ctx, pause)
		}
		if err != nil {
			unlock()
			return nil, fmt.Errorf("wait for connection %d: %w", connectionID, err)
		}
	}
}

// giveTurn gives a turn back, however its holder's context ended, and then lets the next one of this process have it. The others cannot
// take it from a process that lives: while it cannot be given back, it is tried again.
func (s *Service) giveTurn(ctx context.Context, connectionID int64, unlock func()) {
	ctx = context.WithoutCancel(ctx)
	give := func() bool {
		ctx, cancel := context.WithTimeout(ctx, storeDeadline)
		defer cancel()
		err := s.Turns.GiveTurn(ctx, connectionID)
		if err != nil && !errors.Is(err, process.ErrLost) {
			s.Log.WarnContext(ctx, "the turn at a connection was not given back yet", "connection", connectionID, "error", err)
			return false
		}
		unlock()
		return true
	}
	if give() {
		return
	}
	go func() {
		for wait(ctx, time.Second) == nil && !give() { //nolint:revive // all is in the condition
		}
	}()
}

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// locks lets one reader at a time at each connection within this process. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[int64]*turn
}

// turn is one connection's lock: a channel of one place, so that waiting for it can be given up, and a count of those who
// hold or want it, so that it goes away with the last.
type turn struct {
	place chan struct{}
	users int
}

// lock waits for the connection's turn or the end of the context.
func (l *locks) lock(ctx context.Context, id int64) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = make(map[int64]*turn)
	}
	t, ok := l.held[id]
	if !ok {
		t = &turn{place: make(chan struct{}, 1)}
		l.held[id] = t
	}
	t.users++
	l.mu.Unlock()

	select {
	case t.place <- struct{}{}:
		return func() { <-t.place; l.leave(id, t) }, nil
	case <-ctx.Done():
		l.leave(id, t)
		return nil, fmt.Errorf("wait for connection %d: %w", id, context.Cause(ctx))
	}
}

func (l *locks) leave(id int64, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(l.held, id)
	}
}
