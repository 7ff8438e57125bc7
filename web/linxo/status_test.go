package linxo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/web/linxo"
)

// states are all states of a connection, and how each reads on a channel that leads to the bank's page and on one with a form.
var states = []struct {
	state              bank.ConnectionState
	redirect, embedded string
}{
	{bank.StateOK, "SUCCESS", "SUCCESS"},
	{bank.StateSCARequired, "TOKEN_EXPIRED", "CHALLENGE_REQUIRED"},
	{bank.StateWebauthRequired, "TOKEN_EXPIRED", "TOKEN_EXPIRED"},
	{bank.StateAdditionalInfo, "CHALLENGE_REQUIRED", "CHALLENGE_REQUIRED"},
	{bank.StateDecoupled, "CHALLENGE_REQUIRED", "CHALLENGE_REQUIRED"},
	{bank.StateValidating, "CHALLENGE_REQUIRED", "CHALLENGE_REQUIRED"},
	{bank.StateActionNeeded, "USER_ACTION_REQUIRED", "USER_ACTION_REQUIRED"},
	{bank.StatePasswordExpired, "PASSWORD_CHANGE_REQUIRED", "PASSWORD_CHANGE_REQUIRED"},
	{bank.StateWrongpass, "AUTH_FAILED", "AUTH_FAILED"},
	{bank.StateRateLimiting, "PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE"},
	{bank.StateWebsiteUnavailable, "PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE"},
	{bank.StateBug, "FAILED", "FAILED"},
	{bank.StateNotSupported, "FAILED", "FAILED"},
	{"somethingNew", "FAILED", "FAILED"},
}

// both is a user with both ways in, read once.
func (w *world) both() (p person, redirect, embedded int64) {
	w.t.Helper()
	p = w.bare()
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	w.connect(&p, bank.SourceDirectAccess, bankAccounts(), 2)
	w.work(p.id)
	list, err := w.store.Channels(w.t.Context(), p.id, p.connection)
	w.check(err)
	if len(list) != 2 || list[0].Source != bank.SourceOpenAPI {
		w.t.Fatalf("the connection has the channels %+v", list)
	}
	return p, list[0].ID, list[1].ID
}

// statuses reads a connection's status and those of its channels, REDIRECT first.
func (w *world) statuses(p *person) (connection, redirect, embedded string) {
	w.t.Helper()
	a := w.do(http.MethodGet, fmt.Sprint("/v2.1/connections/", p.connection), as(p.token))
	var c struct {
		Status   string
		Channels []struct{ Mode, Status string }
	}
	a.decode(w.t, &c)
	if len(c.Channels) != 2 || c.Channels[0].Mode != "REDIRECT" || c.Channels[1].Mode != "EMBEDDED" {
		w.t.Fatalf("the channels are %s", a.body)
	}
	return c.Status, c.Channels[0].Status, c.Channels[1].Status
}

// TestStatuses walks all pairs of states: both channels say theirs, and the connection sums them up.
func TestStatuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, redirect, embedded := w.both()
	for _, one := range states {
		w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: redirect, State: one.state, Now: w.clock.Now()}))
		for _, other := range states {
			w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: embedded, State: other.state, Now: w.clock.Now()}))
			want := "PARTIAL_SUCCESS"
			switch good := [2]bool{one.state == bank.StateOK, other.state == bank.StateOK}; good {
			case [2]bool{true, true}:
				want = "SUCCESS"
			case [2]bool{}:
				want = "FAILED"
			}
			c, r, e := w.statuses(&p)
			if c != want || r != one.redirect || e != other.embedded {
				t.Errorf("%q and %q read %s with %s and %s, want %s with %s and %s", one.state, other.state, c, r, e, want, one.redirect, other.embedded)
			}
		}
	}
}

