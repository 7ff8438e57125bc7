package linxo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
)

// sync asks for a reading, in both versions: the second time it is under way, or refused as before.
func (w *world) sync(p *person) answer {
	w.t.Helper()
	var got [2]answer
	for i, version := range []string{"/v2.1", "/v3"} {
		got[i] = w.do(http.MethodPost, fmt.Sprint(version, "/connections/", p.connection, "/synchronize"), as(p.token))
	}
	if got[0].status != got[1].status {
		w.t.Errorf("the versions answer %d %s and %d %s", got[0].status, got[0].body, got[1].status, got[1].body)
	}
	return got[0]
}

// TestSynchronize: both channels are read, running from the call until they were; while they run nothing is read twice.
func TestSynchronize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	w.clock.Pass(time.Hour)
	for range 2 {
		a := w.sync(&p)
		if c := a.object(t); a.status != http.StatusAccepted || c["status"] != "RUNNING" || c["id"] != fmt.Sprint(p.connection) {
			t.Fatalf("%d %s, want 202 and RUNNING", a.status, a.body)
		}
		if c, r, e := w.statuses(&p); c != "RUNNING" || r != "RUNNING" || e != "RUNNING" {
			t.Errorf("%s with %s and %s", c, r, e)
		}
	}
	w.work(p.id)
	list, err := w.store.Channels(t.Context(), p.id, p.connection)
	w.check(err)
	for _, c := range list {
		if c.LastUpdate == nil || !c.LastUpdate.Equal(w.clock.Now()) {
			t.Errorf("%s was read at %v, want %v", c.Source, c.LastUpdate, w.clock.Now())
		}
		logs, err := w.store.ConnectionLogs(t.Context(), bank.LogFilter{UserID: p.id, ConnectionID: c.ID})
		w.check(err)
		if unattended := slices.DeleteFunc(logs, func(l bank.ConnectionLog) bool { return l.Attended }); len(unattended) != 1 {
			t.Errorf("%s was read %d times without the end user, want once", c.Source, len(unattended))
		}
	}
}

// TestSynchronizeLimit: four times in a day, and then 429 until one of them is a day old.
func TestSynchronizeLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.work(p.id)
	for i := range 4 {
		w.clock.Pass(time.Hour)
		if a := w.sync(&p); a.status != http.StatusAccepted {
			t.Fatalf("reading %d: %d %s", i, a.status, a.body)
		}
		w.work(p.id)
	}
	w.clock.Pass(time.Hour)
	a := w.sync(&p)
	a.wantError(t, "the fifth", http.StatusTooManyRequests, "TOO_MANY_SYNCHRONIZATIONS", "day")
	if got, want := a.header.Get("Retry-After"), fmt.Sprint(20*60*60); got != want {
		t.Errorf("Retry-After is %s, want %s", got, want)
	}
	if c, _, _ := w.statuses(&p); c != "SUCCESS" {
		t.Errorf("refused, it is %s", c)
	}
	w.clock.Pass(20*time.Hour + time.Second)
	if a := w.sync(&p); a.status != http.StatusAccepted {
		t.Errorf("a day after the first: %d %s", a.status, a.body)
	}
	w.work(p.id)
	w.sync(&p).wantError(t, "right after it", http.StatusTooManyRequests, "TOO_MANY_SYNCHRONIZATIONS", "")
}

// TestSynchronizeWaits: what waits for its end user is not read, since a password sent twice can lock a login; where one channel can be
// read it is.
func TestSynchronizeWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, redirect, embedded := w.both()
	w.clock.Pass(time.Hour)
	refusal := func(id int64, state bank.ConnectionState) {
		t.Helper()
		w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: id, State: state, Now: w.clock.Now()}))
	}
	for _, tt := range []struct {
		state bank.ConnectionState
		way   string
	}{
		// Of the way through the bank's own page the same state is a token that has ended.
		{bank.StateSCARequired, "edit_credentials"},
		{bank.StateWebauthRequired, "edit_credentials"},
		{bank.StateAdditionalInfo, "user_input"},
		{bank.StateDecoupled, "user_input"},
		{bank.StatePasswordExpired, "edit_credentials"},
		{bank.StateWrongpass, "edit_credentials"},
	} {
		refusal(redirect, tt.state)
		refusal(embedded, tt.state)
		w.sync(&p).wantError(t, string(tt.state), http.StatusConflict, "USER_ACTION_REQUIRED", "the widget's "+tt.way+" ")
	}
	refusal(redirect, bank.StateOK)
	if a := w.sync(&p); a.status != http.StatusAccepted {
		t.Fatalf("one that can be read: %d %s", a.status, a.body)
	}
	if _, r, e := w.statuses(&p); r != "RUNNING" || e != "AUTH_FAILED" {
		t.Errorf("%s and %s, want the one to run", r, e)
	}
	w.work(p.id)
	if c, r, e := w.statuses(&p); c != "PARTIAL_SUCCESS" || r != "SUCCESS" || e != "AUTH_FAILED" {
		t.Errorf("after it: %s with %s and %s", c, r, e)
	}
	w.clock.Pass(time.Hour)
	refusal(redirect, bank.StateWebsiteUnavailable)
	w.reading.refuse(connector.CodeUnavailable)
	if a := w.sync(&p); a.status != http.StatusAccepted {
		t.Errorf("a bank that was down is asked again: %d %s", a.status, a.body)
	}
	w.work(p.id)
	if c, r, _ := w.statuses(&p); c != "FAILED" || r != "PROVIDER_UNAVAILABLE" {
		t.Errorf("still down: %s with %s", c, r)
	}
}

