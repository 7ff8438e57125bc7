package main

import (
	"sync"
	"testing"
	"time"
)

// flow is what one walk from the entry URL to the data was told, from outside: each fact is written down only once its answer
// has arrived, and from then on the service may not forget it.
type flow struct {
	// attempt is the attempt's id, connection the connection's.
	attempt, connection string
	// selected says that the accounts were shown: the connection is made.
	selected bool
	// code and consent came with the callback, token with the exchange.
	code, token string
	accounts    int
	// cuts counts the answers that did not come.
	cuts int
	// dead says why the flow ended without what it was after.
	dead string
}

// ledger keeps the flows of all workers.
type ledger struct {
	mu    sync.Mutex
	flows []*flow
}

func (l *ledger) add(f *flow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flows = append(l.flows, f)
}

// count counts the flows that something holds for.
func (l *ledger) count(holds func(*flow) bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, f := range l.flows {
		if holds(f) {
			n++
		}
	}
	return n
}

// verdict is what the ledger finds when it asks the service and its database.
type verdict struct {
	// lost are acknowledged facts that are not there, double codes with more than one token, dead flows that could not be
	// brought to their end, among them any whose code was spent without a token that arrived.
	lost, double, dead []string
}

// check compares the ledger with what the service answers now, and with its database.
func (l *ledger) check(t *testing.T, w *world) verdict {
	t.Helper()
	var v verdict
	b := w.backend(8)
	for _, f := range l.flows {
		if f.dead != "" {
			v.dead = append(v.dead, f.attempt+": "+f.dead)
		}
		if f.token == "" {
			continue
		}
		accounts, err := b.accounts(t.Context(), f.token)
		if err != nil || len(accounts) != f.accounts {
			v.lost = append(v.lost, "the accounts of connection "+f.connection)
		}
	}
	v.lost = append(v.lost, l.unsynced(t, b)...)
	if code, err := w.service.stop(); err != nil || code != exitOK {
		t.Errorf("the last stop: exit %d, %v", code, err)
	}
	l.checkDatabase(t, w, &v)
	return v
}

// unsynced waits until each connection has transactions, and names those that never get any: the jobs of killed processes
// must have been taken up again.
func (l *ledger) unsynced(t *testing.T, b *backend) []string {
	t.Helper()
	deadline := time.Now().Add(patience)
	var open []*flow
	for _, f := range l.flows {
		if f.token != "" {
			open = append(open, f)
		}
	}
	for len(open) > 0 {
		n, err := b.transactions(t.Context(), open[0].token)
		switch {
		case err != nil:
			t.Errorf("the transactions of connection %s: %v", open[0].connection, err)
			open = open[1:]
		case n > 0:
			open = open[1:]
		case time.Now().After(deadline):
			out := make([]string, len(open))
			for i, f := range open {
				out[i] = "the transactions of connection " + f.connection
			}
			return out
		default:
			time.Sleep(pageRefresh) // a job tells nobody outside that it has ended
		}
	}
	return nil
}

// checkDatabase looks for what no answer tells.
func (l *ledger) checkDatabase(t *testing.T, w *world, v *verdict) {
	t.Helper()
	db := w.database()
	if got := column(t, db, "PRAGMA integrity_check"); len(got) != 1 || got[0] != "ok" {
		t.Errorf("integrity_check: %v", got)
	}
	if got := column(t, db, "PRAGMA foreign_key_check"); len(got) != 0 {
		t.Errorf("foreign_key_check: %v", got)
	}
	v.double = column(t, db, "SELECT code_id FROM tokens WHERE code_id IS NOT NULL GROUP BY code_id HAVING count(*) > 1")
	delivered := make(map[string]bool)
	for _, f := range l.flows {
		if f.token != "" {
			delivered[codeID(f.code)] = true
		}
		if f.selected && column(t, db, "SELECT count(*) FROM connections WHERE id = (SELECT connection_id FROM attempts WHERE id = $1)", f.attempt)[0] != "1" {
			v.lost = append(v.lost, "the connection of attempt "+f.attempt)
		}
		if f.code == "" {
			continue
		}
		if column(t, db, "SELECT count(*) FROM codes WHERE id = $1", codeID(f.code))[0] != "1" {
			v.lost = append(v.lost, "the code of attempt "+f.attempt)
		}
		if column(t, db, "SELECT count(*) FROM consents WHERE attempt_id = $1 AND withdrawn_at IS NULL", f.attempt)[0] == "0" {
			v.lost = append(v.lost, "the consent of attempt "+f.attempt)
		}
	}
	for _, id := range column(t, db, "SELECT id FROM codes WHERE consumed_at IS NOT NULL") {
		if !delivered[id] {
			v.dead = append(v.dead, "code "+id+" is spent and no token came of it")
		}
	}
	if got := column(t, db, `SELECT c.id FROM connections c LEFT JOIN events e ON e.connection_id = c.id AND e.name = 'connection.saved'
		GROUP BY c.id HAVING count(e.id) <> 1`); len(got) != 0 {
		t.Errorf("connections without exactly one event: %v", got)
	}
	if got := column(t, db, "SELECT id || ' ' || state FROM river_job WHERE kind NOT IN ('sweep', 'webhooks_due', 'webhooks_forget') AND state IN ('discarded', 'cancelled')"); len(got) != 0 {
		t.Errorf("jobs given up: %v", got)
	}
}
