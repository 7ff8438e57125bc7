package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/store/pgtest"
)

// consented makes a connection of which something is shared.
func consented(t *testing.T, s *Store, at time.Time) *connect.Attempt {
	t.Helper()
	a := saved(t, s)
	execArgs(t, s, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang, given_at, until)
		VALUES ($1, 7, $2, $3, 1, 'accounts', 'h', 'en', $4, $5)`, a.UserID, a.ID, a.ConnectionID, micros(at), micros(at.Add(time.Hour)))
	return a
}

// backedUp makes a backup of a store, and gives what restores it.
func backedUp(t *testing.T, s *Store, path string) func(r Restore) (Restored, *Store) {
	t.Helper()
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "backup")
	var err error
	if path == "" {
		_, err = BackupPostgres(ctx, s.pg.url, file)
	} else {
		_, err = BackupSQLite(ctx, path, file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(r Restore) (Restored, *Store) {
		t.Helper()
		if path == "" {
			url := pgtest.Empty(t)
			out, err := RestorePostgres(ctx, file, url, r)
			if err != nil {
				t.Fatal(err)
			}
			return out, openPG(t, url)
		}
		target := filepath.Join(t.TempDir(), "p.db")
		out, err := RestoreSQLite(ctx, file, target, r)
		if err != nil {
			t.Fatal(err)
		}
		return out, openAt(t, target)
	}
}

// TestRemovedConnectionsDoNotComeBack: a connection that was removed after a backup is not in what is restored of it, where the proofs tell
// of it; those that stay, and those of another install with the same number, are.
func TestRemovedConnectionsDoNotComeBack(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, path string) {
		ctx := t.Context()
		stays, removed, erased := consented(t, s, now), consented(t, s, now.Add(time.Second)), consented(t, s, now)
		restore := backedUp(t, s, path)
		err := s.write(ctx, "test", func(ctx context.Context, tx *writeTx) error {
			return endConnection(ctx, tx, removed.UserID, removed.ConnectionID, now.Add(time.Minute), nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.EraseUser(ctx, erased.UserID, "test", now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		list, err := s.Removals(ctx, 0, 10)
		want := Removal{Connection: removed.ConnectionID, FirstConsent: now.Add(time.Second), At: now.Add(time.Minute)}
		if err != nil || len(list) != 1 || list[0] != want {
			t.Fatalf("got removals %+v, %v, want %+v", list, err, want)
		}
		if rest, err := s.Removals(ctx, list[0].Connection, 10); err != nil || len(rest) != 0 {
			t.Errorf("behind the last: %+v, %v", rest, err)
		}
		foreign := Removal{Connection: stays.ConnectionID, FirstConsent: now.Add(time.Hour)}
		out, n := restore(Restore{Sealer: place{}, Now: now.Add(time.Hour), Removed: append(list, foreign)})
		if out.Removed != 1 {
			t.Errorf("got %d connections removed again, want 1", out.Removed)
		}
		for table, where := range map[string]string{"connections": "id = $1", "consents": "connection_id = $1 AND withdrawn_at IS NULL"} {
			if got := rowsIn(t, n, table, where, removed.ConnectionID); got != 0 {
				t.Errorf("%s: the removed connection is back", table)
			}
			if got := rowsIn(t, n, table, where, stays.ConnectionID); got != 1 {
				t.Errorf("%s: the connection that stays has %d rows, want 1", table, got)
			}
		}
		if out, n := restore(Restore{Sealer: place{}, Now: now.Add(time.Hour)}); out.Removed != 0 || rowsIn(t, n, "connections", "1 = 1") != 3 {
			t.Errorf("without proofs %d are removed again, and %d connections are there", out.Removed, rowsIn(t, n, "connections", "1 = 1"))
		}
	})
}
