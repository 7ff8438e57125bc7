package testbank

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	with := func(k, v string) url.Values { q := authorizeQuery("par"); q.Set(k, v); return q }
	own := []struct {
		name string
		q    url.Values
	}{
		{"unknown client", with("client_id", "x")},
		{"foreign redirect", with("redirect_uri", "https://evil.example/callback/")},
		{"redirect outside the prefix", with("redirect_uri", "http://127.0.0.1:9/other")},
		{"prefix without its slash", with("redirect_uri", "http://127.0.0.1:9/callbackevil")},
		{"dot segments", with("redirect_uri", "http://127.0.0.1:9/callback/../other")},
		{"userinfo", with("redirect_uri", "http://127.0.0.1@evil.example/callback/")},
		{"fragment", with("redirect_uri", redirectURI+"#x")},
		{"another scheme", with("redirect_uri", "https://127.0.0.1:9/callback/")},
		{"twice", func() url.Values { q := authorizeQuery("par"); q.Add("state", "2"); return q }()},
	}
	h := start(t)
	for _, tt := range own {
		if r := h.browser().get("/oauth/authorize?" + tt.q.Encode()); r.status != 400 || r.header.Get("Location") != "" {
			t.Errorf("%s: status %d, location %q; want our own page", tt.name, r.status, r.header.Get("Location"))
		}
	}
	redirected := []struct {
		name, code string
		q          url.Values
	}{
		{"no PKCE", "invalid_request", with("code_challenge", "")},
		{"plain PKCE", "invalid_request", with("code_challenge_method", "plain")},
		{"short challenge", "invalid_request", with("code_challenge", "abc")},
		{"token response", "unsupported_response_type", with("response_type", "token")},
		{"unknown scope", "invalid_scope", with("scope", "payments")},
		{"unknown website", "invalid_request", with("website", "moon")},
	}
	for _, tt := range redirected {
		wantBack(t, h.browser().get("/oauth/authorize?"+tt.q.Encode()), map[string]string{"error": tt.code})
	}
}

func TestRequestBelongsToItsBrowser(t *testing.T) {
	t.Parallel()
	h := start(t)
	path := h.browser().begin("par")
	h.browser().get(path).want(401)
	h.browser().post(path+"/leave", nil).want(401)
	h.browser().post(path+"/login", credentials("par")).want(401)
}

func TestConsentChoices(t *testing.T) {
	t.Parallel()
	h := start(t)
	b := h.browser()
	path := b.begin("par")
	b.signInAt(path, "par")
	f := b.get(path).form("/consent")
	all := f.values["account"]
	if len(all) < 2 {
		t.Fatalf("offered %v, want some accounts", all)
	}
	b.post(f.action, url.Values{"decision": {"approve"}}).want(400, "Choose at least one account")
	b.post(f.action, url.Values{"decision": {"approve"}, "account": {"a-foreign-one"}}).want(400)
	first := b.post(f.action, url.Values{"decision": {"approve"}, "account": all[:1]})
	again := b.post(f.action, url.Values{"decision": {"approve"}, "account": all})
	if first.location().String() != again.location().String() {
		t.Error("a doubled approval gives another answer")
	}
	tokens := decode[wireTokens](h.redeem(wantBack(t, first, nil).Get("code")))
	p := h.program()
	p.bearer = tokens.AccessToken
	if list := decode[wireAccounts](p.get("/api/accounts")).Accounts; len(list) != 1 || list[0].ID != all[0] {
		t.Errorf("accounts = %+v, want the one shared", list)
	}
	refused(p.get("/api/accounts/"+all[1]+"/transactions"), 404, "not_found")

	path = b.begin("par")
	b.signInAt(path, "par")
	wantBack(t, b.consent(path, "refuse"), map[string]string{"error": "access_denied", "error_reason": ""})
}

