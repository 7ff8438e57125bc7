package store

import (
	"context"
	"sync"
)

// line is the queue of writes that wait, bounded: whoever would be one too many is refused at once.
type line struct {
	*commits

	queue chan *call
	// mu guards closed, so that nobody sends on a closed queue.
	mu     sync.RWMutex
	closed bool
}

func newLine(shared *commits, depth int) *line {
	return &line{commits: shared, queue: make(chan *call, depth)}
}

// submit has fn wait in line and gives its outcome: see await for how long it waits. On PostgreSQL, once fn has started, the deadline of
// ctx and the patience of each statement bound it (watch); an answer that did not come in time leaves open whether the commit happened,
// and says so.
func (l *line) submit(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{ctx: ctx, fn: fn, done: make(chan struct{})}
	if err := l.enqueue(c); err != nil {
		return err
	}
	return c.await(ctx, l.refuse)
}

func (l *line) enqueue(c *call) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return errClosed
	}
	select {
	case l.queue <- c:
		return nil
	default:
		return l.refuse()
	}
}

// waiting implements writing.
func (l *line) waiting() (now, most int) { return len(l.queue), cap(l.queue) }

// end lets nobody in any more; what waits is still to be done.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
}
