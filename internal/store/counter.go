package store

import (
	"context"
	"sync/atomic"
)

// Counter counts the statements that were run for one context. It is safe for concurrent use.
type Counter struct{ n atomic.Int64 }

// Statements says how many statements were run so far.
func (c *Counter) Statements() int64 { return c.n.Load() }

type counterKey struct{}

// CountQueries gives a context under which every statement of the store is counted, reads and writes alike (savepoints and
// commits, which callers share, are not): a page has a budget of queries, and a test holds it to that.
func CountQueries(ctx context.Context) (context.Context, *Counter) {
	c := new(Counter)
	return context.WithValue(ctx, counterKey{}, c), c
}

// statementsRun counts all statements of the process, for the metric that a benchmark reads queries per page from.
var statementsRun atomic.Int64

func count(ctx context.Context) {
	statementsRun.Add(1)
	if c, ok := ctx.Value(counterKey{}).(*Counter); ok {
		c.n.Add(1)
	}
}