func TestTokenEndpointRefusals(t *testing.T) {
	t.Parallel()
	h := start(t)
	code := func() string { return wantBack(t, h.browser().throughTo("par"), nil).Get("code") }
	good := func() url.Values {
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {code()}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
			"client_id": {clientID}, "client_secret": {clientSecret},
		}
	}
	tests := []struct {
		name, key, value string
		status           int
		code             string
	}{
		{"wrong secret", "client_secret", "x", 401, "invalid_client"},
		{"unknown client", "client_id", "x", 401, "invalid_client"},
		{"unknown code", "code", "x", 400, "invalid_grant"},
		{"no verifier", "code_verifier", "", 400, "invalid_grant"},
		{"wrong verifier", "code_verifier", verifier + "x", 400, "invalid_grant"},
		{"other redirect", "redirect_uri", redirectURI + "/x", 400, "invalid_grant"},
		{"grant type", "grant_type", "password", 400, "unsupported_grant_type"},
	}
	for _, tt := range tests {
		form := good()
		form.Set(tt.key, tt.value)
		r := h.program().post("/oauth/token", form)
		if r.status != tt.status || decode[wireTokens](r).Error != tt.code {
			t.Errorf("%s: %d %s, want %d %s", tt.name, r.status, r.body, tt.status, tt.code)
		}
	}
	form := good()
	form.Add("code", "2")
	h.program().post("/oauth/token", form).want(400, "invalid_request")
	h.program().control("/control/clock", `{"skew_seconds":180}`)
	old := code()
	h.program().control("/control/clock", `{"skew_seconds":360}`)
	h.redeem(old).want(400, "invalid_grant")
}

func TestCodeReplayEndsTheConsent(t *testing.T) {
	t.Parallel()
	h := start(t)
	code := wantBack(t, h.browser().throughTo("par"), nil).Get("code")
	tokens := decode[wireTokens](h.redeem(code).want(200))
	h.redeem(code).want(400, "invalid_grant")
	p := h.program()
	p.bearer = tokens.AccessToken
	if r := p.get("/api/accounts").want(401, "invalid_token"); r.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate")
	}
	h.refresh(tokens.RefreshToken).want(400, "invalid_grant")
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	h := start(t)
	first, p := h.connected("par")
	h.pass(10*time.Minute + time.Second)
	refused(p.get("/api/accounts"), 401, "invalid_token")
	second := decode[wireTokens](h.refresh(first.RefreshToken).want(200))
	// The answer was lost: the token before is still good once.
	third := decode[wireTokens](h.refresh(first.RefreshToken).want(200))
	p.bearer = third.AccessToken
	p.get("/api/accounts").want(200)
	decode[wireTokens](h.refresh(third.RefreshToken).want(200))
	h.refresh(second.RefreshToken).want(400, "invalid_grant")
	refused(p.get("/api/accounts"), 401, "invalid_token")
}

func TestConsentEnds(t *testing.T) {
	t.Parallel()
	h := start(t)
	tokens, p := h.connected("par")
	p.get("/api/consent").want(200, `"valid"`)
	h.pass(180*24*time.Hour - time.Hour)
	tokens = decode[wireTokens](h.refresh(tokens.RefreshToken).want(200))
	p.bearer = tokens.AccessToken
	p.get("/api/accounts").want(200)
	h.pass(2 * time.Hour)
	h.refresh(tokens.RefreshToken).want(400, "invalid_grant", "consent_expired")

	_, p = h.connected("par")
	p.do("DELETE", "/api/consent", "", "").want(204)
	refused(p.get("/api/accounts"), 401, "invalid_token")
	p.do("DELETE", "/api/consent", "", "").want(204)
}

func TestCustomerWithdraws(t *testing.T) {
	t.Parallel()
	h := start(t)
	_, p := h.connected("par")
	b := h.browser()
	f := b.get("/website/login").form("/login")
	f.values.Set("login", "alice")
	f.values.Set("password", "1234")
	b.post(f.action, f.values).location()
	form := b.get("/website/access").want(200, "Third Party").form("/access")
	b.post(form.action, form.values).location()
	b.get("/website/access").want(200, "revokedByPsu")
	refused(p.get("/api/accounts"), 403, "consent_revoked")
}

func TestBasicAuthAndMetadata(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.program().get("/.well-known/oauth-authorization-server").want(200, `"S256"`, h.url+"/oauth/token")
	code := wantBack(t, h.browser().throughTo("par"), nil).Get("code")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}}
	req, err := http.NewRequestWithContext(t.Context(), "POST", h.url+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(clientID, clientSecret)
	resp, err := h.program().http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != 200 || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, Cache-Control %q", resp.StatusCode, resp.Header.Get("Cache-Control"))
	}
}
