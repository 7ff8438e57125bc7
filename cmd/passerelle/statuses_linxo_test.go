package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// linxo asks the Linxo-shaped API as the user, and wants a status.
func (u *apiUser) linxo(method, path string, status int) map[string]any {
	u.t.Helper()
	req, err := http.NewRequestWithContext(u.t.Context(), method, u.w.address+"/v2.1"+path, http.NoBody)
	if err != nil {
		u.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+u.token)
	res, err := plainClient.Do(req)
	if err != nil {
		u.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != status {
		u.t.Fatalf("%s %s: got %d, %v, want %d: %v", method, path, res.StatusCode, err, status, out)
	}
	return out
}

// settled reads a connection as integrators do, until it runs no more, and gives its status and the one of a channel.
func (u *apiUser) settled(id, mode string) (connection, channel string) {
	u.t.Helper()
	until := time.NewTimer(30 * time.Second)
	defer until.Stop()
	for {
		c := u.linxo(http.MethodGet, "/connections/"+id, http.StatusOK)
		for _, raw := range c["channels"].([]any) {
			if ch, _ := raw.(map[string]any); ch["mode"] == mode {
				channel = fmt.Sprint(ch["status"])
			}
		}
		if connection = fmt.Sprint(c["status"]); connection != "RUNNING" {
			return connection, channel
		}
		again := time.NewTimer(50 * time.Millisecond)
		select {
		case <-again.C:
		case <-until.C:
			u.t.Fatalf("connection %s runs for ever: %v", id, c)
		}
	}
}

// TestStatusesOfTheBank reaches the statuses of channels through the test bank: each comes of what the bank does, over HTTP against the
// real binary.
func TestStatusesOfTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	w.mustStart()
	for _, tt := range []struct {
		scenario string
		// attended says that the end user is there when the bank is asked; else POST /connections/{id}/synchronize reads.
		attended            bool
		connection, channel string
	}{
		{"success", false, "SUCCESS", "SUCCESS"},
		{"wrong_password", false, "FAILED", "AUTH_FAILED"},
		{"password_expired", false, "FAILED", "PASSWORD_CHANGE_REQUIRED"},
		{"action_needed", false, "FAILED", "USER_ACTION_REQUIRED"},
		{"sca_required", false, "FAILED", "CHALLENGE_REQUIRED"},
		{"otp_text", true, "FAILED", "CHALLENGE_REQUIRED"},
		{"app_manual", true, "FAILED", "CHALLENGE_REQUIRED"},
		{"bank_down", false, "FAILED", "PROVIDER_UNAVAILABLE"},
		{"rate_limit", false, "FAILED", "PROVIDER_UNAVAILABLE"},
		{"bad_json", false, "FAILED", "FAILED"},
		{"not_supported", false, "FAILED", "FAILED"},
	} {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			u, login := w.apiUser(t), "status-"+strings.ReplaceAll(tt.scenario, "_", "-")
			at := u.connect(login, "par", 200, "")
			id := at[strings.LastIndexByte(at, '/')+1:]
			if c, ch := u.settled(id, "EMBEDDED"); c != "SUCCESS" || ch != "SUCCESS" {
				t.Fatalf("at first: %s with %s", c, ch)
			}
			w.control(fmt.Sprintf(`{"login":%q,"scenario":%q}`, login, tt.scenario))
			if tt.attended {
				u.ask(put, at, "")
			} else {
				u.linxo(post, "/connections/"+id+"/synchronize", http.StatusAccepted)
			}
			if c, ch := u.settled(id, "EMBEDDED"); c != tt.connection || ch != tt.channel {
				t.Errorf("got %s with %s, want %s with %s", c, ch, tt.connection, tt.channel)
			}
		})
	}
	t.Run("logo", func(t *testing.T) { t.Parallel(); logoAnswers(t, w) })
	t.Run("consent over", func(t *testing.T) { t.Parallel(); consentOver(t, w) })
}

// consentOver connects by the bank's own page, and ends the consent there as time would.
func consentOver(t *testing.T, w *world) {
	u := w.apiUser(t)
	id := fmt.Sprint(u.wants(post, "/users/me/connections", `{"connector_uuid":"`+testBankUUID+`","source":"openapi"}`, 202, "webauthRequired")["id"])
	if c, ch := u.settled(id, "REDIRECT"); c != "FAILED" || ch != "TOKEN_EXPIRED" {
		t.Errorf("begun and not finished: %s with %s", c, ch)
	}
	q := url.Values{"client_id": {w.clientID}, "redirect_uri": {callbackURI}, "id_connection": {id}, "state": {"s"}}
	_, made := u.ask("GET", "/webauth-url?"+q.Encode(), "")
	ctx, b := t.Context(), w.browser(nil)
	p, err := b.Get(ctx, fmt.Sprint(made["url"]))
	if err == nil {
		p, err = b.Click(ctx, p, awayFrom(p))
	}
	if err == nil {
		p, err = b.Press(ctx, p, "/login", "", "", "login", "status-over", "password", "1234")
	}
	if err == nil {
		p, err = b.Press(ctx, p, "/consent", "decision", "approve")
	}
	if err != nil || p.Left == nil {
		t.Fatalf("no way back: %v", err)
	}
	if c, ch := u.settled(id, "REDIRECT"); c != "SUCCESS" || ch != "SUCCESS" {
		t.Errorf("connected: %s with %s", c, ch)
	}
	w.control(`{"login":"status-over","expire_consent":true}`)
	u.linxo(post, "/connections/"+id+"/synchronize", http.StatusAccepted)
	if c, ch := u.settled(id, "REDIRECT"); c != "FAILED" || ch != "TOKEN_EXPIRED" {
		t.Errorf("the consent is over: %s with %s", c, ch)
	}
}

// logoAnswers: the picture that connectors and connections name is there, for anybody.
func logoAnswers(t *testing.T, w *world) {
	u := w.apiUser(t)
	at, err := url.Parse(fmt.Sprint(u.linxo(http.MethodGet, "/providers/40", http.StatusOK)["logo_url"]))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := plainClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "image/") {
		t.Errorf("%s: got %d %s", at, res.StatusCode, res.Header.Get("Content-Type"))
	}
}
