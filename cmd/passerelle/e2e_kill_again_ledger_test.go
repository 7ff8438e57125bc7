package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// inbox is a receiver that takes everything and keeps which payloads came.
type inbox struct {
	*httptest.Server
	mu    sync.Mutex
	taken map[int64]string
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{taken: map[int64]string{}}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var payload struct {
			Data int64 `json:"id_webhook_data"`
		}
		if json.Unmarshal(readBack(r), &payload) != nil || payload.Data == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.taken[payload.Data] = r.Header.Get("Passerelle-Event")
	}))
	t.Cleanup(in.Close)
	return in
}

// settled waits until no job and no delivery is left to be done now.
func (w *world) settled(ctx context.Context, t *testing.T) {
	t.Helper()
	db := w.database()
	var left []string
	for {
		left = append(column(t, db, `SELECT 'job ' || id || ' ' || kind || ' ' || state FROM river_job WHERE kind NOT IN ('sweep', 'webhooks_due',
			'webhooks_forget') AND state NOT IN ('completed', 'discarded', 'cancelled')`),
			column(t, db, "SELECT 'delivery ' || id || ' ' || event FROM deliveries WHERE state NOT IN ('delivered', 'dropped')")...)
		if len(left) == 0 {
			return
		}
		if err := pause(ctx); err != nil {
			t.Fatalf("never done: %v", left[:min(len(left), 10)])
		}
	}
}

// wantEnd holds what the client application was told at the end against what was done, and shares what a webauth visit opened.
func (e *errand) wantEnd(ctx context.Context) error {
	to, err := url.Parse(e.ended)
	if err != nil {
		return err
	}
	q, want := to.Query(), url.Values{"state": {"st-1"}}
	id := strconv.FormatInt(e.connection, 10)
	switch {
	case e.plan.entry == webauthEntry:
		if e.plan.fresh {
			id = q.Get("id_connection")
			if e.connection, err = strconv.ParseInt(id, 10, 64); err != nil {
				return fmt.Errorf("%w: ended at %s", errWalk, e.ended)
			}
		}
		want.Set("id_connection", id)
	case e.plan.entry == "manage" && e.plan.one:
		want.Set("connection_id", id)
		if e.plan.ends == endsRemoved {
			want.Set("connection_deleted", "true")
		}
	}
	if !strings.HasPrefix(e.ended, callbackURI+"?") || q.Encode() != want.Encode() {
		return fmt.Errorf("%w: ended at %s, want %s", errWalk, e.ended, want.Encode())
	}
	if e.plan.fresh {
		return e.share(ctx)
	}
	return nil
}

// check holds what the service answers now against what was acknowledged.
func (e *errand) check(ctx context.Context) error {
	list, err := e.listed(ctx)
	if err != nil {
		return err
	}
	gone := e.plan.ends == endsRemoved
	if gone {
		a, err := e.ask(ctx, http.MethodGet, e.at(), "")
		if err != nil || len(list) != 0 || a.status != removedStatus {
			return fmt.Errorf("removed, and there is %v: %s, %w", list, a, err)
		}
	} else if len(list) != 1 || number(list[0]["id"]) != e.connection || list[0]["state"] != nil {
		return fmt.Errorf("connections %v, want %d alone, in no state", list, e.connection)
	}
	if !gone {
		known, err := e.known(ctx)
		if err != nil {
			return err
		}
		if ids := numbers(known); !slices.Equal(ids, e.accounts) {
			return fmt.Errorf("accounts %v, before %v", ids, e.accounts)
		}
		for id, shared := range known {
			if shared != (e.plan.ends == staysShared) {
				return fmt.Errorf("account %d is shared: %v", id, shared)
			}
		}
	}
	n, err := e.movements(ctx)
	if err != nil || (n > 0) != (e.plan.ends == staysShared) {
		return fmt.Errorf("%d movements, %w", n, err)
	}
	typed, codes := e.w.gate.whose.sent(e.login)
	if typed, codes = typed-e.typedBefore, codes-e.codesBefore; typed > len(e.tried) || codes > len(e.typed) {
		return fmt.Errorf("identifiers were sent %d times and codes %d times, want %d and %d at most: something was sent by itself",
			typed, codes, len(e.tried), len(e.typed))
	}
	return nil
}