// TestAutoSync: it is switched for the whole connection, shown, and held to.
func TestAutoSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	w.clock.Pass(time.Hour)
	for i, on := range []bool{false, false, true, false, true} {
		method := []string{http.MethodPatch, http.MethodPut}[i%2]
		path := fmt.Sprint([]string{"/v2.1", "/v2.1", "/v3", "/v3"}[i%4], "/connections/", p.connection)
		a := w.do(method, path, as(p.token), jsonBody(fmt.Sprintf(`{"auto_sync":%v}`, on)))
		if a.status != http.StatusOK || a.object(t)["auto_sync"] != on {
			t.Fatalf("auto_sync %v: %d %s", on, a.status, a.body)
		}
		if shown := w.do(http.MethodGet, path, as(p.token)).object(t)["auto_sync"]; shown != on {
			t.Errorf("auto_sync reads %v, want %v", shown, on)
		}
		list, err := w.store.Connections(t.Context(), p.id)
		w.check(err)
		for _, c := range list {
			if c.Active != on {
				t.Errorf("%s is active: %v, want %v", c.Source, c.Active, on)
			}
		}
		w.wait(p.id)
		if on {
			continue
		}
		// It is read when somebody asks, and once.
		w.clock.Pass(time.Hour)
		if a := w.sync(&p); a.status != http.StatusAccepted || a.object(t)["status"] != "RUNNING" || a.object(t)["auto_sync"] != false {
			t.Fatalf("by hand: %d %s, want 202, RUNNING and auto_sync false", a.status, a.body)
		}
		w.work(p.id)
		list, err = w.store.Connections(t.Context(), p.id)
		w.check(err)
		for _, c := range list {
			if c.Active || !c.Manual || c.LastUpdate == nil || !c.LastUpdate.Equal(w.clock.Now()) {
				t.Errorf("%s by hand: %+v, want it read at %v and paused again", c.Source, c, w.clock.Now())
			}
		}
	}
	// An account that is opened again is read at once, which is no automatic reading.
	w.check(w.reading.reader.SetAutoSync(t.Context(), p.id, p.connection, false))
	w.change(&p, p.accounts[0], `{"status":"CLOSED"}`)
	w.change(&p, p.accounts[0], `{"status":"ACTIVE"}`)
	for _, want := range []string{"RUNNING", "SUCCESS"} {
		c := w.do(http.MethodGet, fmt.Sprint("/v3/connections/", p.connection), as(p.token)).object(t)
		if c["auto_sync"] != false || c["status"] != want {
			t.Errorf("an account opened again: auto_sync is %v and the status %v, want false and %s", c["auto_sync"], c["status"], want)
		}
		w.work(p.id)
	}
}

// TestSwitchedOffElsewhere: what the other dialect switched off is not read, whoever asks, until auto_sync is set.
func TestSwitchedOffElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	w.clock.Pass(time.Hour)
	off := false
	list, err := w.store.Connections(t.Context(), p.id)
	w.check(err)
	for _, c := range list {
		w.check(w.store.SetConnection(t.Context(), p.id, c.ID, direct.Settings{Active: &off}, w.clock.Now()))
	}
	w.sync(&p).wantError(t, "while it is off", http.StatusConflict, "AUTO_SYNC_OFF", "auto_sync")
	path := fmt.Sprint("/v3/connections/", p.connection)
	if a := w.do(http.MethodPatch, path, as(p.token), jsonBody(`{"auto_sync":true}`)); a.status != http.StatusOK {
		t.Fatalf("auto_sync true: %d %s", a.status, a.body)
	}
	if a := w.sync(&p); a.status != http.StatusAccepted {
		t.Errorf("when it is on: %d %s, want 202", a.status, a.body)
	}
}

