package storetest

import (
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/seal"
	"passerelle/internal/store"
)

// sealer seals as the wiring does.
type sealer struct{ ring *seal.Keyring }

func (s sealer) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealer) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

// Open opens a new store in a folder of the test's, sealed with keys of its own, and closes it after the test. A nil now is the
// time of day.
func Open(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "test.db"), Sealer: sealer{ring}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
