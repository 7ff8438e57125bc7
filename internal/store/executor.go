package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
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

// failedRow is a row that could not be asked for.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// mostStatements bounds a cache. Statements are constants of this package and a few combinations of filters, so that it is
// never reached; it is there so that a mistake costs speed and not memory.
const mostStatements = 512

// statements caches prepared statements of one pool. The zero value is not usable.
type statements struct {
	db     *sql.DB
	mu     sync.RWMutex
	cached map[string]*sql.Stmt
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, cached: make(map[string]*sql.Stmt)}
}

func (s *statements) find(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cached[query]
}

// prepare prepares and keeps a statement. It takes a connection from the pool: the writer must not call it inside its own
// transaction, which holds the only one.
func (s *statements) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := s.find(query); st != nil {
		return st, nil
	}
	st, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare a statement: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.cached[query]; other != nil {
		_ = st.Close()
		return other, nil
	}
	if len(s.cached) >= mostStatements {
		for q, old := range s.cached {
			delete(s.cached, q)
			_ = old.Close()
			break
		}
	}
	s.cached[query] = st
	return st, nil
}

// reader runs statements on the read pool.
type reader struct{ *statements }

func (r reader) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := r.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	count(ctx)
	return affected(st.ExecContext(ctx, args...))
}

func (r reader) query(ctx context.Context, query string, args ...any) (rows, error) {
	st, err := r.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	count(ctx)
	return st.QueryContext(ctx, args...)
}

func (r reader) queryRow(ctx context.Context, query string, args ...any) row {
	st, err := r.prepare(ctx, query)
	if err != nil {
		return failedRow{err}
	}
	count(ctx)
	return st.QueryRowContext(ctx, args...)
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
