package store

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/bank"
)

// sharing is a connection with accounts that are shared, each with a movement, since when.
func sharing(t *testing.T, s *Store, at time.Time, keys ...string) (connection, user int64, ids map[string]int64) {
	t.Helper()
	a := saved(t, s)
	accounts := make([]bank.Account, 0, len(keys))
	for _, k := range keys {
		accounts = append(accounts, bank.Account{Key: k, IBAN: "FR7630006000011234567890189"})
	}
	list, err := s.SaveAccounts(t.Context(), a.ConnectionID, accounts, at)
	if err != nil {
		t.Fatal(err)
	}
	ids = map[string]int64{}
	for _, acc := range list {
		ids[acc.Key] = acc.ID
		execArgs(t, s, `INSERT INTO consents (user_id, client_id, attempt_id, connection_id, account_id, purpose, text_hash, lang, given_at, until)
			VALUES ($1, 7, $2, $3, $4, 'accounts', 'h', 'en', $5, $6)`, a.UserID, a.ID, a.ConnectionID, acc.ID, micros(at), micros(at.Add(time.Hour)))
		execArgs(t, s, "UPDATE accounts SET disabled_at = NULL WHERE id = $1", acc.ID)
		if _, err := s.SaveTransactions(t.Context(), acc.ID, []bank.Transaction{{Key: "t", Date: at}}, at); err != nil {
			t.Fatal(err)
		}
	}
	execArgs(t, s, "UPDATE connections SET consent_all = 1 WHERE id = $1", a.ConnectionID)
	return a.ConnectionID, a.UserID, ids
}

// TestUnsharedAccountsDoNotComeBackShared: accounts that stopped being shared after a backup are not shared in what is restored of it,
// where the proofs tell of them, and nothing is left of what was read; those that stay shared, and those that were shared anew, are.
func TestUnsharedAccountsDoNotComeBackShared(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, path string) {
		ctx, later := t.Context(), now.Add(time.Minute)
		connection, user, ids := sharing(t, s, now, "stays", "by the application", "by the user", "removed", "shared anew")
		other, _, others := sharing(t, s, now, "stays")
		restore := backedUp(t, s, path)
		err := s.write(ctx, "test", func(ctx context.Context, tx *writeTx) error {
			if err := withdraw(ctx, tx, connection, []any{ids["by the application"]}, later); err != nil {
				return err
			}
			if _, err := tx.exec(ctx, "UPDATE connections SET consent_all = 0 WHERE id = $1", connection); err != nil {
				return err
			}
			return endSharing(ctx, tx, ending{connectionID: connection, attemptID: "visit", now: later}, []any{ids["by the user"]})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, last, err := s.RemoveAccount(ctx, user, ids["removed"], later); err != nil || last {
			t.Fatalf("removed: last %v, %v", last, err)
		}
		list, err := s.Unshared(ctx, 0, 0, 10)
		if err != nil || len(list) != 3 {
			t.Fatalf("got %+v, %v, want three accounts", list, err)
		}
		for i, want := range []Unshared{{Account: ids["by the application"]}, {Account: ids["by the user"], ByUser: true}, {Account: ids["removed"], Removed: true}} {
			want.Connection, want.FirstConsent, want.At = connection, now, later
			if list[i] != want {
				t.Errorf("got %+v, want %+v", list[i], want)
			}
			if page, err := s.Unshared(ctx, list[i].Connection, list[i].Account, 10); err != nil || len(page) != 2-i {
				t.Errorf("behind the %dth: %d, %v", i, len(page), err)
			}
		}
		outdated := Unshared{Connection: connection, Account: ids["shared anew"], FirstConsent: now, At: now.Add(-time.Second)}
		foreign := Unshared{Connection: other, Account: others["stays"], FirstConsent: now.Add(time.Hour), At: later}
		out, n := restore(Restore{Sealer: place{}, Now: now.Add(time.Hour), Unshared: append(list, outdated, foreign)})
		if out.Unshared != 3 || out.Removed != 0 {
			t.Errorf("got %d accounts unshared again and %d connections removed, want 3 and 0", out.Unshared, out.Removed)
		}
		for name, shared := range map[string]bool{"stays": true, "by the application": false, "by the user": false, "removed": false, "shared anew": true} {
			want := 0
			if shared {
				want = 1
			}
			for table, where := range map[string]string{
				"accounts": "id = $1 AND disabled_at IS NULL", "transactions": "account_id = $1", "consents": "account_id = $1 AND withdrawn_at IS NULL",
			} {
				if got := rowsIn(t, n, table, where, ids[name]); got != want {
					t.Errorf("%s: %d rows of %s, want %d", name, got, table, want)
				}
			}
		}
		for what, ok := range map[string]int{
			"by the user is the user's own":      rowsIn(t, n, "consents", "account_id = $1 AND withdrawn_in <> ''", ids["by the user"]),
			"what was removed is blank":          rowsIn(t, n, "accounts", "id = $1 AND removed_at IS NOT NULL AND iban = ''", ids["removed"]),
			"new ones are not shared unasked":    rowsIn(t, n, "connections", "id = $1 AND consent_all = 0", connection),
			"another connection is as it was":    rowsIn(t, n, "connections", "id = $1 AND consent_all = 1", other),
			"and so is its account":              rowsIn(t, n, "accounts", "id = $1 AND disabled_at IS NULL", others["stays"]),
			"the application may share it again": rowsIn(t, n, "consents", "account_id = $1 AND withdrawn_in = ''", ids["by the application"]),
		} {
			if ok != 1 {
				t.Errorf("%s: it is not so", what)
			}
		}
		if out, n := restore(Restore{Sealer: place{}, Now: now.Add(time.Hour)}); out.Unshared != 0 || rowsIn(t, n, "accounts", "disabled_at IS NULL") != 6 {
			t.Errorf("without proofs %d are unshared again", out.Unshared)
		}
	})
}
