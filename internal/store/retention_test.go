package store

import (
	"log/slog"
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// usual are the figures of a fresh install, with transactions kept for a quarter of a year.
var usual = Kept{Events: 90 * 24 * time.Hour, Logs: 90 * 24 * time.Hour, Transactions: 90 * 24 * time.Hour}

// TestRetentionTable: what the table says that the retention job deletes it can, and nothing else; each line is said in words.
func TestRetentionTable(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{"transactions": true}
	for _, r := range RetentionRules(usual) {
		_, has := retained[r.What]
		if does := r.By == syncer.JobRetain; does != (has || r.What == "transactions") {
			t.Errorf("%s: by %s, and a statement is there: %v", r.What, r.By, has)
		}
		if r.Text == "" || r.Keep < 0 || r.By == "" {
			t.Errorf("%s: got %+v, want words, a time and who does it", r.What, r)
		}
		listed[r.What] = true
	}
	for what := range retained {
		if !listed[what] {
			t.Errorf("%s is deleted and not in the table", what)
		}
	}
}

// retention runs the jobs that delete by age, at a time.
func retention(t *testing.T, s *Store, k Kept, at time.Time) {
	t.Helper()
	ctx, log, clock := t.Context(), slog.New(slog.DiscardHandler), func() time.Time { return at }
	sweeper := &syncer.Sweeper{Store: s, Clock: clock, Log: log, LogsKept: k.Logs, Remove: s.deleteNow(at)}
	if err := sweeper.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := s.Forget(ctx, at, at.Add(-7*24*time.Hour), at.Add(-30*24*time.Hour), 500)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if err := (&syncer.Retention{Store: s, Rules: RetentionRules(k), Clock: clock, Log: log}).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestRetentionByAge fills every table, lets the clock jump, and looks what is left: of what ages nothing, of the rest everything.
func TestRetentionByAge(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, _ string) {
		fillPerson(t, s)
		execArgs(t, s, "UPDATE webhooks SET deleted_at = $1", micros(now))
		execArgs(t, s, "UPDATE deliveries SET ended = $1, next_try = NULL, lease_until = NULL, state = 'delivered'", micros(now))
		execArgs(t, s, "INSERT INTO config_logs (domain, name, created) VALUES ('default', 'x', $1)", micros(now))
		execArgs(t, s, "INSERT INTO errands (connection_id, connector_uuid, source, created) VALUES (1, 'c', '', $1)", micros(now))
		execArgs(t, s, "INSERT INTO erasures (hash, erased_by, counts, erased_at) VALUES ($1, '', '{}', $2)", []byte("h"), micros(now))
		execArgs(t, s, "INSERT INTO login_tries (login, tries, tried_at) VALUES ($1, 1, $2)", []byte("h"), micros(now))
		execArgs(t, s, "INSERT INTO sign_in_tries (sign_in, tries, tried_at) VALUES ($1, 1, $2)", []byte("h"), micros(now))
		ageing := []string{
			"attempts", "callbacks", "codes", "tokens", "refresh_tokens", "widget_sessions", "widget_visits", "queues", "queue_events", "events",
			"webhooks", "deliveries", "delivery_logs", "connection_logs", "creation_tries", "transactions", "config_logs", "errands", "login_tries", "sign_in_tries", "repeats",
		}
		retention(t, s, usual, now.Add(-time.Second))
		for _, table := range append([]string{"erasures"}, ageing...) {
			if n := rowsIn(t, s, table, "1 = 1"); n != 1 {
				t.Errorf("%s: got %d rows before anything was old, want 1", table, n)
			}
		}
		for range 3 { // what ends with one round is deleted with a later one
			retention(t, s, usual, now.Add(400*24*time.Hour))
		}
		for _, table := range ageing {
			if n := rowsIn(t, s, table, "1 = 1"); n != 0 {
				t.Errorf("%s: got %d rows after 400 days, want none", table, n)
			}
		}
		for _, table := range []string{"users", "people", "connections", "accounts", "consents", "erasures"} {
			if n := rowsIn(t, s, table, "1 = 1"); n != 1 {
				t.Errorf("%s: got %d rows, want it kept", table, n)
			}
		}
		retention(t, s, usual, now.Add(proofsKept+time.Hour))
		if n := rowsIn(t, s, "erasures", "1 = 1"); n != 0 {
			t.Errorf("got %d proofs after their time", n)
		}
	})
}

// TestRetentionBounds lives ten weeks of visits, codes, tokens and events, with the jobs running as they do, and wants no table to hold more
// than its time is worth: what ages in a day or two does not grow from then on.
func TestRetentionBounds(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	k := Kept{Events: 7 * 24 * time.Hour, Logs: 2 * 24 * time.Hour, Transactions: 30 * 24 * time.Hour}
	rows := func() map[string]int {
		out := map[string]int{}
		for _, c := range schemaOf(t, s) {
			out[c.table] = rowsIn(t, s, c.table, "1 = 1")
		}
		return out
	}
	const rounds, each, every = 36, 2, 2 * 24 * time.Hour // more than twice the longest time but one
	var first map[string]int
	for round := range rounds {
		at := now.Add(time.Duration(round) * every)
		for i := range each {
			visitAt(t, s, at, i == 0)
		}
		retention(t, s, k, at.Add(time.Hour))
		execArgs(t, s, "DELETE FROM river_job WHERE kind <> $1", syncer.JobTell) // River's own cleaning
		if round == rounds/2 {
			first = rows()
		}
	}
	for table, n := range rows() {
		if table == "users" || table == "connections" || table == "consents" || table == "erasures" || table == "river_job" {
			continue // one user of each day stays on purpose, and River works no job here
		}
		if n > first[table]+each {
			t.Errorf("%s: got %d rows after %d rounds and %d after half of them: it grows", table, n, rounds, first[table])
		}
	}
	if n := rowsIn(t, s, "users", "1 = 1"); n > rounds+2*each {
		t.Errorf("got %d users, want those alone who stay", n)
	}
}

// visitAt lives a visit: a temporary user, a code that is spent, a token that is revoked; who stays has a connection and a consent.
func visitAt(t *testing.T, s *Store, at time.Time, stays bool) {
	t.Helper()
	ctx := t.Context()
	expires := at.Add(grant.TemporaryUserLifetime)
	u, err := s.CreateUser(ctx, grant.User{Domain: grant.DefaultDomain, Created: at, ExpiresAt: &expires})
	if err != nil {
		t.Fatal(err)
	}
	a := &connect.Attempt{ID: newID(), Domain: grant.DefaultDomain, UserID: u.ID, Private: connect.Private("typed"), Created: at, Updated: at, ExpiresAt: at.Add(connect.Lifetime)}
	if err := s.CreateAttempt(ctx, a, ""); err != nil {
		t.Fatal(err)
	}
	c := codeFor(u, 1)
	c.Created, c.ExpiresAt = at, at.Add(grant.NativeCodeLifetime)
	if err := s.InsertCode(ctx, c); err != nil {
		t.Fatal(err)
	}
	if !stays {
		return // who redeems a code stays
	}
	r := redemption(c)
	r.Now, r.Token.Created = at.Add(time.Second), at
	if _, err := s.Redeem(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RevokeToken(ctx, r.Token.ID, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}
