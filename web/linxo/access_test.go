package linxo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
	"passerelle/web/webtest/apitest"
)

// reads are the addresses that read, each with the scopes of which one opens it; %d is an id of the person's.
func reads(p *person) map[string]grant.Scopes {
	connections := grant.Scopes{grant.ScopeAccountsRead, grant.ScopeAccountsManage, grant.ScopeConnectionManage}
	accounts := grant.Scopes{grant.ScopeAccountsRead, grant.ScopeAccountsManage}
	movements := grant.Scopes{grant.ScopeAccountsRead, grant.ScopeAccountsManage, grant.ScopeTransactionsRead}
	return map[string]grant.Scopes{
		"/connections": connections, fmt.Sprint("/connections/", p.connection): connections,
		"/accounts": accounts, fmt.Sprint("/accounts/", p.accounts[0]): accounts,
		"/transactions": movements, fmt.Sprint("/transactions/", p.transactions[0]): movements,
		"/providers": grant.AllScopes, fmt.Sprint("/providers/", connectorID): grant.AllScopes,
	}
}

// TestScopesOfReading: each scope alone opens what it opens, and nothing else.
func TestScopesOfReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for _, scope := range grant.AllScopes {
		token := w.token(w.client, p.id, grant.Scopes{scope})
		for path, scopes := range reads(&p) {
			a := w.do(http.MethodGet, "/v2.1"+path, as(token))
			if scopes.Has(scope) {
				if a.status != http.StatusOK {
					t.Errorf("%s with %s: %d %s", path, scope, a.status, a.body)
				}
				continue
			}
			a.wantError(t, path+" with "+string(scope), http.StatusForbidden, "insufficient_scope", string(scopes[0]))
			if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `Bearer`) || !strings.Contains(got, "insufficient_scope") {
				t.Errorf("%s with %s: WWW-Authenticate is %q", path, scope, got)
			}
		}
	}
	none := w.token(w.client, p.id, grant.Scopes{})
	w.do(http.MethodGet, "/v2.1/providers", as(none)).wantError(t, "no scope", http.StatusForbidden, "insufficient_scope", "")
}

// TestScopesOfChanging: no scope of reading changes anything.
func TestScopesOfChanging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	readers := grant.Scopes{grant.ScopeOpenID, grant.ScopeProfile, grant.ScopeProfileEdit, grant.ScopeAccountsRead, grant.ScopeTransactionsRead}
	token := w.token(w.client, p.id, readers)
	connection, account := fmt.Sprint("/v2.1/connections/", p.connection), fmt.Sprint("/v2.1/accounts/", p.accounts[0])
	for _, tt := range []struct{ method, path, scope string }{
		{"POST", "/v2.1/connections", "connections_manage"},
		{"PATCH", connection, "connections_manage"},
		{"PUT", connection, "connections_manage"},
		{"DELETE", connection, "connections_manage"},
		{"POST", connection + "/synchronize", "connections_sync"},
		{"PATCH", account, "accounts_manage"},
		{"PUT", account, "accounts_manage"},
		{"DELETE", account, "accounts_manage"},
	} {
		w.do(tt.method, tt.path, as(token), jsonBody(`{"status":"CLOSED","auto_sync":false}`)).
			wantError(t, tt.method+" "+tt.path, http.StatusForbidden, "insufficient_scope", tt.scope)
	}
}

