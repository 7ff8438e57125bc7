package powens_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/grant"
	"passerelle/internal/repeat"
)

// TestUsersAreMadeOnce: a client backend that lost the answer of a new user gets it again, byte for byte, and no second user.
func TestUsersAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := header("Idempotency-Key", "k-1")
	users := func() int {
		list, err := w.grants.Users(t.Context(), grant.DefaultDomain, 0, 100)
		w.check(err)
		return len(list)
	}
	create := func(more map[string]string, options ...option) answer {
		return w.do(http.MethodPost, "/auth/init", append([]option{form(w.credentials(more))}, options...)...)
	}
	first := create(nil, key)
	again := create(nil, key)
	if first.status != http.StatusOK || again.status != http.StatusOK || first.body != again.body || users() != 1 {
		t.Fatalf("%d %s, again %d %s, %d users", first.status, first.body, again.status, again.body, users())
	}
	if first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v, again %v", first.header, again.header)
	}
	create(map[string]string{"note": "other"}, key).wantError(t, "another request", http.StatusUnprocessableEntity, "idempotencyKeyReused", "")
	if a := create(nil, header("Idempotency-Key", "k-2")); a.status != http.StatusOK || a.body == first.body || users() != 2 {
		t.Errorf("another key: %d %s, %d users", a.status, a.body, users())
	}
	w.do(http.MethodPost, "/auth/init", form(w.credentials(map[string]string{"client_secret": "wrong"})), key).wantError(t, "a wrong secret with the key", http.StatusUnauthorized, "invalid_client", "")
	// Whoever is nobody in particular has no key: another's answer would be theirs.
	stranger, other := w.do(http.MethodPost, "/auth/init", key), w.do(http.MethodPost, "/auth/init", key)
	if stranger.status != http.StatusOK || stranger.body == other.body {
		t.Errorf("strangers: %s, %s", stranger.body, other.body)
	}
	w.clock.Pass(repeat.Keep)
	if a := create(nil, key); a.status != http.StatusOK || a.body == first.body {
		t.Errorf("a day later: %d %s", a.status, a.body)
	}
	token := fmt.Sprint(first.into(t)["auth_token"])
	if strings.Contains(w.log.String(), token) {
		t.Error("the log holds the access token")
	}
}

// TestWhatWasRefusedLetsItsKeyGo: a request that was wrong can be put right under its key.
func TestWhatWasRefusedLetsItsKeyGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	manage, key := as(w.manage(grant.TokenManageConfig)), header("Idempotency-Key", "k")
	w.do(http.MethodPost, "/clients", manage, key, form(map[string]string{})).wantError(t, "no name", http.StatusBadRequest, "missingParameter", "name")
	made := w.do(http.MethodPost, "/clients", manage, key, form(map[string]string{"name": "Budget Leaf"}))
	again := w.do(http.MethodPost, "/clients", manage, key, form(map[string]string{"name": "Budget Leaf"}))
	if made.status != http.StatusCreated || again.status != http.StatusCreated || made.body != again.body {
		t.Errorf("%d %s, again %d %s", made.status, made.body, again.status, again.body)
	}
	w.do(http.MethodPost, "/clients", manage, header("Idempotency-Key", "é"), form(map[string]string{"name": "x"})).wantError(t, "a key that is none", http.StatusBadRequest, "invalidValue", "Idempotency-Key")
}
