package store

import (
	"context"

	"github.com/riverqueue/river"

	"passerelle/internal/webhook"
)

// writeTx is the executor inside a transaction of the writer's. It lives on one goroutine.
type writeTx struct {
	on statements
	// process is the number that this process works under; 0 for one that has none.
	process int64
	// jobs are to be enqueued before the commit, all with one statement: one job alone costs more than all other statements
	// of the write that caused it.
	jobs []river.JobArgs
	// renderers write the bodies of deliveries, by dialect; none where none was set.
	renderers map[string]webhook.Renderer
	// told are the users whose event queues were written to, or closed.
	told []int64
	// erased is set when what was read of a person was deleted, or who they are.
	erased bool
	// broken is set when a savepoint could not be undone: nothing in the transaction can be trusted then.
	broken bool
}

func (t *writeTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	count(ctx)
	return t.on.runExec(ctx, query, args)
}

func (t *writeTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	count(ctx)
	return t.on.runQuery(ctx, query, args)
}

func (t *writeTx) queryRow(ctx context.Context, query string, args ...any) row {
	count(ctx)
	rs, err := t.on.runQuery(ctx, query, args)
	if err != nil {
		return failedRow{err}
	}
	return first{rs}
}

// plain runs a savepoint statement, uncounted.
func (t *writeTx) plain(query string) error {
	_, err := t.on.runExec(context.Background(), query, nil)
	return err
}