// TestTokens: no token, a bad one, and tokens that are for something else.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for path := range reads(&p) {
		for name, o := range map[string]option{
			"none": header("X-Nothing", "1"), "a bad one": as(bank.NewSecret("pat_nobody")), "basic": header("Authorization", "Basic eDp5"),
		} {
			a := w.do(http.MethodGet, "/v2.1"+path, o)
			a.wantError(t, path+" with "+name, http.StatusUnauthorized, "invalid_token", "")
			if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") {
				t.Errorf("%s with %s: WWW-Authenticate is %q", path, name, got)
			}
		}
	}
	for _, kind := range []grant.TokenKind{grant.TokenManageUsers, grant.TokenManageConfig} {
		_, manage, err := w.grants.ManageToken(t.Context(), kind)
		w.check(err)
		w.do(http.MethodGet, "/v2.1/accounts", as(manage)).wantError(t, string(kind), http.StatusForbidden, "insufficient_scope", "")
	}
	lent, err := w.grants.DeliveryToken(t.Context(), grant.DefaultDomain, p.id)
	w.check(err)
	if a := w.do(http.MethodGet, "/v2.1/accounts", as(lent)); a.status != http.StatusOK {
		t.Errorf("a delivery's token reads: %d %s", a.status, a.body)
	}
	w.do(http.MethodDelete, fmt.Sprint("/v2.1/connections/", p.connection), as(lent)).
		wantError(t, "a delivery's token deletes", http.StatusForbidden, "insufficient_scope", "")
}

// TestForeignIsAbsent: for every address with an id, another user's reads as one that does not exist.
func TestForeignIsAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.person(), w.person()
	const gone = 987654
	for _, tt := range []struct {
		method, path string
		foreign      int64
	}{
		{"GET", "/connections/%d", other.connection},
		{"PATCH", "/connections/%d", other.connection},
		{"PUT", "/connections/%d", other.connection},
		{"DELETE", "/connections/%d", other.connection},
		{"POST", "/connections/%d/synchronize", other.connection},
		{"GET", "/accounts/%d", other.accounts[0]},
		{"GET", "/accounts/%d", other.accounts[2]},
		{"PATCH", "/accounts/%d", other.accounts[0]},
		{"PUT", "/accounts/%d", other.accounts[0]},
		{"DELETE", "/accounts/%d", other.accounts[0]},
		{"GET", "/accounts?connection_id=%d", other.connection},
		{"GET", "/transactions/%d", other.transactions[0]},
		{"GET", "/transactions?account_id=%d", other.accounts[0]},
		{"GET", fmt.Sprintf("/transactions?account_ids=%d,%%d", mine.accounts[0]), other.accounts[0]},
		{"GET", "/transactions?user_id=%d", other.id},
		{"GET", "/accounts?user_id=%d", other.id},
		{"GET", "/connections?user_id=%d", other.id},
		{"GET", "/providers/%d", gone + 1},
	} {
		for _, version := range []string{"/v2.1", "/v3", ""} {
			change := jsonBody(`{"auto_sync":false,"status":"CLOSED","name":"Mine now"}`)
			options := []option{as(mine.token)}
			if tt.method == http.MethodPatch || tt.method == http.MethodPut {
				options = append(options, change)
			}
			foreign := w.do(tt.method, version+fmt.Sprintf(tt.path, tt.foreign), options...)
			absent := w.do(tt.method, version+fmt.Sprintf(tt.path, gone), options...)
			foreign.wantError(t, tt.method+" "+tt.path, http.StatusNotFound, "RESOURCE_UNKNOWN", "")
			if foreign.body != absent.body || foreign.status != absent.status {
				t.Errorf("%s %s: a foreign id reads %s, an absent one %s", tt.method, tt.path, foreign.body, absent.body)
			}
		}
	}
	for path := range reads(&other) {
		if a := w.do(http.MethodGet, "/v2.1"+path, as(other.token)); a.status != http.StatusOK || strings.Contains(a.body, "Mine now") {
			t.Errorf("%s by its own user afterwards: %d %s", path, a.status, a.body)
		}
	}
}

