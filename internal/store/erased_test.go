package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// TestErasedFromTheFiles: what was deleted stands in no file any more a moment later, on a server where nothing else happens.
func TestErasedFromTheFiles(t *testing.T) {
	t.Parallel()
	const iban, wording = "FR7630006000011234567890189", "PHARMACIE DU MARCHE 4711"
	for name, erase := range map[string]func(s *Store, a *connect.Attempt, account int64) error{
		"user": func(s *Store, a *connect.Attempt, _ int64) error { return s.DeleteUser(t.Context(), a.UserID, now) },
		"connection": func(s *Store, a *connect.Attempt, _ int64) error {
			return s.DeleteConnection(t.Context(), a.UserID, a.ConnectionID, now)
		},
		"account": func(s *Store, a *connect.Attempt, account int64) error {
			_, _, err := s.RemoveAccount(t.Context(), a.UserID, account, now)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "passerelle.db")
			s := openAt(t, path)
			emptied(t, s) // once after the start
			a := saved(t, s)
			list, err := s.SaveAccounts(t.Context(), a.ConnectionID, []bank.Account{{Key: "a", IBAN: iban}, {Key: "b"}}, now)
			if err != nil || len(list) != 2 {
				t.Fatalf("got %v, %v", list, err)
			}
			f := connect.FinishSelection{Attempt: a, FromStep: a.Step, Enable: []int64{list[0].ID, list[1].ID}, Now: now}
			if err := s.FinishSelection(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if _, err := s.SaveTransactions(t.Context(), list[0].ID, []bank.Transaction{{Key: "t", Date: now, Wording: wording}}, now); err != nil {
				t.Fatal(err)
			}
			if !holds(t, path, iban) || !holds(t, path, wording) {
				t.Fatal("the files do not hold what was stored: this test would find nothing")
			}
			if err := erase(s, a, list[0].ID); err != nil {
				t.Fatal(err)
			}
			emptied(t, s)
			for _, text := range []string{iban, wording} {
				if holds(t, path, text) {
					t.Errorf("the files still hold %q", text)
				}
			}
		})
	}
}

// TestErasedBesideAReader: a log that is being read is emptied when the reader has gone, without another write.
func TestErasedBesideAReader(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	emptied(t, s)
	a := saved(t, s)
	reading, err := s.checkpointReader(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteUser(t.Context(), a.UserID, now); err != nil {
		t.Fatal(err)
	}
	if s.checkpoint.once(t.Context(), true) {
		t.Fatal("the log was emptied under a reader")
	}
	if err := reading(); err != nil {
		t.Fatal(err)
	}
	emptied(t, s)
}

// checkpointReader begins to read, and gives what ends it.
func (s *Store) checkpointReader(t *testing.T) (end func() error, err error) {
	t.Helper()
	db, err := openPool(s.path, 1, readerPragmas...)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = db.Close() })
	rs, err := db.QueryContext(t.Context(), "SELECT id FROM users")
	if err != nil {
		return nil, err
	}
	if !rs.Next() {
		t.Fatalf("nobody is there: %v", rs.Err())
	}
	return rs.Close, nil
}

// emptied waits until the log was emptied.
func emptied(t *testing.T, s *Store) {
	t.Helper()
	select {
	case <-s.checkpoint.emptied:
	case <-time.After(30 * time.Second):
		t.Fatal("the log is not emptied")
	}
}

// holds says whether a database's files have a text in them.
func holds(t *testing.T, path, text string) bool {
	t.Helper()
	for _, part := range []string{"", "-wal"} {
		raw, err := os.ReadFile(path + part)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(text)) {
			return true
		}
	}
	return false
}
