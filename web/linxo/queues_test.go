package linxo_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
	"passerelle/internal/queue"
)

// queues follows users, as the wiring makes it.
func (w *world) queues() *queue.Service {
	w.t.Helper()
	news := ephemeral.NewMemory(ephemeral.Options{})
	w.t.Cleanup(func() {
		if err := news.Close(); err != nil {
			w.t.Error(err)
		}
	})
	ctx := context.WithoutCancel(w.t.Context())
	w.store.SetQueueNews(func(userID int64) {
		if err := news.Publish(ctx, queue.Topic(userID)); err != nil {
			w.t.Error(err)
		}
	})
	return &queue.Service{Store: w.store, Notifier: tellingNotifier{news, w.waits}, Clock: w.clock.Now}
}

// tellingNotifier says when somebody waits.
type tellingNotifier struct {
	queue.Notifier

	waits chan struct{}
}

func (n tellingNotifier) Subscribe(ctx context.Context, topic string) (<-chan struct{}, func()) {
	news, cancel := n.Notifier.Subscribe(ctx, topic)
	select {
	case n.waits <- struct{}{}:
	default:
	}
	return news, cancel
}

// openQueue opens a queue for a person and gives the path of it.
func (w *world) openQueue(prefix string, p person) string {
	w.t.Helper()
	a := w.do(http.MethodPost, prefix+"/event_queues", as(p.token))
	if a.status != http.StatusCreated {
		w.t.Fatalf("no queue was opened: %d %s", a.status, a.body)
	}
	id, _ := a.object(w.t)["id"].(string)
	path := prefix + "/event_queues/" + id
	if got := a.header.Get("Location"); id == "" || got != publicURL+path {
		w.t.Fatalf("the queue is %q, at %q", id, got)
	}
	return path
}

// TestQueues: a queue is opened, read, followed and closed at each address of the API, in its version's words and no others.
func TestQueues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	const epoch, iso = "1772364600", "2026-03-01T12:30:00+01:00"
	for prefix, stamp := range map[string]string{"/v2.1": epoch, "": epoch, "/v3": iso} {
		path := w.openQueue(prefix, p)
		q := w.do(http.MethodGet, path, as(p.token)).object(t)
		if len(q) != 4 || fmt.Sprint(q["user_id"]) != fmt.Sprint(p.id) || fmt.Sprint(q["creation_date"]) != stamp || q["expiration_date"] == nil {
			t.Errorf("%s: the queue is %v", prefix, q)
		}
		a := w.do(http.MethodGet, path+"/events", as(p.token))
		if wrapped := strings.HasPrefix(a.body, `{"events":[`); wrapped != (prefix == "/v3") {
			t.Errorf("%s: the list is %s", prefix, a.body)
		}
		list := a.list(t, "events")
		if len(list) != 1 {
			t.Fatalf("%s: %v", prefix, list)
		}
		want := map[string]string{
			"id": "1", "name": "QUEUE_OPENED", "category": "GLOBAL", "creation_date": stamp, "resource": fmt.Sprintf("map[id:%d type:USERS]", p.id),
		}
		for name, value := range list[0] {
			if fmt.Sprint(value) != want[name] {
				t.Errorf("%s: %s is %v, want %q", prefix, name, value, want[name])
			}
		}
		if len(list[0]) != len(want) {
			t.Errorf("%s: the event is %v", prefix, list[0])
		}
		if gone := w.do(http.MethodDelete, path, as(p.token)); gone.status != http.StatusNoContent || gone.body != "" {
			t.Errorf("%s: closing answers %d %q", prefix, gone.status, gone.body)
		}
		w.do(http.MethodGet, path+"/events", as(p.token)).wantError(t, "a closed queue", http.StatusNotFound, "RESOURCE_UNKNOWN", "not yours")
	}
}

