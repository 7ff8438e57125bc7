package linxo_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// TestWidgetSession: both addresses below every prefix, form or JSON; the links stay below the prefix that was called.
func TestWidgetSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	in := w.credentials(map[string]string{"access_token": p.token.Reveal()})
	json := fmt.Sprintf(`{"client_id": %q, "client_secret": %q, "access_token": %q, "captive_mode": true}`, in["client_id"], in["client_secret"], in["access_token"])
	points := map[string]string{
		"add_connection": "add_connection", "manage_connections": "manage_connections", "edit_credentials": "edit_credentials", "user_input": "user_input",
		"terms": "terms", "professional_account": "professional-account", "manage_accounts": "manage_accounts",
	}
	for _, prefix := range []string{"", "/v2.1", "/v3"} {
		for _, path := range []string{"/widget/widget_session", "/widget_session", "/widget_session?captive_mode=false"} {
			sent := form(in)
			if prefix == "/v3" && !strings.Contains(path, "?") {
				sent = jsonBody(json)
			}
			a := w.do(http.MethodPost, prefix+path, sent)
			if a.status != http.StatusOK {
				t.Fatalf("%s%s: %d %s", prefix, path, a.status, a.body)
			}
			var out struct {
				ID    string            `json:"session_id"`
				Links map[string]string `json:"_links"`
			}
			a.decode(t, &out)
			if !regexp.MustCompile(`^[A-Za-z0-9_-]{32}$`).MatchString(out.ID) {
				t.Errorf("the session is called %q", out.ID)
			}
			want := make(map[string]string)
			for name, point := range points {
				want[name] = publicURL + prefix + "/widget/" + point + "?session_id=" + out.ID
			}
			if !maps.Equal(out.Links, want) {
				t.Errorf("%s%s: links %v, want %v", prefix, path, out.Links, want)
			}
			session, _, err := w.grants.OpenWidget(t.Context(), bank.NewSecret(out.ID))
			w.check(err)
			captive := session.Options.CaptiveMode
			switch {
			case strings.Contains(path, "?") && (captive == nil || *captive), prefix == "/v3" && !strings.Contains(path, "?") && (captive == nil || !*captive):
				t.Errorf("%s%s: captive mode %v", prefix, path, captive)
			case prefix != "/v3" && !strings.Contains(path, "?") && captive != nil:
				t.Errorf("%s%s: captive mode was not said, and is %v", prefix, path, *captive)
			}
		}
	}
}

// TestWidgetSessionRefused: in the dialect's words, at every address, and never as a page.
func TestWidgetSessionRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	narrow := w.token(w.client, p.id, grant.Scopes{grant.ScopeProfile}).Reveal()
	good := w.credentials(map[string]string{"access_token": p.token.Reveal()})
	for name, c := range map[string]struct {
		change map[string]string
		query  string
		status int
		code   string
		names  string
	}{
		"no client":       {map[string]string{"client_id": "", "client_secret": ""}, "", 400, "PARAMETER_MISSING", "client_id"},
		"odd client":      {map[string]string{"client_id": "me"}, "", 400, "BAD_PARAMETER", "client_id"},
		"wrong secret":    {map[string]string{"client_secret": "x"}, "", 401, "invalid_client", "client_secret"},
		"no token":        {map[string]string{"access_token": ""}, "", 400, "PARAMETER_MISSING", "access_token"},
		"made-up token":   {map[string]string{"access_token": "x"}, "", 401, "invalid_token", "access token"},
		"lacks scopes":    {map[string]string{"access_token": narrow}, "", 403, "insufficient_scope", "accounts_read"},
		"odd switch":      {nil, "?captive_mode=maybe", 400, "BAD_PARAMETER", "captive_mode"},
		"two switches":    {map[string]string{"captive_mode": "true"}, "?captive_mode=false", 400, "BAD_PARAMETER", "captive_mode"},
		"secret in query": {nil, "?client_secret=x", 400, "BAD_PARAMETER", "client_secret"},
	} {
		in := maps.Clone(good)
		maps.Copy(in, c.change)
		for _, path := range []string{"/widget/widget_session", "/v2.1/widget/widget_session", "/v3/widget_session", "/widget_session"} {
			w.do(http.MethodPost, path+c.query, form(in)).wantError(t, name+" at "+path, c.status, c.code, c.names)
		}
	}
	for _, path := range []string{"/widget/widget_session", "/v3/widget_session"} {
		w.do(http.MethodPost, path, body("text/plain", "x")).wantError(t, path, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "")
		w.do(http.MethodGet, path).wantError(t, path, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "")
	}
}
