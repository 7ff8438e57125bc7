package linxo_test

import (
	"net/http"
	"testing"

	"passerelle/internal/grant"
)

// TestUsersAreMadeOnce: a client backend that lost the answer of a new user gets it again with its next access token too; another client
// application with the same key makes a user of its own.
func TestUsersAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grants.PasswordCost = grant.PasswordCost{Memory: 64, Time: 1, Threads: 1}
	other, err := w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Other"})
	w.check(err)
	key := header("Idempotency-Key", "k-1")
	create := func(c grant.IssuedClient, email string) answer {
		return w.do(http.MethodPost, "/users", as(w.clientToken(c, grant.ScopeUsersCreate)), key, form(map[string]string{"email": email, "password": "x"}))
	}
	first, again := create(w.client, "a@example.org"), create(w.client, "a@example.org")
	if first.status != http.StatusCreated || again.status != http.StatusCreated || first.body != again.body || first.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("%d %s, again %d %s", first.status, first.body, again.status, again.body)
	}
	create(w.client, "b@example.org").wantError(t, "another request", http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED", "new key")
	if a := create(other, "a@example.org"); a.status != http.StatusCreated || a.body == first.body {
		t.Errorf("another client application: %d %s", a.status, a.body)
	}
}

// TestSessionsAndQueuesAreMadeOnce: so are a widget session, whose answer opens a user's pages, and an event queue.
func TestSessionsAndQueuesAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	key := header("Idempotency-Key", "k-1")
	for name, send := range map[string]func() answer{
		"a widget session": func() answer {
			return w.do(http.MethodPost, "/widget/widget_session", key, form(w.credentials(map[string]string{"access_token": p.token.Reveal()})))
		},
		"an event queue": func() answer { return w.do(http.MethodPost, "/event_queues", key, as(p.token)) },
	} {
		first, again := send(), send()
		if first.status >= 300 || first.status != again.status || first.body != again.body || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s, again %d %s", name, first.status, first.body, again.status, again.body)
		}
	}
}
