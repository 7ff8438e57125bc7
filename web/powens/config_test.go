package powens_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/grant"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := as(w.manage(grant.TokenManageConfig))
	if m := w.do(http.MethodGet, "/config", config).into(t); m["autosync.retry_wrongpass"] != "1" || m["webhooks.compressions.enabled"] != "0" {
		t.Errorf("the defaults are %v", m)
	}
	for _, step := range []struct {
		send option
		want map[string]string
	}{
		{jsonBody(`{"webhooks.compressions.enabled":true,"my.own":"value","a.number":1.50}`), map[string]string{"webhooks.compressions.enabled": "1", "my.own": "value", "a.number": "1.50"}},
		{form(map[string]string{"my.own": "other", "webhooks.compression.enabled": "0"}), map[string]string{"my.own": "other", "webhooks.compression.enabled": "0"}},
		{jsonBody(`{"my.own":null,"webhooks.compressions.enabled":null}`), map[string]string{"my.own": "<nil>", "webhooks.compressions.enabled": "0"}},
		{jsonBody(`{"biapi.allowed_origins":"https://a.example, https://b.example/"}`), map[string]string{"biapi.allowed_origins": "https://a.example, https://b.example/"}},
	} {
		w.clock.Pass(time.Minute)
		changed := w.do(http.MethodPost, "/config", config, step.send)
		read := w.do(http.MethodGet, "/config", config)
		if changed.status != http.StatusOK || changed.body != read.body {
			t.Errorf("changed: %d %s, read: %s", changed.status, changed.body, read.body)
		}
		for name, want := range step.want {
			if got := fmt.Sprint(read.into(t)[name]); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	}
	if m := w.do(http.MethodGet, "/config?search=ORIGINS", config).into(t); len(m) != 1 || m["biapi.allowed_origins"] == nil {
		t.Errorf("the search found %v", m)
	}
	// A value that is as it was is no change.
	w.do(http.MethodPost, "/config", config, jsonBody(`{"a.number":"1.50"}`))
	logs, _ := w.do(http.MethodGet, "/config/logs?limit=3", config).into(t)["configlogs"].([]any)
	if len(logs) != 3 {
		t.Fatalf("the log is %v", logs)
	}
	if l, _ := logs[1].(map[string]any); l["key"] != "webhooks.compressions.enabled" || l["old_value"] != "1" || l["new_value"] != nil || l["timestamp"] != "2026-03-01 12:33:00" {
		t.Errorf("the log says %v", l)
	}
	rest, _ := w.do(http.MethodGet, "/config/logs?offset=3", config).into(t)["configlogs"].([]any)
	if len(rest) != 5 {
		t.Errorf("%d older entries, want 5: %v", len(rest), rest)
	}
	for body, field := range map[string]string{
		`{"biapi.allowed_origins":"*"}`: "*", `{"biapi.allowed_origins":"http://a.example"}`: "https", `{"webhooks.compressions.enabled":"yes"}`: "webhooks.compressions.enabled",
		`{"a":{"b":1}}`: "a", `{"a":["b"]}`: "a", `{"a":"` + strings.Repeat("v", 5000) + `"}`: "a", `{"":"x"}`: "name", `{"a":"x\u0001"}`: "a",
	} {
		w.do(http.MethodPost, "/config", config, jsonBody(body)).wantError(t, body, http.StatusBadRequest, "invalidValue", field)
	}
}

// TestCrossOrigin: pages of an allowed origin may read with a bearer and never with a cookie; addresses for secrets are no
// page's.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	config := as(w.manage(grant.TokenManageConfig))
	const app, other = "https://app.example", "https://other.example"
	allowed := func(method, path, origin string) (answer, bool) {
		got := w.do(method, path, as(p.token), header("Origin", origin))
		given := got.header.Get("Access-Control-Allow-Origin")
		if given != "" && given != origin || got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s from %s: headers %v", method, path, origin, got.header)
		}
		return got, given != ""
	}
	if _, ok := allowed(http.MethodGet, "/users/me/accounts", app); ok {
		t.Error("an origin that nobody allowed may read")
	}
	w.do(http.MethodPost, "/config", config, jsonBody(`{"biapi.allowed_origins":"`+app+`"}`))
	for _, path := range []string{"/users/me/accounts", "/users/me", "/connectors", "/users/me/accounts/987654", "/users/me/transactions"} {
		if got, ok := allowed(http.MethodGet, path, app); !ok || !strings.Contains(got.header.Get("Vary"), "Origin") {
			t.Errorf("%s: allowed %v, headers %v", path, ok, got.header)
		}
		for _, origin := range []string{other, "null", app + ".evil.test", "http://app.example", "https://APP.example", ""} {
			if _, ok := allowed(http.MethodGet, path, origin); ok {
				t.Errorf("%s: %q may read", path, origin)
			}
		}
	}
	got := w.do(http.MethodOptions, "/users/me/accounts/1", header("Origin", app), header("Access-Control-Request-Method", "PUT"), header("Access-Control-Request-Headers", "authorization"))
	if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Methods") != "GET, POST, PUT" || !strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	if offered := got.header.Get("Access-Control-Allow-Headers"); strings.Contains(offered, "Idempotency-Key") {
		t.Errorf("preflight: the headers are %s, and Idempotency-Key is honoured at the exchange alone, which no page may use", offered)
	}
	for _, path := range []string{"/auth/token/access", "/auth/renew", "/auth/init", "/config", "/clients", "/users"} {
		for _, method := range []string{http.MethodOptions, http.MethodGet, http.MethodPost} {
			if _, ok := allowed(method, path, app); ok {
				t.Errorf("%s %s may be used by a page", method, path)
			}
		}
	}
	// A client application's own origins count too, and a change holds at once where it is made.
	id := w.client.Client.ID
	w.do(http.MethodPut, fmt.Sprintf("/clients/%d", id), config, jsonBody(`{"config":{"allowed_origins":["`+other+`"]}}`))
	if _, ok := allowed(http.MethodGet, "/users/me", other); !ok {
		t.Error("a client application's origin may not read")
	}
	w.do(http.MethodPost, "/config", config, jsonBody(`{"biapi.allowed_origins":null}`))
	if _, ok := allowed(http.MethodGet, "/users/me", app); ok {
		t.Error("an origin that was taken off the list may read")
	}
	twice := w.do(http.MethodGet, "/users/me", as(p.token), header("Origin", other), header("Origin", app))
	if twice.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("two origins are believed")
	}
}