// checkEvents holds the log of events, the deliveries and what arrived against each other and against what was done.
func (k *killRound) checkEvents(_ context.Context, t *testing.T) {
	t.Helper()
	db := k.w.database()
	count := func(query string, args ...any) int {
		n, err := strconv.Atoi(column(t, db, query, args...)[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, e := range k.errands {
		events := func(name string) int {
			return count("SELECT count(*) FROM events WHERE connection_id = $1 AND name = $2", e.connection, name)
		}
		say := func(what string, got, least, most int) {
			if got < least || got > most {
				t.Errorf("%s, killed at %s (%s): %s: %d, want %d to %d", e.plan.name, e.cut, e.login, what, got, least, most)
			}
		}
		before, again := 1, 0
		if e.plan.fresh {
			before = 0
		}
		if e.plan.signsIn {
			again = 1
		}
		say("connection.saved", events("connection.saved"), before+again, before+again*max(len(e.tried), len(e.approved)))
		say("ACCOUNT_ENABLED", events("ACCOUNT_ENABLED"), len(e.accounts), len(e.accounts))
		live := count("SELECT count(*) FROM consents WHERE connection_id = $1 AND withdrawn_at IS NULL", e.connection)
		disabled, deleted := 0, 0
		switch e.plan.ends {
		case endsUnshared:
			disabled = len(e.accounts)
		case endsRemoved:
			deleted = 1
		case staysShared:
			say("live consents", live, len(e.accounts), 2*len(e.accounts))
			live = 0
		}
		say("ACCOUNT_DISABLED", events("ACCOUNT_DISABLED"), disabled, disabled)
		say("CONNECTION_DELETED", events("CONNECTION_DELETED"), deleted, deleted)
		say("consents that are not withdrawn", live, 0, 0)
		if e.plan.ends != staysShared {
			say("movements in the database", count("SELECT count(*) FROM transactions t JOIN accounts a ON a.id = t.account_id WHERE a.connection_id = $1", e.connection), 0, 0)
		}
		if e.plan.ends == endsRemoved {
			say("accounts in the database", count("SELECT count(*) FROM accounts WHERE connection_id = $1", e.connection), 0, 0)
		}
	}
	k.checkArrived(t)
}

// checkArrived wants every event with a name that receivers are sent to have been delivered, unless its connection is gone.
func (k *killRound) checkArrived(t *testing.T) {
	t.Helper()
	db := k.w.database()
	if got := column(t, db, `SELECT e.id || ' ' || e.name FROM events e LEFT JOIN deliveries d ON d.event_id = e.id WHERE d.id IS NULL
		AND EXISTS (SELECT 1 FROM deliveries o WHERE o.event = e.name)`); len(got) != 0 {
		t.Errorf("events without a delivery: %v", got)
	}
	if got := column(t, db, `SELECT d.id || ' ' || d.event FROM deliveries d WHERE d.state <> 'delivered'
		AND EXISTS (SELECT 1 FROM connections c WHERE c.id = d.connection_id)`); len(got) != 0 {
		t.Errorf("deliveries of connections that are there, not delivered: %v", got)
	}
	if got := column(t, db, "SELECT event_id || ' ' || event FROM deliveries GROUP BY event_id, event, webhook_id HAVING count(*) > 1"); len(got) != 0 {
		t.Errorf("events with more than one payload: %v", got)
	}
	k.in.mu.Lock()
	defer k.in.mu.Unlock()
	for _, id := range column(t, db, "SELECT id FROM deliveries WHERE state = 'delivered'") {
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || k.in.taken[n] == "" {
			t.Errorf("payload %s is called delivered and never arrived", id)
		}
	}
	for what, query := range map[string]string{
		"jobs given up":     "SELECT id || ' ' || kind FROM river_job WHERE kind NOT IN ('sweep', 'webhooks_due', 'webhooks_forget') AND state IN ('discarded', 'cancelled')",
		"foreign keys":      "PRAGMA foreign_key_check",
		"the database's ok": "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
	} {
		if got := column(t, db, query); len(got) != 0 {
			t.Errorf("%s: %v", what, got)
		}
	}
}
