package grant

import (
	"context"
	"sync"
)

// turns lets one at a time go on for each key. The zero value is ready.
type turns struct {
	mu   sync.Mutex
	held map[string]*turn
}

// turn is one key's: a slot, and how many hold or want it.
type turn struct {
	slot  chan struct{}
	users int
}

// take waits for a key's turn and gives what ends it, which must be called once. Whoever waits gives up with the context.
func (t *turns) take(ctx context.Context, key string) (release func(), err error) {
	t.mu.Lock()
	if t.held == nil {
		t.held = map[string]*turn{}
	}
	mine := t.held[key]
	if mine == nil {
		mine = &turn{slot: make(chan struct{}, 1)}
		t.held[key] = mine
	}
	mine.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.held, key)
		}
	}
	select {
	case mine.slot <- struct{}{}:
		return func() { <-mine.slot; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
