package store

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/patience"
)

// await waits for the outcome of a call that is in a queue. Where its time is over before it was begun it never is, and the caller
// knows that nothing is stored. Where its function has run and only the commit is open, the caller is told that it is not known.
// In between, while the function runs, it is waited for, since it touches what belongs to the caller.
func (c *call) await(ctx context.Context, refuse func() error) error {
	late := time.NewTimer(patience.Of(ctx, otherwise))
	defer late.Stop()
	ended := ctx.Done()
	for {
		select {
		case <-c.done:
			return c.err
		case <-ended:
			if c.state.CompareAndSwap(callWaiting, callAbandoned) {
				return ctx.Err()
			}
			// Whoever has gone away reads no answer: what is under way for them has the rest of their patience.
			if ended = nil; errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return c.outcome()
			}
		case <-late.C:
			if c.state.CompareAndSwap(callWaiting, callAbandoned) {
				return refuse()
			}
			return c.outcome()
		}
	}
}

// ran says that the function has run: what is open is the commit.
func (c *call) ran() { c.state.Store(callRan) }

// again asks whether the function may run once more. Once its caller has been told that nothing is known it may not: it would touch what
// belongs to a caller that goes on.
func (c *call) again() bool {
	return c.state.CompareAndSwap(callRan, callStarted) || c.state.Load() == callStarted
}

// outcome waits until the function has run; then only the commit is open, or the outcome is there. On PostgreSQL the commit may turn out
// to have been in vain: again is asked then.
func (c *call) outcome() error {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-c.done:
			return c.err
		case <-look.C:
			if c.state.CompareAndSwap(callRan, callAbandoned) {
				return unknown(errSilent)
			}
		}
	}
}

var errSilent = errors.New("the database did not say in time whether it stored this")

// unknown is the answer where a commit was asked for and not answered. Nobody may be told that it failed, and nobody that it did not:
// the same request with the same Idempotency-Key finds out.
func unknown(cause error) error {
	return fault.New(fault.Unavailable, "It is not known yet whether this was stored. Send the same request again, with the same Idempotency-Key if it had one.").
		WithRetry(retryAfter).WithCause(errors.Join(cause, fault.ErrOutcomeUnknown))
}
