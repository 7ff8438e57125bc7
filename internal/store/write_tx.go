package store

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"
)

// writeTx is the executor inside the writer's transaction. It lives on the writer's goroutine.
type writeTx struct {
	tx    *sql.Tx
	stmts *statements
	// bound are the cached statements bound to this transaction; missed are those to be cached after it: preparing takes a
	// connection, and the transaction holds the only one.
	bound  map[string]*sql.Stmt
	missed []string
	// jobs are to be enqueued before the commit, all with one statement: one job alone costs more than all other statements
	// of the write that caused it.
	jobs []river.JobArgs
	// broken is set when a savepoint could not be undone: nothing in the transaction can be trusted then.
	broken bool
}

// statement gives the statement bound to the transaction, nil when it is not cached yet.
func (t *writeTx) statement(ctx context.Context, query string) *sql.Stmt {
	if st := t.bound[query]; st != nil {
		return st
	}
	cached := t.stmts.find(query)
	if cached == nil {
		t.missed = append(t.missed, query)
		return nil
	}
	st := t.tx.StmtContext(ctx, cached)
	t.bound[query] = st
	return st
}

func (t *writeTx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	count(ctx)
	if st := t.statement(ctx, query); st != nil {
		return affected(st.ExecContext(ctx, args...))
	}
	return affected(t.tx.ExecContext(ctx, query, args...))
}

func (t *writeTx) query(ctx context.Context, query string, args ...any) (rows, error) {
	count(ctx)
	if st := t.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, query, args...)
}

func (t *writeTx) queryRow(ctx context.Context, query string, args ...any) row {
	count(ctx)
	if st := t.statement(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}

// plain runs a savepoint statement, uncounted.
func (t *writeTx) plain(ctx context.Context, query string) error {
	if st := t.statement(ctx, query); st != nil {
		_, err := st.ExecContext(ctx)
		return err
	}
	_, err := t.tx.ExecContext(ctx, query)
	return err
}
