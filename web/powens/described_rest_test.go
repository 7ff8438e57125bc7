package powens_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"passerelle/web/powens"
	"passerelle/web/powens/openapi"
)

// TestDescribedCatalogueUnderItsNames: /banks and /providers answer as /connectors does, all the way down.
func TestDescribedCatalogueUnderItsNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.callers().config)
	for _, name := range []string{"connectors", "banks", "providers"} {
		at := "/" + name + "/" + connectorUUID
		for _, below := range []string{"", "/fields", "/sources", "/sources/401", "/logos", "/logos/main"} {
			if a := w.do(http.MethodGet, at+below); a.status != http.StatusOK {
				t.Errorf("%s%s: %d %s", at, below, a.status, a.body)
			}
		}
		w.wantOK("PUT "+at, 200, config, jsonBody(`{"hidden":false}`))
		w.wantOK("PUT "+at+"/sources/401", 200, config, jsonBody(`{"disabled":false}`))
		w.wantOK("PATCH /"+name, 200, config, jsonBody(`{"`+connectorUUID+`":{"hidden":false}}`))
		w.do(http.MethodPatch, "/"+name, config, jsonBody(`{"99999999-9999-5999-8999-999999999999":{"hidden":false}}`)).
			wantError(t, "an unknown one of "+name, 404, "notFound", "")
	}
}

// TestDescribedRefusedAddresses: old addresses whose work is done elsewhere say so.
func TestDescribedRefusedAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.callers().config)
	for _, o := range operations() {
		if o.Support == openapi.Refused {
			w.do(o.Method, o.ExamplePath(nil)).wantError(t, o.Method+" "+o.Path, 400, "notSupported", "")
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		w.do(method, fmt.Sprint("/clients/", w.client.Client.ID), config, jsonBody(`{"generate_keys":true}`)).
			wantError(t, method+" with keys", 400, "notSupported", "generate_keys")
	}
}

// TestDescribedListsBelow: the same lists stand below a user, a connection and an account.
func TestDescribedListsBelow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	me := as(p.token)
	connection, account := fmt.Sprint("/users/me/connections/", p.connection), fmt.Sprint("/users/me/accounts/", p.accounts[0])
	w.wantOK("GET "+connection+"/documents", 200, me)
	w.do(http.MethodGet, connection+"/transactions", me).wantError(t, "no limit", 400, "missingParameter", "limit")
	w.do(http.MethodGet, account+"/transactions", me).wantError(t, "no limit", 400, "missingParameter", "limit")
	w.wantOK(fmt.Sprint("POST ", connection, "/accounts/", p.accounts[0]), 200, me, jsonBody(`{"bookmarked":true}`))
	all := fmt.Sprintf("%s/accounts/%d,%d", connection, p.accounts[0], p.accounts[1])
	w.wantOK("PUT "+all, 200, me, jsonBody(`{"disabled":true}`))
	w.do(http.MethodGet, connection+"/transactions?limit=1", me).wantError(t, "no account", 409, "noAccount", "")
}

// TestDescribedWhoMakesUsers: the ways to say wrongly who one is.
func TestDescribedWhoMakesUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.callers()
	wrong := w.credentials(map[string]string{"client_secret": "wrong", "grant_type": "client_credentials"})
	w.do(http.MethodPost, "/auth/init", form(wrong)).wantError(t, "a wrong secret", 401, "invalid_client", "")
	w.do(http.MethodPost, "/auth/renew", form(wrong)).wantTokenError(t, "a wrong secret", 401, "invalid_client")
	w.do(http.MethodPost, "/auth/init", header("Authorization", "Bearer nothing")).wantError(t, "no token of ours", 401, "unauthorized", "")
	w.do(http.MethodPost, "/auth/init", as(c.person.token)).wantError(t, "a user's token", 403, "forbidden", "")
	w.do(http.MethodGet, "/auth/token/code", as(c.users)).wantError(t, "a code of nobody", 403, "forbidden", "")
}

// wantTokenError is wantError for a token endpoint.
func (a answer) wantTokenError(t *testing.T, what string, status int, code string) {
	t.Helper()
	a.wantError(t, what, status, code, "")
	if e := a.into(t); e["error"] != code {
		t.Errorf("%s: error is %v, want %s", what, e["error"], code)
	}
}

// TestDescribedSettings: what becomes of each documented setting stands in the table.
func TestDescribedSettings(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("COMPATIBILITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range powens.SettingNames() {
		if !strings.Contains(string(table), "`"+name+"`") {
			t.Errorf("%s does not stand in COMPATIBILITY.md", name)
		}
	}
}

// TestDescribedDescriptionIsKept: who has it is not sent it again.
func TestDescribedDescriptionIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/openapi.json", "/docs"} {
		tag := w.do(http.MethodGet, path).header.Get("ETag")
		if a := w.do(http.MethodGet, path, header("If-None-Match", tag)); a.status != http.StatusNotModified || tag == "" {
			t.Errorf("%s: %d with tag %q, want 304", path, a.status, tag)
		}
	}
}
