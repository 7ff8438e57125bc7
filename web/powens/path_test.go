package powens_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/grant"
)

// spelled asks for a path as it stands on the wire, with its escapes.
func spelled(t *testing.T, raw string) option {
	t.Helper()
	u, err := url.Parse("/2.0" + raw)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) { r.URL.Path, r.URL.RawPath = u.Path, u.RawPath }
}

// TestPathEscapes: a parameter in the path is decoded once, however it was written, and never twice.
func TestPathEscapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	config := as(w.manage(grant.TokenManageConfig))
	first, second := fmt.Sprint(p.accounts[0]), fmt.Sprint(p.accounts[1])
	last := first[len(first)-1]
	keys := fmt.Sprintf("/webhooks/%d/add_to_data/", w.hook(config, `{"url":"https://shop.example/","event":"*"}`))
	for _, tt := range []struct {
		method, path, want string
		who                option
	}{
		{http.MethodGet, "/users/m%65", `"id":` + fmt.Sprint(p.id), as(p.token)},
		{http.MethodPut, "/users/me/accounts/" + first + "%2C" + second, `"total":2`, as(p.token)},
		{http.MethodPut, "/users/me/accounts/" + first + "%2c%20" + second, `"total":2`, as(p.token)},
		{http.MethodGet, fmt.Sprintf("/users/me/accounts/%s%%3%c", first[:len(first)-1], last), `"id":` + first, as(p.token)},
		{http.MethodGet, "/connectors/%34%30", `"id":40`, config},
		{http.MethodGet, "/currencies/%45UR", `"id":"EUR"`, config},
		{http.MethodPost, keys + "a%20b", `"add_to_data":["a b"]`, config},
		{http.MethodPost, keys + "a+%2C", `"add_to_data":["a b","a+,"]`, config},
		{http.MethodPost, keys + "c%2525%2C", `"add_to_data":["a b","a+,","c%25,"]`, config},
		{http.MethodPost, keys + "%C3%A9", `"é"`, config},
		{http.MethodDelete, keys + "%c3%A9", `"add_to_data":["a b","a+,","c%25,"]`, config},
		{http.MethodDelete, keys + "a%20b", `"add_to_data":["a+,","c%25,"]`, config},
	} {
		got := w.do(tt.method, "", spelled(t, tt.path), tt.who)
		if got.status != http.StatusOK || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s %s: %d %s, want %s", tt.method, tt.path, got.status, got.body, tt.want)
		}
	}
}

// TestBadPaths: what is not plain text is refused in every address, and the parameter is named.
func TestBadPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	config := as(w.manage(grant.TokenManageConfig))
	hook := fmt.Sprintf("/webhooks/%d/add_to_data", w.hook(config, `{"url":"https://shop.example/","event":"*"}`))
	for _, bad := range []string{"%0A%00", "%1B", "%FF%FE", "%7F", "%C2%9B", "1%0A", "%C3", "%2C%FF"} {
		for _, tt := range []struct {
			method, path, field string
			who                 option
		}{
			{http.MethodGet, "/users/" + bad, "id_user", as(p.token)},
			{http.MethodGet, "/users/me/connections/" + bad, "id_connection", as(p.token)},
			{http.MethodGet, fmt.Sprintf("/users/me/connections/%d/sources/%s", p.connection, bad), "id_source", as(p.token)},
			{http.MethodPut, "/users/me/accounts/" + bad, "id_account", as(p.token)},
			{http.MethodGet, "/users/me/transactions/" + bad, "id_transaction", as(p.token)},
			{http.MethodGet, "/connectors/" + bad, "connector", config},
			{http.MethodPut, "/connectors/" + bad, "connector", config},
			{http.MethodGet, "/connectors/40/logos/" + bad, "logo", config},
			{http.MethodGet, "/clients/" + bad, "id_client", config},
			{http.MethodGet, "/account_types/" + bad, "type", config},
			{http.MethodGet, "/currencies/" + bad, "currency", config},
			{http.MethodGet, "/webhooks/" + bad, "id_webhook", config},
			{http.MethodGet, "/webhooks/auth/" + bad, "id_auth", config},
			{http.MethodPost, hook + "/" + bad, "key", config},
			{http.MethodDelete, hook + "/" + bad, "key", config},
		} {
			w.do(tt.method, "", spelled(t, tt.path), tt.who).wantError(t, tt.method+" "+tt.path, http.StatusBadRequest, "invalidValue", tt.field)
		}
	}
	// A key in the body is held to the same.
	for _, body := range []string{`{"keys":["a\u000a"]}`, `{"keys":["\u009b"]}`, `{"keys":["a[]"]}`, `{"keys":[""]}`} {
		w.do(http.MethodPost, hook, config, jsonBody(body)).wantError(t, body, http.StatusBadRequest, "invalidValue", "key")
	}
	if got := w.do(http.MethodGet, hook, config); strings.TrimSpace(got.body) != `{"add_to_data":[]}` {
		t.Errorf("refused keys are kept: %s", got.body)
	}
}

// TestHeadMakesNothing: a GET that makes a code has no HEAD, which caches and link checkers send and which must do nothing
// (RFC 9110 §9.2.1).
func TestHeadMakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for _, path := range []string{"/auth/token/code", fmt.Sprintf("/webauth-url?client_id=%d&redirect_uri=%s&id_connector=40", w.client.Client.ID, callback)} {
		got := w.do(http.MethodHead, path, as(p.token))
		if allow := got.header.Get("Allow"); got.status != http.StatusMethodNotAllowed || !strings.Contains(allow, "GET") || strings.Contains(allow, "HEAD") {
			t.Errorf("HEAD %s: %d, Allow %q", path, got.status, allow)
		}
		if got := w.do(http.MethodGet, path, as(p.token)); got.status != http.StatusOK {
			t.Errorf("GET %s: %d %s", path, got.status, got.body)
		}
	}
}
