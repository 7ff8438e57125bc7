package linxo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"passerelle/internal/store"
	"passerelle/web/linxo"

	"github.com/labstack/echo/v4"
)

// TestStatementsOfLists holds each address to its budget of SQL statements: the access token, and one for what is asked. A list of
// several accounts' movements costs one more, to refuse an account that is not there.
func TestStatementsOfLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	e := echo.New()
	linxo.New(w.deps()).Mount(e)
	for path, want := range map[string]int64{
		"/connections": 2, fmt.Sprint("/connections/", p.connection): 2, "/accounts": 2, "/accounts?q=Compte&sort=-name&page=1": 2,
		fmt.Sprint("/accounts?connection_id=", p.connection): 2, fmt.Sprint("/accounts/", p.accounts[0]): 2, "/transactions": 2,
		fmt.Sprint("/transactions?account_id=", p.accounts[0]): 2, "/transactions?account_type=CHECKINGS&origin=TRANSACTION&min_amount=-1&page=2&limit=5": 2,
		fmt.Sprint("/transactions?account_ids=", p.accounts[0], ",", p.accounts[1]): 3, fmt.Sprint("/transactions/", p.transactions[0]): 2, "/providers": 1,
	} {
		r := httptest.NewRequest(http.MethodGet, "/v2.1"+path, http.NoBody)
		as(p.token)(r)
		ctx, counted := store.CountQueries(t.Context())
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, r.WithContext(ctx))
		if got := counted.Statements(); rec.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d with %d statements, want %d", path, rec.Code, got, want)
		}
	}
}