// follow polls a queue to its end, few at a time, and asks each question twice: the first answer is taken for lost.
func (w *world) follow(path string, p person) []map[string]any {
	w.t.Helper()
	var all []map[string]any
	after := ""
	for {
		ask := func() answer { return w.do(http.MethodGet, path+"/events?limit=3&after="+after, as(p.token)) }
		lost, again := ask(), ask()
		if lost.body != again.body {
			w.t.Fatalf("after %q the answers differ:\n%s\n%s", after, lost.body, again.body)
		}
		list := again.list(w.t, "events")
		if len(list) == 0 {
			return all
		}
		all = append(all, list...)
		after = fmt.Sprint(all[len(all)-1]["id"])
	}
}

// TestQueueOfBothChannels: each channel of a login tells its own course, of the one connection that both belong to.
func TestQueueOfBothChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	path := w.openQueue("/v2.1", p)
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	w.connect(&p, bank.SourceDirectAccess, bankAccounts(), 3)
	w.work(p.id)
	w.reading.refuse(connector.CodeNeedsUser)
	w.check(w.store.QueueSync(t.Context(), grant.DefaultDomain, p.connection))
	w.work(p.id)
	if a := w.do(http.MethodDelete, fmt.Sprintf("/v2.1/connections/%d", p.connection), as(p.token)); a.status != http.StatusNoContent {
		t.Fatalf("the connection stays: %d %s", a.status, a.body)
	}
	courses := map[string][]string{}
	for _, e := range w.follow(path, p) {
		channel, _ := e["channel_definition_id"].(string)
		name := fmt.Sprint(e["name"])
		if name == string(queue.ConnectionStarted) {
			continue // the visits of these tests say so at each move: they have one phase
		}
		if status, has := e["status"]; has {
			name += " " + fmt.Sprint(status)
		}
		if fresh, has := e["new_transactions"]; has {
			name += fmt.Sprintf(" new=%v", fresh)
		}
		if ids, has := e["account_ids"].([]any); has {
			name += fmt.Sprintf(" %d accounts", len(ids))
		}
		courses[channel] = append(courses[channel], name)
		resource := fmt.Sprint(e["resource"])
		if channel != "" && resource != fmt.Sprintf("map[id:%d type:CONNECTIONS]", p.connection) {
			t.Errorf("%s is about %s", name, resource)
		}
	}
	embedded := []string{
		"LIST_ACCOUNTS RUNNING 3 accounts", "CONSENT_GIVEN 3 accounts", "SYNC_STARTED RUNNING", "LIST_ACCOUNTS RUNNING 3 accounts",
		"SYNC_ENDED SUCCESS new=true", "CONNECTION_DELETED EMPTY",
	}
	redirect := []string{
		"LIST_ACCOUNTS RUNNING 3 accounts", "CONSENT_GIVEN 2 accounts", "SYNC_STARTED RUNNING", "LIST_ACCOUNTS RUNNING 3 accounts",
		"SYNC_ENDED SUCCESS new=true", "SYNC_STARTED RUNNING", "TOKEN_EXPIRED TOKEN_EXPIRED", "SYNC_ENDED TOKEN_EXPIRED new=false",
		"CHANNEL_DELETED EMPTY",
	}
	if got := courses["4000"]; !slices.Equal(got, embedded) {
		t.Errorf("EMBEDDED tells\n%q, want\n%q", got, embedded)
	}
	if got := courses["4001"]; !slices.Equal(got, redirect) {
		t.Errorf("REDIRECT tells\n%q, want\n%q", got, redirect)
	}
}

