package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// reader runs statements on a few connections of its own, which it opens as they are needed. The one used last is used next:
// its pages and statements are at hand.
type reader struct {
	connector driver.Connector
	// slots has a place for each connection in use; mu guards idle and closed.
	slots  chan struct{}
	mu     sync.Mutex
	idle   []*keptConn
	closed bool
}

func newReader(connector driver.Connector, most int) *reader {
	return &reader{connector: connector, slots: make(chan struct{}, most)}
}

// take waits for a connection until the context ends.
func (r *reader) take(ctx context.Context) (*keptConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	closed, n := r.closed, len(r.idle)
	var c *keptConn
	if !closed && n > 0 {
		c = r.idle[n-1]
		r.idle = r.idle[:n-1]
	}
	r.mu.Unlock()
	if c != nil {
		return c, nil
	}
	var err error
	if closed {
		err = errClosed
	} else if c, err = r.open(ctx); err == nil {
		return c, nil
	}
	<-r.slots
	return nil, err
}

func (r *reader) open(ctx context.Context) (*keptConn, error) {
	opened, err := r.connector.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a connection for reading: %w", err)
	}
	c, ok := opened.(*keptConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a connection of the wrong kind: %T", opened), opened.Close())
	}
	return c, nil
}

// give takes a connection back.
func (r *reader) give(c *keptConn) {
	r.mu.Lock()
	keep := !r.closed && c.IsValid()
	if keep {
		r.idle = append(r.idle, c)
	}
	r.mu.Unlock()
	if !keep {
		_ = c.Close()
	}
	<-r.slots
}

// close closes what is idle; what is in use follows when it is given back.
func (r *reader) close() error {
	r.mu.Lock()
	idle := r.idle
	r.idle, r.closed = nil, true
	r.mu.Unlock()
	var errs []error
	for _, c := range idle {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// busy implements reading.
func (r *reader) busy() (now, most int) { return len(r.slots), cap(r.slots) }

// shrink gives back the pages that the connection used last has read: after the catalogue they are megabytes which nobody asks
// for again. A failure costs memory only.
func (r *reader) shrink(ctx context.Context) {
	c, err := r.take(ctx)
	if err != nil {
		return
	}
	defer r.give(c)
	_, _ = c.exec("PRAGMA shrink_memory", nil)
}

func (r *reader) exec(ctx context.Context, query string, args ...any) (int64, error) {
	c, err := r.take(ctx)
	if err != nil {
		return 0, err
	}
	defer r.give(c)
	count(ctx)
	return c.exec(query, args)
}

func (r *reader) query(ctx context.Context, query string, args ...any) (rows, error) {
	return r.rows(ctx, query, args)
}

func (r *reader) queryRow(ctx context.Context, query string, args ...any) row {
	rs, err := r.rows(ctx, query, args)
	if err != nil {
		return failedRow{err}
	}
	return first{rs}
}

func (r *reader) rows(ctx context.Context, query string, args []any) (*readRows, error) {
	c, err := r.take(ctx)
	if err != nil {
		return nil, err
	}
	count(ctx)
	return c.query(query, args, func() { r.give(c) })
}
