package syncer

import (
	"context"
	"fmt"
	"sync"
)

// Lock waits for a connection's turn, or for the end of the context: whoever speaks to its bank holds it, so that two never
// do at once. The lock is this process's, which is the only one at a database.
func (s *Service) Lock(ctx context.Context, connectionID int64) (unlock func(), err error) {
	return s.locks.lock(ctx, connectionID)
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