// TestQueueLongPoll: a poll that waits is answered by the event.
func TestQueueLongPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	path := w.openQueue("/v3", p)
	if a := w.do(http.MethodGet, path+"/events?after=1&wait=1", as(p.token)); a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"events":[]}` {
		t.Errorf("a second without news answers %d %q", a.status, a.body)
	}
	began, answered := time.Now(), make(chan answer, 1)
	go func() { answered <- w.do(http.MethodGet, path+"/events?after=1&wait=25", as(p.token)) }()
	w.check(w.store.BeginSync(t.Context(), p.connection, w.clock.Now()))
	list := (<-answered).list(t, "events")
	if len(list) != 1 || list[0]["name"] != "SYNC_STARTED" || time.Since(began) > 20*time.Second {
		t.Errorf("after %s the poll says %v", time.Since(began), list)
	}
}

// TestQueueLongPollEnds: a poll that waits for news of a user who is deleted hears that there is nothing any more.
func TestQueueLongPollEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	path := w.openQueue("/v2.1", p)
	began, answered := time.Now(), make(chan answer, 1)
	go func() { answered <- w.do(http.MethodGet, path+"/events?after=1&wait=25", as(p.token)) }()
	<-w.waits
	w.check(w.grants.DeleteUser(t.Context(), p.id))
	(<-answered).wantError(t, "a poll of a deleted user", http.StatusNotFound, "RESOURCE_UNKNOWN", "not yours")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the poll was answered after %s", took)
	}
}

// TestQueueRefused: a queue is its user's and its client application's; a token needs a scope; bad parameters are named.
func TestQueueRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, stranger := w.bare(), w.bare()
	path := w.openQueue("/v2.1", p)
	unknown := func(what string, a answer) {
		t.Helper()
		a.wantError(t, what, http.StatusNotFound, "RESOURCE_UNKNOWN", "not yours")
	}
	unknown("another user's", w.do(http.MethodGet, path+"/events", as(stranger.token)))
	unknown("closing another's", w.do(http.MethodDelete, path, as(stranger.token)))
	unknown("another client application's", w.do(http.MethodGet, path, as(w.token(w.other, p.id, grant.AllScopes))))
	unknown("no id", w.do(http.MethodGet, "/v2.1/event_queues/1/events", as(p.token)))
	for _, scope := range []grant.Scope{grant.ScopeConnectionSync, grant.ScopeConnectionManage, grant.ScopeAccountsRead, grant.ScopeAccountsManage} {
		if a := w.do(http.MethodGet, path+"/events", as(w.token(w.client, p.id, grant.Scopes{scope}))); a.status != http.StatusOK {
			t.Errorf("with %s: %d %s", scope, a.status, a.body)
		}
	}
	narrow := as(w.token(w.client, p.id, grant.Scopes{grant.ScopeOpenID, grant.ScopeProfile, grant.ScopeTransactionsRead}))
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		w.do(method, path, narrow).wantError(t, "a narrow token", http.StatusForbidden, "insufficient_scope", "connections_sync")
	}
	w.do(http.MethodPost, "/v2.1/event_queues", narrow).wantError(t, "a narrow token", http.StatusForbidden, "insufficient_scope", "connections_sync")
	if a := w.do(http.MethodGet, path+"/events"); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
	for query, names := range map[string]string{
		"after=x": "after", "after=-1": "after", "after=99999999999999999999": "after", "limit=0": "limit", "limit=501": "limit",
		"wait=26": "wait", "wait=-1": "wait", "wait=1.5": "wait",
	} {
		w.do(http.MethodGet, path+"/events?"+query, as(p.token)).wantError(t, query, http.StatusBadRequest, "BAD_PARAMETER", names)
	}
	// A flood closes the oldest, nobody else's.
	theirs := w.openQueue("/v3", stranger)
	for range queue.MostOfUser {
		w.openQueue("/v2.1", p)
	}
	unknown("the oldest of too many", w.do(http.MethodGet, path, as(p.token)))
	if a := w.do(http.MethodGet, theirs, as(stranger.token)); a.status != http.StatusOK {
		t.Errorf("another user's queue went with them: %d", a.status)
	}
	w.clock.Pass(queue.Lifetime)
	unknown("one that is over", w.do(http.MethodGet, theirs, as(w.token(w.client, stranger.id, nil))))
}
