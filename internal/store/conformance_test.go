package store

import (
	"os"
	"path/filepath"
	"testing"

	"passerelle/internal/store/conformance"
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
			AfterCrash: func(t testing.TB) conformance.Store { return openAt(t, copyOf(t, path)) },
		}
	})
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
