package store

import (
	"context"
	"database/sql"
)

// executor is all that the verbs know of a database: statements with $1 placeholders, on the read pool or inside the
// writer's transaction. Another engine is another implementation.
type executor interface {
	// exec runs a statement and says how many rows it changed.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	query(ctx context.Context, query string, args ...any) (rows, error)
	queryRow(ctx context.Context, query string, args ...any) row
}

type row interface{ Scan(dest ...any) error }

type rows interface {
	row
	Next() bool
	Err() error
	Close() error
}

// collect reads all rows, and closes them whatever happens.
func collect[T any](r rows, err error, scan func(row) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	var out []T
	for r.Next() {
		v, err := scan(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, r.Err()
}

// statements are what a writeTx runs on: the connection of the transaction.
type statements interface {
	runExec(ctx context.Context, query string, args []any) (int64, error)
	runQuery(ctx context.Context, query string, args []any) (rows, error)
}

// reading is the read pool of an engine.
type reading interface {
	executor
	// shrink gives back what much reading has left in memory.
	shrink(ctx context.Context)
	// busy says how many connections are in use, and how many there may be.
	busy() (now, most int)
	close() error
}

// writing is what runs transactions on an engine, for many callers.
type writing interface {
	// submit runs fn in a transaction and waits for its commit. fn may be run more than once, and only the last run counts.
	submit(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error) error
	// waiting says how many calls wait, and how many may.
	waiting() (now, most int)
	// close lets what waits finish.
	close()
}

// first reads one row: sql.ErrNoRows where there is none.
type first struct{ rows }

// Scan implements row.
func (r first) Scan(dest ...any) error {
	defer func() { _ = r.Close() }()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	return r.Err()
}

// failedRow is a row that could not be asked for.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }
