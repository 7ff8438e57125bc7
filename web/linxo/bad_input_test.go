package linxo_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/grant"
)

// TestBadValues: each is refused by name.
func TestBadValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	long := strings.Repeat("x", 201)
	for path, field := range map[string]string{
		"/transactions?limit=501": "limit", "/transactions?limit=0": "limit", "/transactions?limit=-1": "limit", "/transactions?limit=ten": "limit",
		"/transactions?page=0": "page", "/transactions?page=1.5": "page", "/transactions?page=99999999999999999999": "page",
		"/transactions?account_id=abc": "account_id", "/transactions?account_ids=1,,2": "account_ids", "/transactions?account_id=-1": "account_id",
		"/transactions?account_ids=1&account_id=1": "account_id", "/transactions?account_ids=" + strings.Repeat("1,", 200) + "1": "account_ids",
		"/transactions?account_type=CHECKING": "account_type", "/transactions?origin=BANK": "origin", "/transactions?included_statuses=DONE": "included_statuses",
		"/transactions?excluded_statuses=BOOKED,DONE": "excluded_statuses", "/transactions?min_amount=1e3": "min_amount", "/transactions?max_amount=1,5": "max_amount",
		"/transactions?amount=NaN": "amount", "/transactions?start_date=yesterday": "start_date", "/transactions?end_date=2026-02-30": "end_date",
		"/transactions?start_date=99999999999999": "start_date", "/transactions?end_date=-1": "end_date", "/transactions?start_import_date=2026-01-31T00:00:00": "start_import_date",
		"/transactions?category_id=" + long: "category_id", "/transactions?account_id[]=1": "account_id", "/transactions?page=1&page=2": "page", "/transactions/x": "id",
		"/accounts?type=CHECKING": "type", "/accounts?status=OPEN": "status", "/accounts?usage=PERSONNAL": "usage", "/accounts?sort=balance": "sort", "/accounts?q=" + long: "q",
		"/accounts?sort=-name:desc": "sort", "/accounts?sort=name:up": "sort", "/accounts?sort=name,name,name": "sort", "/accounts?sort=,": "sort", "/accounts?limit=501": "limit",
		"/accounts?connection_id=x": "connection_id", "/accounts/x": "id", "/accounts/1.5": "id", "/connections?status=OK": "status", "/connections?provider_id=x": "provider_id",
		"/connections?limit=501": "limit", "/connections/x": "id", "/connections/-1": "id", "/providers?country=FRA": "country", "/providers?countries=F1": "countries",
		"/providers?limit=1000": "limit", "/providers?q=" + long: "q", "/providers/x": "id", "/accounts?user_id=me": "user_id", "/accounts?q=%00": "q", "/accounts?q=%ff": "q",
	} {
		for _, version := range []string{"/v2.1", "/v3", ""} {
			w.do(http.MethodGet, version+path, as(p.token)).wantError(t, version+path, http.StatusBadRequest, "BAD_PARAMETER", field)
		}
	}
	w.do(http.MethodGet, "/v2.1/accounts?access_token="+p.token.Reveal()).wantError(t, "a token in the query", http.StatusUnauthorized, "invalid_token", "")
	for path := range map[string]bool{"/connections/0": true, "/connections/99999999999999999999": true, "/accounts/0": true, "/transactions/99999999999999999999": true} {
		w.do(http.MethodGet, "/v2.1"+path, as(p.token)).wantError(t, path, http.StatusNotFound, "RESOURCE_UNKNOWN", "")
	}
	for path, field := range map[string]string{
		"/accounts?connection_id=987654": "connection_id", "/accounts?connection_id=0": "connection_id", "/transactions?account_id=987654": "account_id",
		"/transactions?account_ids=987654,987655": "account_ids", "/accounts?user_id=987654": "user_id",
	} {
		w.do(http.MethodGet, "/v2.1"+path, as(p.token)).wantError(t, path, http.StatusNotFound, "RESOURCE_UNKNOWN", "the "+field+" that was sent")
	}
}

// TestBadBodies: what cannot be read, and what says nothing.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	connection, account := fmt.Sprint("/v2.1/connections/", p.connection), fmt.Sprint("/v2.1/accounts/", p.accounts[0])
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		for _, tt := range []struct {
			path        string
			o           option
			status      int
			code, names string
		}{
			{connection, body("", ""), 400, "PARAMETER_MISSING", "auto_sync"},
			{connection, jsonBody(`{}`), 400, "PARAMETER_MISSING", "auto_sync"},
			{connection, jsonBody(`{"auto_sync":"maybe"}`), 400, "BAD_PARAMETER", "auto_sync"},
			{connection, jsonBody(`{"auto_sync":[true]}`), 400, "BAD_PARAMETER", "auto_sync"},
			{connection, jsonBody(`{"consent_per_account":false,"auto_sync":true}`), 400, "BAD_PARAMETER", "consent_per_account"},
			{connection, jsonBody(`{"auto_sync":true`), 400, "BAD_PARAMETER", "JSON"},
			{connection, jsonBody(`[]`), 400, "BAD_PARAMETER", "JSON"},
			{connection, jsonBody(`{"auto_sync":true,"auto_sync":false}`), 400, "BAD_PARAMETER", "auto_sync"},
			{connection, body("text/xml", "<a/>"), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
			{connection, body("", "x"), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
			{account, jsonBody(`{}`), 400, "PARAMETER_MISSING", "status (CLOSED archives, ACTIVE has it read again), name"},
			{account, jsonBody(`{"status":"ERROR"}`), 400, "BAD_PARAMETER", "status"},
			{account, jsonBody(`{"status":1}`), 400, "BAD_PARAMETER", "status"},
			{account, jsonBody(`{"name":7}`), 400, "BAD_PARAMETER", "name"},
			{account, jsonBody(`{"name":"a\u0007"}`), 400, "BAD_PARAMETER", "name"},
			{account, form(map[string]string{"name": strings.Repeat("x", 201)}), 400, "BAD_PARAMETER", "name"},
		} {
			w.do(method, tt.path, as(p.token), tt.o).wantError(t, method+" "+tt.path, tt.status, tt.code, tt.names)
		}
	}
	w.change(&p, p.accounts[2], `{"name":"x"}`).
		wantError(t, "an account that is not shared", http.StatusConflict, "PENDING_CONSENT", "manage_accounts")
	for _, version := range []string{"/v2.1", "/v3", ""} {
		w.do(http.MethodPost, version+"/connections", as(p.token), jsonBody(`{"provider_id":"40"}`)).
			wantError(t, "a connection by API", http.StatusForbidden, "FORBIDDEN", "add_connection")
	}
}

// TestMethods: a known address says which methods it has, an unknown one that it is none.
func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for path, allow := range map[string][]string{
		"/connections": {"GET", "HEAD", "POST"}, fmt.Sprint("/connections/", p.connection): {"DELETE", "GET", "HEAD", "PATCH", "PUT"},
		fmt.Sprint("/connections/", p.connection, "/synchronize"): {"POST"}, "/accounts": {"GET", "HEAD"},
		fmt.Sprint("/accounts/", p.accounts[0]): {"DELETE", "GET", "HEAD", "PATCH", "PUT"}, "/transactions": {"GET", "HEAD"},
		fmt.Sprint("/transactions/", p.transactions[0]): {"GET", "HEAD"}, "/providers": {"GET", "HEAD"}, "/providers/40": {"GET", "HEAD"},
	} {
		for _, version := range []string{"/v2.1", "/v3", ""} {
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
				if slices.Contains(allow, method) {
					continue
				}
				a := w.do(method, version+path, as(p.token))
				a.wantError(t, method+" "+version+path, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Allow")
				for _, m := range allow {
					if !strings.Contains(a.header.Get("Allow"), m) {
						t.Errorf("%s %s%s: Allow is %q, want %v", method, version, path, a.header.Get("Allow"), allow)
					}
				}
			}
			if slices.Contains(allow, "HEAD") {
				if a := w.do(http.MethodHead, version+path, as(p.token)); a.status != http.StatusOK || a.body != "" {
					t.Errorf("HEAD %s%s: %d %q", version, path, a.status, a.body)
				}
			}
		}
	}
	for path, names := range map[string]string{
		"/v2/token": "/v2.1", "/v2/accounts": "/v2.1", "/v2.1/token": publicURL + "/token.", "/v3/token": publicURL + "/token.", "/v3/revoke": publicURL + "/revoke.",
	} {
		w.do(http.MethodPost, path, form(map[string]string{"grant_type": "client_credentials"})).
			wantError(t, path, http.StatusNotFound, "RESOURCE_UNKNOWN", names)
	}
	w.do(http.MethodGet, "/v2.1/investments", as(p.token)).wantError(t, "nothing there", http.StatusNotFound, "RESOURCE_UNKNOWN", "")
}

