package linxo_test

import (
	"net/http"
	"testing"
	"time"

	"passerelle/internal/grant"
	"passerelle/web/webtest/apitest"
)

// TestWorld: the world that the other tests begin with is what they take it for.
func TestWorld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	if len(p.accounts) != len(bankAccounts()) || len(p.transactions) != apitest.MovementCount || p.connection == 0 {
		t.Errorf("the person has connection %d, accounts %v, %d transactions", p.connection, p.accounts, len(p.transactions))
	}
	token := w.token(w.client, p.id, grant.Scopes{grant.ScopeProfile})
	caller, err := w.grants.Authenticate(t.Context(), token)
	if err != nil || caller.UserID != p.id || caller.Scopes.String() != "profile" {
		t.Errorf("the token speaks for %d with %q (%v)", caller.UserID, caller.Scopes, err)
	}
	w.clock.Pass(grant.AccessLifetime + time.Second)
	if _, err := w.grants.Authenticate(t.Context(), token); err == nil {
		t.Error("the token never ends")
	}
	if a := w.do(http.MethodGet, "/v2.1/nowhere"); a.status != http.StatusNotFound {
		t.Errorf("nothing is there: %d", a.status)
	}
}
