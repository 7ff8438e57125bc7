package linxo_test

import (
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/grant"
)

// TestTemporaryCodesRead: what the other dialect lends to browsers reads here, and changes nothing.
func TestTemporaryCodesRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	caller, err := w.grants.Authenticate(t.Context(), w.token(w.client, p.id, nil))
	w.check(err)
	lent, err := w.grants.TemporaryCode(t.Context(), caller, grant.CodeStandard)
	w.check(err)
	for path := range reads(&p) {
		if a := w.do(http.MethodGet, "/v2.1"+path, as(lent.Plain)); a.status != http.StatusOK {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
	}
	account, connection := fmt.Sprint("/v3/accounts/", p.accounts[0]), fmt.Sprint("/v2.1/connections/", p.connection)
	for _, tt := range []struct{ method, path string }{
		{http.MethodDelete, "/v2.1/users/me"},
		{http.MethodDelete, connection},
		{http.MethodDelete, account},
		{http.MethodPost, connection + "/synchronize"},
		{http.MethodPost, "/v2.1/event_queues"},
		{http.MethodPatch, account},
		{http.MethodPatch, "/v2.1/users/me"},
	} {
		w.do(tt.method, tt.path, as(lent.Plain)).wantError(t, tt.method+" "+tt.path, http.StatusForbidden, "insufficient_scope", "temporary code")
	}
	if _, err := w.grants.User(t.Context(), grant.DefaultDomain, p.id); err != nil {
		t.Errorf("the user is gone: %v", err)
	}
}

// TestUserNamedTwice: of two headers nobody can say which one counts.
func TestUserNamedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	twice := func(r *http.Request) {
		r.Header["X-Linxo-User-Id"] = []string{fmt.Sprint(p.id), fmt.Sprint(p.id)}
	}
	for _, token := range []struct{ user int64 }{{0}, {p.id}} {
		bearer := w.token(w.client, token.user, grant.Scopes{grant.ScopeAccountsRead})
		w.do(http.MethodGet, "/v2.1/accounts", as(bearer), twice).wantError(t, "two headers", http.StatusBadRequest, "BAD_PARAMETER", "X-Linxo-User-Id")
	}
}