// TestRequestIDs: ours is always there; the vendor's comes back as it was sent, if it is a word.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for sent, want := range map[string]string{"abc-1.2_X": "abc-1.2_X", "a b": "", "<b>": "", strings.Repeat("x", 65): "", "": ""} {
		for _, path := range []string{"/v2.1/accounts", "/v3/accounts/x"} {
			a := w.do(http.MethodGet, path, as(p.token), header("X-FWD-Request-ID", sent))
			if got := a.header.Get("X-FWD-Request-ID"); got != want || a.header.Get("X-Request-Id") == "" {
				t.Errorf("%q gives %q back, want %q (%v)", sent, got, want, a.header)
			}
		}
	}
}

// TestAnyInput sends every parameter everything: the answer is a good one or says what is wrong, and is never our failure.
func TestAnyInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	w.clock.Pass(0)
	token := w.token(w.client, p.id, grant.AllScopes)
	values := []string{
		"", "0", "1", "-1", "1.5", "1e9", "99999999999999999999", "9223372036854775807", "253402300800", "NaN", "true", "null", "'", `"`, "';--", "%", "\\", "\x00", "\xff",
		"é", "🦊", "\u202e", "BOOKED", "ACTIVE", "CLOSED", ",", ",,", "1,2", "FR", "2026-01-31", "2026-01-31T00:00:00+01:00", "2026-01-31T00:00:00 01:00",
		"0000-00-00", "9999-12-31", "0001-01-01T00:00:00Z", "name", "-name", ":desc", "{}", "[]", "<script>", strings.Repeat("9", 300), strings.Repeat("a,", 150), "+1", " 1 ", "\n",
	}
	names := []string{
		"user_id", "page", "limit", "account_id", "account_ids", "account_type", "origin", "included_statuses", "excluded_statuses", "min_amount", "max_amount", "amount",
		"start_date", "end_date", "start_import_date", "category_id", "type", "q", "status", "usage", "sort", "connection_id", "provider_id", "country", "countries", "locale", "lng",
	}
	random := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // a repeatable list
	lists := []string{"/connections", "/accounts", "/transactions", "/providers", fmt.Sprint("/accounts/", p.accounts[0])}
	check := func(what string, a answer) {
		if a.status >= http.StatusInternalServerError || a.status >= 400 && (a.object(t)["error"] == nil || a.object(t)["error_description"] == "") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	for _, name := range names {
		for _, value := range values {
			path := []string{"/v2.1", "/v3"}[random.IntN(2)] + lists[random.IntN(len(lists))] + "?" + name + "=" + url.QueryEscape(value)
			check(path, w.do(http.MethodGet, path, as(token)))
		}
	}
	for _, value := range values {
		path := "/v2.1/transactions/" + url.PathEscape(value)
		r, err := url.Parse(path)
		if err != nil || value == "" || strings.ContainsAny(value, "?#\x00\n%") {
			continue
		}
		check(path, w.do(http.MethodGet, r.Path, as(token)))
		for _, member := range []string{"name", "auto_sync"} {
			form := form(map[string]string{member: value})
			check("PATCH "+member, w.do(http.MethodPatch, fmt.Sprint("/v2.1/accounts/", p.accounts[1]), as(token), form))
		}
	}
}