// elsewhere connects a user at another connector, of another login.
func (w *world) elsewhere(p *person, shared int) int64 {
	w.t.Helper()
	first := p.connection
	p.connection = 0
	w.connectAt(p, connector2, shared)
	id := p.connection
	p.connection = first
	return id
}

// connector2 is the second connector of the directory that is shown.
var connector2 = connectors()[2]

// connectAt connects a user at a connector, and shares the first n of its accounts.
func (w *world) connectAt(p *person, c bank.Connector, n int) {
	w.t.Helper()
	ctx, now := w.t.Context(), w.clock.Now()
	a := &connect.Attempt{
		ID: uuid.NewString(), Domain: "default", ClientID: w.client.Client.ID, UserID: p.id, UserGiven: true, BindHash: make([]byte, 32),
		Phase: connect.PhaseWorking, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(ctx, a, ""))
	w.check(w.store.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Now: now, Session: connect.Private("session"),
		Connection: bank.Connection{
			ConnectorUUID: c.UUID, ConnectorID: c.ID, ConnectorName: c.Name, Source: bank.SourceOpenAPI, OwnerKey: "elsewhere", Active: true, Created: now,
		},
	}))
	p.connection = a.ConnectionID
	if n == 0 {
		return
	}
	saved, err := w.store.SaveAccounts(ctx, a.ConnectionID, bankAccounts(), now)
	w.check(err)
	ids := make([]int64, 0, n)
	for _, acc := range saved[:n] {
		ids = append(ids, acc.ID)
	}
	w.check(w.store.FinishSelection(ctx, connect.FinishSelection{Attempt: a, FromStep: a.Step, Enable: ids, Now: now, Consent: connect.ConsentTerms{Until: now.Add(time.Hour)}}))
}

// TestConnectionList: oldest first, in pages, by status and by provider.
func TestConnectionList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	// One whose end user is still choosing: nothing was read, and nothing is.
	none := w.elsewhere(&p, 0)
	one, two := fmt.Sprint(p.connection), fmt.Sprint(none)
	for query, want := range map[string][]string{
		"": {one, two}, "?status=SUCCESS": {one}, "?status=NONE": {two}, "?status=none,success": {one, two}, "?status=FAILED": {}, "?provider_id=42": {two},
		"?provider_id=42,40": {one, two}, "?provider_id=7": {}, "?limit=1": {one}, "?limit=1&page=2": {two}, "?limit=1&page=3": {}, "?limit=1&status=NONE": {two},
	} {
		for _, version := range []string{"/v2.1", "/v3"} {
			got := []string{}
			for _, c := range w.do(http.MethodGet, version+"/connections"+query, as(p.token)).list(t, "connections") {
				got = append(got, fmt.Sprint(c["id"]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s%s: %v, want %v", version, query, got, want)
			}
		}
	}
	// A connector of one source has one channel, and one that is disabled says so.
	a := w.do(http.MethodGet, fmt.Sprint("/v3/connections/", none), as(p.token))
	if n := len(a.object(t)["channels"].([]any)); n != 1 || !strings.Contains(a.body, `"status":"EMPTY"`) {
		t.Errorf("%d channels: %s", n, a.body)
	}
}

// TestConnectionDelete: both ways in go with everything, and nothing else does.
func TestConnectionDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, _ := w.both()
	other := w.elsewhere(&p, 2)
	path := fmt.Sprint("/v3/connections/", p.connection)
	if a := w.do(http.MethodDelete, path, as(p.token)); a.status != http.StatusNoContent || a.body != "" {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	w.do(http.MethodDelete, path, as(p.token)).wantError(t, "again", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
	left := w.do(http.MethodGet, "/v3/accounts", as(p.token)).list(t, "accounts")
	if len(left) != 3 || slices.ContainsFunc(left, func(a map[string]any) bool { return a["connection_id"] != fmt.Sprint(other) }) {
		t.Errorf("left are %v", left)
	}
	list := w.do(http.MethodGet, "/v3/connections", as(p.token)).list(t, "connections")
	if len(list) != 1 || list[0]["id"] != fmt.Sprint(other) {
		t.Errorf("left are %v", list)
	}
}
