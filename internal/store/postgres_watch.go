package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"passerelle/internal/patience"
)

// watch gives every use of a pool its end, River's too: the wait for a connection, and each statement, as long as its caller has
// patience (package patience). It refuses connections while the breaker is open, and tells it of those who waited in vain. pgx asks it
// before and after everything that waits (pgx.QueryTracer and its like), which is why no verb can forget it.
type watch struct{ breaker *breaker }

// limited is a context with an end of ours, which the matching call of the trace takes away.
type limited struct {
	context.Context //nolint:containedctx // it is one

	cancel context.CancelFunc
	began  time.Time
}

type limitedKey struct{}

// Value implements context.Context.
func (l *limited) Value(key any) any {
	if key == (limitedKey{}) {
		return l
	}
	return l.Context.Value(key)
}

func (w *watch) start(ctx context.Context, within time.Duration) context.Context {
	l := &limited{began: time.Now()}
	l.Context, l.cancel = context.WithTimeout(ctx, within)
	return l
}

func (w *watch) end(ctx context.Context, err error) {
	l, ok := ctx.Value(limitedKey{}).(*limited)
	if !ok {
		return
	}
	silent := err != nil && time.Since(l.began) >= suspicious && errors.Is(l.Err(), context.DeadlineExceeded)
	l.cancel()
	if _, looks := ctx.Value(probeKey{}).(bool); silent && !looks {
		w.breaker.suspect()
	}
}

// over is a context whose time has passed.
type over struct{ context.Context } //nolint:containedctx // it is one

var passed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done implements context.Context.
func (over) Done() <-chan struct{} { return passed }

// Err implements context.Context.
func (over) Err() error { return errOpen }

// errOpen is what waits for no connection ends with while the breaker is open.
var errOpen = fmt.Errorf("the database does not answer: %w", context.DeadlineExceeded)

type probeKey struct{}

// TraceAcquireStart implements pgxpool.AcquireTracer. Half of the patience is for the connection, the rest for the statement.
func (w *watch) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	if _, looks := ctx.Value(probeKey{}).(bool); looks {
		return ctx
	}
	if w.breaker.open.Load() {
		return over{ctx}
	}
	return w.start(ctx, patience.Of(ctx, otherwise)/2)
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (w *watch) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, d pgxpool.TraceAcquireEndData) {
	w.breaker.connected(d.Err)
	w.end(ctx, d.Err)
}

// TraceQueryStart implements pgx.QueryTracer.
func (w *watch) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return w.start(ctx, patience.Of(ctx, otherwise))
}

// TraceQueryEnd implements pgx.QueryTracer.
func (w *watch) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryEndData) {
	w.end(ctx, d.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (w *watch) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return w.start(ctx, patience.Of(ctx, otherwise))
}

// TraceBatchQuery implements pgx.BatchTracer.
func (*watch) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (w *watch) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchEndData) {
	w.end(ctx, d.Err)
}

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (w *watch) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	return w.start(ctx, patience.Of(ctx, otherwise))
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (w *watch) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, d pgx.TraceCopyFromEndData) {
	w.end(ctx, d.Err)
}

// probePool looks whether a pool's database answers, on a connection that is at hand or a new one.
func probePool(ctx context.Context, pool *pgxpool.Pool) error {
	return pool.Ping(context.WithValue(ctx, probeKey{}, true))
}
