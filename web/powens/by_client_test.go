package powens_test

import (
	"net/http"
	"testing"
)

// TestBanksAreForClients: a user whom no client application made speaks to no bank, and reads and removes what is theirs.
func TestBanksAreForClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := secretIn(t, w.do(http.MethodPost, "/auth/init"), "auth_token")
	for _, call := range []struct{ method, path string }{
		{http.MethodPost, "/users/me/connections"},
		{http.MethodPut, "/users/me/connections"},
		{http.MethodPost, "/users/me/connections/1"},
		{http.MethodPut, "/users/me/connections/1"},
		{http.MethodGet, "/webauth-url"},
	} {
		w.do(call.method, call.path, as(token)).wantError(t, call.method+" "+call.path, http.StatusForbidden, "forbidden", "")
	}
	for method, want := range map[string]int{http.MethodGet: http.StatusOK, http.MethodDelete: http.StatusNoContent} {
		if got := w.do(method, "/users/me/connections", as(token)); got.status != want {
			t.Errorf("%s: got %d %s, want %d", method, got.status, got.body, want)
		}
	}
}
