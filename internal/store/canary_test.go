package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"passerelle/internal/connect"
)

// keyed is place with a key in front.
type keyed struct {
	place

	key byte
}

func (k keyed) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	sealed, err := k.place.Seal(plaintext, table, column, row)
	return append([]byte{k.key}, sealed...), err
}

func (k keyed) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	if len(ciphertext) == 0 || ciphertext[0] != k.key {
		return nil, errors.New("sealed with another key")
	}
	return k.place.Open(ciphertext[1:], table, column, row)
}

// closedWith makes a database with the keys, lets prepare work on it, and closes it.
func closedWith(t *testing.T, sealer Sealer, prepare func(s *Store)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.db")
	s, err := Open(t.Context(), Options{Path: path, Sealer: sealer})
	if err != nil {
		t.Fatal(err)
	}
	prepare(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func execIn(t *testing.T, s *Store, statement string) {
	t.Helper()
	if _, err := s.writeDB.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// asBefore takes a database back to before there was a canary.
func asBefore(t *testing.T, s *Store) {
	t.Helper()
	execIn(t, s, "DROP TABLE seals; DROP TABLE sealing_keys; DROP TABLE keyrings; DROP INDEX not_listed_last; DROP INDEX connections_expiry; DROP INDEX connections_pending; DROP INDEX connections_consent; DROP INDEX tokens_over; DROP INDEX codes_parent; DROP INDEX tokens_scoped_over; "+
		"DROP INDEX events_created; DROP INDEX codes_expiry; DROP INDEX tokens_revoked; DROP INDEX tokens_expiry; DROP INDEX transactions_user_applied; DROP INDEX transactions_account_applied; DROP TABLE connector_choices; DROP INDEX connections_group; DROP INDEX attempts_held; DROP INDEX deliveries_held; DROP INDEX connections_held; DROP INDEX transactions_day; DROP INDEX transactions_user_id")
	for _, table := range []string{"connection_logs", "creation_tries", "login_tries", "domain_config", "config_logs", "delivery_logs", "deliveries", "webhooks", "webhook_auths", "people", "sign_in_tries", "refresh_tokens", "widget_visits", "widget_sessions", "queue_events", "queues", "errands", "erasures", "beats", "processes", "turns", "counters", "browser_sessions", "connector_settings", "repeats"} {
		execIn(t, s, "DROP TABLE "+table)
	}
	for table, columns := range map[string][]string{
		"connections":  {"pending", "pending_at", "asked", "asked_until", "paused_at", "forced_at", "consent_notice", "last_push", "expire_at", "by_api", "tries", "tried_at", "group_id", "consent_all", "manual", "held_by"},
		"attempts":     {"held_by"},
		"codes":        {"parent", "scope", "label"},
		"consents":     {"withdrawn_in"},
		"tokens":       {"scope", "label"},
		"accounts":     {"custom_name", "custom_usage", "display", "bookmarked", "closed_at", "removed_at"},
		"transactions": {"custom_wording", "application_date", "comment", "active", "categories", "original_value", "original_currency"},
	} {
		for _, c := range columns {
			execIn(t, s, "ALTER TABLE "+table+" DROP COLUMN "+c)
		}
	}
	execIn(t, s, "DELETE FROM schema_version WHERE version > 1")
}

// TestOtherKeysAreRefused opens databases with the right and with other keys, and wants a refused one to be left byte for byte.
func TestOtherKeysAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(s *Store)
		refused bool
	}{
		"with a canary alone":       {func(*Store) {}, true},
		"with a connection":         {func(s *Store) { saved(t, s) }, true},
		"before there was a canary": {func(s *Store) { saved(t, s); asBefore(t, s) }, true},
		"without its canary":        {func(s *Store) { saved(t, s); execIn(t, s, "DELETE FROM seals") }, true},
		"before, a visit alone": {func(s *Store) {
			a := &connect.Attempt{ID: newID(), Private: connect.Private("p"), Created: now, Updated: now, ExpiresAt: now}
			if err := s.CreateAttempt(t.Context(), a, ""); err != nil {
				t.Fatal(err)
			}
			asBefore(t, s)
		}, true},
		"before, nothing sealed": {func(s *Store) { asBefore(t, s) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := closedWith(t, keyed{key: 1}, tt.prepare)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Options{Path: path, Sealer: keyed{key: 2}})
			if !tt.refused {
				if err != nil {
					t.Fatalf("got %v: nothing tells these keys from others", err)
				}
				_ = s.Close()
				if _, err := Open(t.Context(), Options{Path: path, Sealer: keyed{key: 1}}); !errors.Is(err, ErrOtherKeys) {
					t.Errorf("got %v, want the database to belong to whoever opened it first", err)
				}
				return
			}
			if !errors.Is(err, ErrOtherKeys) {
				t.Fatalf("other keys: got %v, want ErrOtherKeys", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the refused database was changed (%v)", err)
			}
			for range 2 { // the first leaves a canary where there was none
				s, err := Open(t.Context(), Options{Path: path, Sealer: keyed{key: 1}})
				if err != nil {
					t.Fatalf("the right keys: %v", err)
				}
				if n := rowsIn(t, s, "seals", "1 = 1"); n != 1 {
					t.Errorf("got %d canaries, want 1", n)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestDamagedValueIsNoProof: one sealed value that does not open leaves a database of before usable.
func TestDamagedValueIsNoProof(t *testing.T) {
	t.Parallel()
	path := closedWith(t, keyed{key: 1}, func(s *Store) {
		saved(t, s)
		saved(t, s)
		execIn(t, s, "UPDATE connections SET session = x'00' WHERE id = (SELECT max(id) FROM connections)")
		asBefore(t, s)
	})
	s, err := Open(t.Context(), Options{Path: path, Sealer: keyed{key: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestKeysAtOnce opens one new database from several stores with two keys: one key wins, and none of the other's gets in.
func TestKeysAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.db")
	opened := make([]error, 8)
	var wg sync.WaitGroup
	for i := range opened {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{Path: path, Sealer: keyed{key: byte(i % 2)}})
			opened[i] = err
			if err == nil {
				opened[i] = s.Close()
			}
		})
	}
	wg.Wait()
	won := -1
	for i, err := range opened {
		switch {
		case err == nil && won >= 0 && won != i%2:
			t.Error("both keys were let in")
		case err == nil:
			won = i % 2
		case !errors.Is(err, ErrOtherKeys):
			t.Errorf("got %v, want ErrOtherKeys", err)
		}
	}
	if won < 0 {
		t.Error("no keys were let in")
	}
}
