package powens_test

import (
	"net/http"
	"testing"
)

// TestLentBearerDeletesNoPermanentUser: what a browser was lent for half an hour reads its user and does not delete them; a temporary
// user has nothing else, and may go.
func TestLentBearerDeletesNoPermanentUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := secretIn(t, w.do(http.MethodPost, "/auth/init", form(w.credentials(nil))), "auth_token")
	lent := secretIn(t, w.do(http.MethodGet, "/auth/token/code", as(token)), "code")
	w.do(http.MethodDelete, "/users/me", as(lent)).wantError(t, "a permanent user", http.StatusForbidden, "forbidden", "")
	for name, a := range map[string]answer{
		"the code reads": w.do(http.MethodGet, "/users/me", as(lent)), "the user is there": w.do(http.MethodGet, "/users/me", as(token)),
	} {
		if a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	own := secretIn(t, w.do(http.MethodPost, "/auth/init"), "auth_token")
	if got := w.do(http.MethodDelete, "/users/me", as(own)); got.status != http.StatusNoContent {
		t.Errorf("a temporary user: %d %s", got.status, got.body)
	}
	if got := w.do(http.MethodDelete, "/users/me", as(token)); got.status != http.StatusNoContent {
		t.Errorf("with the access token: %d %s", got.status, got.body)
	}
}