// named is a person with an address, as this dialect makes them, of a client application, with a connection and movements.
func (w *world) named(client grant.IssuedClient, email string) person {
	w.t.Helper()
	made, err := w.grants.CreatePerson(w.t.Context(), grant.NewPerson{
		Domain: grant.DefaultDomain, ClientID: client.Client.ID, Email: email, Password: bank.NewSecret("correct horse"),
	})
	w.check(err)
	p := person{id: made.ID}
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	_, err = w.store.SaveTransactions(w.t.Context(), p.accounts[0], apitest.Movements(), w.clock.Now())
	w.check(err)
	list, err := w.store.Transactions(w.t.Context(), bank.TransactionFilter{UserID: p.id, Limit: 1})
	w.check(err)
	p.transactions = []int64{list[0].ID}
	return p
}

// TestClientToken: a client application reads its own users' data with its own token, naming them, and nobody else's.
func TestClientToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.named(w.client, "a@example.com"), w.named(w.other, "a@example.com")
	powens := w.person()
	token := w.token(w.client, 0, grant.Scopes{grant.ScopeAccountsRead})
	by := func(id int64) option { return header("x-linxo-user-id", fmt.Sprint(id)) }
	for path := range reads(&mine) {
		if strings.HasPrefix(path, "/providers") {
			continue
		}
		for _, a := range []answer{
			w.do(http.MethodGet, "/v2.1"+path, as(token), by(mine.id)), w.do(http.MethodGet, fmt.Sprint("/v3", path, "?user_id=", mine.id), as(token)),
			w.do(http.MethodGet, fmt.Sprint("/v3", path, "?user_id=", mine.id), as(token), by(mine.id)),
		} {
			if a.status != http.StatusOK || strings.TrimSpace(a.body) == "[]" {
				t.Errorf("%s of its own user: %d %s", path, a.status, a.body)
			}
		}
		w.do(http.MethodGet, "/v2.1"+path, as(token)).wantError(t, path, http.StatusBadRequest, "PARAMETER_MISSING", "X-Linxo-User-Id")
		w.do(http.MethodGet, "/v3"+path, as(token)).wantError(t, path, http.StatusBadRequest, "PARAMETER_MISSING", "user_id")
		for what, id := range map[string]int64{"another's": other.id, "one of the other dialect": powens.id, "nobody": 987654} {
			w.do(http.MethodGet, "/v2.1"+path, as(token), by(id)).wantError(t, path+" of "+what, http.StatusNotFound, "RESOURCE_UNKNOWN", "X-Linxo-User-Id")
			w.do(http.MethodGet, fmt.Sprint("/v3", path, "?user_id=", id), as(token)).wantError(t, path+" of "+what, http.StatusNotFound, "RESOURCE_UNKNOWN", "user_id")
		}
		w.do(http.MethodGet, fmt.Sprint("/v3", path, "?user_id=", mine.id), as(token), by(other.id)).
			wantError(t, path+" of two", http.StatusBadRequest, "BAD_PARAMETER", "user_id")
		w.do(http.MethodGet, "/v2.1"+path, as(token), header("x-linxo-user-id", "me")).wantError(t, path, http.StatusBadRequest, "BAD_PARAMETER", "X-Linxo-User-Id")
	}
	whose := w.token(w.client, 0, grant.Scopes{grant.ScopeConnectionSync})
	for version, names := range map[string]string{"/v2.1": "X-Linxo-User-Id", "/v3": "user_id"} {
		w.do(http.MethodPost, fmt.Sprint(version, "/connections/", mine.connection, "/synchronize"), as(whose)).
			wantError(t, "a reading of nobody's", http.StatusBadRequest, "PARAMETER_MISSING", names)
	}
	user := w.token(w.client, mine.id, grant.Scopes{grant.ScopeAccountsRead})
	if a := w.do(http.MethodGet, fmt.Sprint("/v3/accounts?user_id=", mine.id), as(user)); a.status != http.StatusOK {
		t.Errorf("the user themselves, named: %d %s", a.status, a.body)
	}
	w.do(http.MethodGet, "/v2.1/accounts", as(user), by(other.id)).wantError(t, "another, named by a user", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
}