// TestStatusesByReading: what a bank says no with is told once it was read, and until then it runs. When it says yes again, all is
// well again.
func TestStatusesByReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, redirect, embedded := w.both()
	for code, want := range map[connector.Code][2]string{
		connector.CodeBadCredentials:  {"AUTH_FAILED", "AUTH_FAILED"},
		connector.CodePasswordExpired: {"PASSWORD_CHANGE_REQUIRED", "PASSWORD_CHANGE_REQUIRED"},
		connector.CodeNeedsUser:       {"TOKEN_EXPIRED", "CHALLENGE_REQUIRED"},
		connector.CodeConsentExpired:  {"TOKEN_EXPIRED", "CHALLENGE_REQUIRED"},
		connector.CodeActionNeeded:    {"USER_ACTION_REQUIRED", "USER_ACTION_REQUIRED"},
		connector.CodeUnavailable:     {"PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE"},
		connector.CodeRateLimited:     {"PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE"},
		connector.CodeBug:             {"FAILED", "FAILED"},
		connector.CodeNotSupported:    {"FAILED", "FAILED"},
	} {
		w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: redirect, Now: w.clock.Now()}))
		w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: embedded, Now: w.clock.Now()}))
		w.reading.refuse(code)
		w.check(w.store.QueueSyncs(t.Context(), []int64{redirect, embedded}, false))
		if c, r, e := w.statuses(&p); c != "RUNNING" || r != "RUNNING" || e != "RUNNING" {
			t.Errorf("before it is read: %s, %s, %s", c, r, e)
		}
		w.work(p.id)
		if c, r, e := w.statuses(&p); c != "FAILED" || r != want[0] || e != want[1] {
			t.Errorf("%s: %s with %s and %s, want FAILED with %v", code, c, r, e, want)
		}
	}
	w.check(w.store.NoteRefusal(t.Context(), connect.Refusal{ConnectionID: redirect, Now: w.clock.Now()}))
	w.reading.refuse("")
	w.check(w.store.QueueSyncs(t.Context(), []int64{redirect}, false))
	w.work(p.id)
	if c, r, _ := w.statuses(&p); c != "PARTIAL_SUCCESS" || r != "SUCCESS" {
		t.Errorf("after a good reading: %s with %s", c, r)
	}
}

// TestOneChannel: the way in that nobody took is empty, and tells nothing more.
func TestOneChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	if c, r, e := w.statuses(&p); c != "RUNNING" || r != "RUNNING" || e != "EMPTY" {
		t.Errorf("at first: %s, %s, %s", c, r, e)
	}
	w.work(p.id)
	if c, r, e := w.statuses(&p); c != "SUCCESS" || r != "SUCCESS" || e != "EMPTY" {
		t.Errorf("once read: %s, %s, %s", c, r, e)
	}
	var c struct{ Channels []json.RawMessage }
	w.do(http.MethodGet, fmt.Sprint("/v2.1/connections/", p.connection), as(p.token)).decode(t, &c)
	const want = `{"channel_definition_id":"4000","mode":"EMBEDDED","status":"EMPTY",` +
		`"account_types":["CHECKINGS","SAVINGS","LOAN","CREDIT_CARD"],"eligible_accounts":false,"channel_definition_unavailable":false}`
	if got := string(c.Channels[1]); got != want {
		t.Errorf("the empty channel is %s, want %s", got, want)
	}
}

// TestValidatingEnds: while the bank looks at what was sent a channel runs, and no longer than the bank said.
func TestValidatingEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	later, before := now.Add(time.Minute), now.Add(-time.Minute)
	for until, want := range map[*time.Time]string{&later: "RUNNING", &before: "CHALLENGE_REQUIRED", nil: "CHALLENGE_REQUIRED", &now: "CHALLENGE_REQUIRED"} {
		c := bank.Channel{Connection: bank.Connection{State: bank.StateValidating, AskedUntil: until, LastUpdate: &before}}
		if got := string(linxo.StatusOfChannel(&c, now)); got != want {
			t.Errorf("until %v at %v: %s, want %s", until, now, got, want)
		}
	}
}
