package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/store/conformance"
	"passerelle/internal/store/pgtest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		path := filepath.Join(t.TempDir(), "passerelle.db")
		s := openAt(t, path)
		return conformance.Subject{
			Store: s,
			Count: func(t testing.TB, table, where string, args ...any) int { return rowsIn(t, s, table, where, args...) },
			Exec: func(t testing.TB, statement string, args ...any) {
				t.Helper()
				if _, err := s.writeDB.ExecContext(t.Context(), statement, args...); err != nil {
					t.Fatalf("exec: %v", err)
				}
			},
			Names:      func(names ...string) string { return `["` + strings.Join(names, `","`) + `"]` },
			AfterCrash: func(t testing.TB) conformance.Store { return openAt(t, copyOf(t, path)) },
		}
	})
}

// TestConformancePostgres is TestConformance on PostgreSQL, where each transaction is run twice as if another had come between.
func TestConformancePostgres(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		url := postgresURL(t)
		s := openPG(t, url)
		s.pg.rehearse = true
		return conformance.Subject{
			Store: s,
			Count: func(t testing.TB, table, where string, args ...any) int { return rowsIn(t, s, table, where, args...) },
			Exec: func(t testing.TB, statement string, args ...any) {
				t.Helper()
				if _, err := s.pgExec(t.Context(), statement, args...); err != nil {
					t.Fatalf("exec: %v", err)
				}
			},
			Names: func(names ...string) string { return "{" + strings.Join(names, ",") + "}" },
			// What a killed process leaves is what its commits left.
			AfterCrash: func(t testing.TB) conformance.Store { return openPG(t, url) },
		}
	})
}

// pgExec runs a statement as the store's own are run.
func (s *Store) pgExec(ctx context.Context, statement string, args ...any) (int64, error) {
	var n int64
	err := s.pgTransact(ctx, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, statement, args...)
		return err
	})
	return n, err
}

// postgresURL makes a database with the tables in it.
func postgresURL(t testing.TB) string {
	t.Helper()
	return pgtest.Database(t, func(ctx context.Context, url string) error {
		s, err := Open(ctx, Options{Postgres: url, Sealer: place{}})
		if err != nil {
			return err
		}
		return s.Close()
	})
}

func openPG(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Postgres: url, Sealer: place{}})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// copyOf copies a database as it lies on the disk, its write-ahead log with it: what a killed process leaves.
func copyOf(t testing.TB, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "after.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatalf("copy: %v", err)
		}
		if err := os.WriteFile(to+suffix, b, 0o600); err != nil {
			t.Fatalf("copy: %v", err)
		}
	}
	return to
}
