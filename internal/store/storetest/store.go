package storetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/internal/store/pgtest"
)

// sealer seals as the wiring does.
type sealer struct{ ring *seal.Keyring }

func (s sealer) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealer) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

// Open opens a new store, sealed with keys of its own, and closes it after the test: in a folder of the test's, or on PostgreSQL where
// pgtest.EngineVar says so. A nil now is the time of day.
func Open(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	options := store.Options{Sealer: sealer{ring}, Now: now}
	if pgtest.Wanted() {
		options.Postgres = Postgres(t)
	} else {
		options.Path = filepath.Join(t.TempDir(), "test.db")
	}
	s, err := store.Open(t.Context(), options)
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

// Postgres makes a PostgreSQL database with the store's tables and nothing sealed in it, and gives its address.
func Postgres(t testing.TB) string {
	t.Helper()
	return pgtest.Database(t, func(ctx context.Context, url string) error {
		ring, err := seal.Generate()
		if err != nil {
			return err
		}
		s, err := store.Open(ctx, store.Options{Postgres: url, Sealer: sealer{ring}})
		if err != nil {
			return err
		}
		return s.Close()
	})
}
