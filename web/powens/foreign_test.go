package powens_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestForeignIsAbsent is R27 and A78: for every address with an id, another user's id is answered as one that does not exist,
// byte for byte but for the request id.
func TestForeignIsAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.person(), w.person()
	const gone = 987654
	tests := []struct {
		method, path string
		foreign      int64
	}{
		{"GET", "/users/%d", other.id},
		{"DELETE", "/users/%d", other.id},
		{"GET", "/users/%d/connections", other.id},
		{"GET", "/users/%d/accounts", other.id},
		{"GET", "/users/%d/accounts?all", other.id},
		{"GET", "/users/%d/transactions?limit=5", other.id},
		{"GET", fmt.Sprintf("/users/%%d/connections/%d", mine.connection), other.id},
		{"GET", fmt.Sprintf("/users/%%d/connections/%d", other.connection), other.id},
		{"DELETE", fmt.Sprintf("/users/%%d/connections/%d", other.connection), other.id},
		{"GET", fmt.Sprintf("/users/%%d/connections/%d/accounts", other.connection), other.id},
		{"GET", fmt.Sprintf("/users/%%d/connections/%d/transactions?limit=5", other.connection), other.id},
		{"GET", fmt.Sprintf("/users/%%d/accounts/%d", other.accounts[0]), other.id},
		{"GET", fmt.Sprintf("/users/%%d/accounts/%d/transactions?limit=5", other.accounts[0]), other.id},
		{"GET", fmt.Sprintf("/users/%%d/transactions/%d", other.transactions[0]), other.id},
		{"GET", "/users/me/connections/%d", other.connection},
		{"GET", "/users/me/connections/%d?expand=accounts,connector", other.connection},
		{"DELETE", "/users/me/connections/%d", other.connection},
		{"GET", "/users/me/connections/%d/accounts", other.connection},
		{"GET", "/users/me/connections/%d/accounts?all", other.connection},
		{"GET", "/users/me/connections/%d/transactions?limit=5", other.connection},
		{"GET", "/users/me/accounts/%d", other.accounts[0]},
		{"GET", "/users/me/accounts/%d?all", other.accounts[2]},
		{"GET", "/users/me/accounts/%d/transactions?limit=5", other.accounts[0]},
		{"GET", "/users/me/transactions/%d", other.transactions[0]},
		{"GET", fmt.Sprintf("/users/%d/accounts/%%d", mine.id), other.accounts[0]},
	}
	for _, tt := range tests {
		foreign := w.do(tt.method, fmt.Sprintf(tt.path, tt.foreign), as(mine.token))
		absent := w.do(tt.method, fmt.Sprintf(tt.path, gone), as(mine.token))
		name := tt.method + " " + fmt.Sprintf(tt.path, tt.foreign)
		foreign.wantError(t, name, http.StatusNotFound, "notFound", "")
		if got, want := withoutID(foreign), withoutID(absent); got != want {
			t.Errorf("%s: a foreign id reads %q, an absent one %q", name, got, want)
		}
	}
	for _, path := range []string{
		"/users/me", fmt.Sprintf("/users/me/connections/%d", other.connection), fmt.Sprintf("/users/me/accounts/%d", other.accounts[0]),
		fmt.Sprintf("/users/%d/transactions/%d", other.id, other.transactions[0]),
	} {
		if got := w.do(http.MethodGet, path, as(other.token)); got.status != http.StatusOK {
			t.Errorf("%s by its own user afterwards: %d %s", path, got.status, got.body)
		}
	}
}

// withoutID is an answer without what differs from request to request.
func withoutID(a answer) string {
	id := a.header.Get("X-Request-Id")
	h := a.header.Clone()
	h.Del("X-Request-Id")
	h.Del("Date")
	return fmt.Sprint(a.status, h, strings.ReplaceAll(a.body, id, ""))
}

// TestOthersListsAreEmpty: a list never holds what is another's.
func TestOthersListsAreEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person()
	made := w.do(http.MethodPost, "/auth/init")
	token := secretIn(t, made, "auth_token")
	for path, want := range map[string]string{
		"/users/me/connections":  `{"connections":[],"total":0}`,
		"/users/me/accounts?all": `{"accounts":[],"balances":{},"coming_balances":{},"balance":null,"total":0}`,
	} {
		if got := w.do(http.MethodGet, path, as(token)); strings.TrimSpace(got.body) != want {
			t.Errorf("%s: %s, want %s", path, got.body, want)
		}
	}
}
