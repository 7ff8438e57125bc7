package testbank

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	bank "passerelle/internal/testbank"
)

const verifier = "a-verifier-of-at-least-forty-three-characters-0123456789"

func authorizeQuery(website string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI}, "state": {"st&te"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"scope": {"accounts"}, "website": {website},
	}
}

// begin opens the authorization and gives the page of its request.
func (c *caller) begin(website string) string {
	c.h.Helper()
	return c.get("/oauth/authorize?" + authorizeQuery(website).Encode()).location().Path
}

// signInAt fills in the login form of a request.
func (c *caller) signInAt(path, website string) reply {
	c.h.Helper()
	f := c.get(path).want(200, "Third Party").form("/login")
	f.values.Set("login", "alice")
	f.values.Set("password", "1234")
	f.values.Set("website", website)
	return c.post(f.action, f.values)
}

// consent reaches the consent page and decides.
func (c *caller) consent(path, decision string) reply {
	c.h.Helper()
	f := c.get(path).want(200, "Accounts to share").form("/consent")
	f.values.Set("decision", decision)
	return c.post(f.action, f.values)
}

// throughTo signs in without challenges and approves.
func (c *caller) throughTo(website string) reply {
	c.h.Helper()
	path := c.begin(website)
	c.signInAt(path, website).want(http.StatusSeeOther)
	return c.consent(path, "approve")
}

func wantBack(t *testing.T, r reply, want map[string]string) url.Values {
	t.Helper()
	u := r.location()
	if got := u.Scheme + "://" + u.Host + u.Path; got != redirectURI {
		t.Fatalf("back to %s, want %s", got, redirectURI)
	}
	q := u.Query()
	if q.Get("state") != "st&te" {
		t.Errorf("state = %q", q.Get("state"))
	}
	for k, v := range want {
		if q.Get(k) != v {
			t.Errorf("%s = %q, want %q", k, q.Get(k), v)
		}
	}
	return q
}

type wireTokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Error        string
	Description  string `json:"error_description"`
}

func (h *harness) exchange(form url.Values) reply {
	h.Helper()
	form.Set("client_id", clientID)
	form.Set("client_secret", clientSecret)
	return h.program().post("/oauth/token", form)
}

func (h *harness) redeem(code string) reply {
	h.Helper()
	return h.exchange(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	})
}

func (h *harness) refresh(token string) reply {
	h.Helper()
	return h.exchange(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// connected goes the whole way and gives the tokens and a program that carries the access token.
func (h *harness) connected(website string) (wireTokens, *caller) {
	h.Helper()
	q := wantBack(h.T, h.browser().throughTo(website), nil)
	tokens := decode[wireTokens](h.redeem(q.Get("code")).want(200))
	if tokens.AccessToken == "" || tokens.RefreshToken == "" || tokens.TokenType != "Bearer" || tokens.ExpiresIn != 600 {
		h.Fatalf("tokens = %+v", tokens)
	}
	p := h.program()
	p.bearer = tokens.AccessToken
	return tokens, p
}

// challenged meets challenges on the bank's pages and then approves.
func challenged(t *testing.T, website string, meet func(h *harness, b *caller, path string)) {
	t.Helper()
	h := start(t)
	b := h.browser()
	path := b.begin(website)
	b.signInAt(path, website).want(http.StatusSeeOther)
	meet(h, b, path)
	if q := wantBack(t, b.consent(path, "approve"), nil); q.Get("code") == "" {
		t.Errorf("no code in %v", q)
	}
}

func (c *caller) typeCode(path, code string) {
	c.h.Helper()
	f := c.get(path).want(200).form("/challenge")
	f.values.Set("code", code)
	c.post(f.action, f.values).want(http.StatusSeeOther)
}

// turnedAway expects a refusal page and takes its way back.
func turnedAway(t *testing.T, b *caller, page reply, reason string) {
	t.Helper()
	f := page.form("/leave")
	wantBack(t, b.post(f.action, f.values), map[string]string{"error": "access_denied", "error_reason": reason, "code": ""})
}

func refusedApproval(website string, wait time.Duration, reason string) func(*testing.T) {
	return func(t *testing.T) {
		h := start(t)
		b := h.browser()
		path := b.begin(website)
		b.signInAt(path, website).want(http.StatusSeeOther)
		if got := b.get(path).want(200, "Waiting for your approval").header.Get("Refresh"); got != "2" {
			t.Errorf("Refresh = %q, want a page that looks again by itself", got)
		}
		h.pass(wait)
		turnedAway(t, b, b.get(path).want(403), reason)
	}
}

func refusedSignIn(website string, status int, reason string) func(*testing.T) {
	return func(t *testing.T) {
		b := start(t).browser()
		turnedAway(t, b, b.signInAt(b.begin(website), website).want(status), reason)
	}
}

func approvedAfter(website string, wait time.Duration) func(*testing.T) {
	return func(t *testing.T) {
		challenged(t, website, func(h *harness, b *caller, path string) {
			b.get(path).want(200, "Waiting for your approval")
			h.pass(wait)
		})
	}
}

var apiScenarios = map[string]func(t *testing.T){
	"success": func(t *testing.T) {
		h := start(t)
		for website, usage := range map[string]string{"par": "PRIV", "pro": "ORGA", "SCARequired": "PRIV"} {
			_, p := h.connected(website)
			list := decode[wireAccounts](p.get("/api/accounts").want(200)).Accounts
			if len(list) == 0 {
				t.Fatalf("%s shows no account", website)
			}
			for _, a := range list {
				if a.Usage != usage || a.Type != "checking" && a.Type != "card" {
					t.Errorf("%s shows %+v", website, a)
				}
			}
			if got := p.transactions("/api/accounts/" + list[0].ID + "/transactions?limit=50"); len(got) < 60 {
				t.Errorf("%d movements, want a year's", len(got))
			}
		}
	},
	"wrong_password": func(t *testing.T) {
		b := start(t).browser()
		path := b.begin("wrongpass")
		b.signInAt(path, "wrongpass").want(401, "The login or the password is wrong.")
		b.signInAt(path, "wrongpass").want(401)
		turnedAway(t, b, b.signInAt(path, "wrongpass").want(423), "account_locked")
	},
	"password_expired": refusedSignIn("passwordExpired", 403, "password_expired"),
	"action_needed":    refusedSignIn("actionNeeded", 403, "action_needed"),
	"otp_text": func(t *testing.T) {
		challenged(t, "SCARequiredAndOTP", func(_ *harness, b *caller, path string) {
			f := b.get(path).want(200, "the code is 123456").form("/challenge")
			f.values.Set("code", "1")
			b.post(f.action, f.values).want(422, "That code is not right.")
			b.typeCode(path, bank.TextCode)
		})
	},
	"otp_image": func(t *testing.T) {
		challenged(t, "otp_image", func(h *harness, b *caller, path string) {
			b.get(path + "/challenge/image").want(200)
			b.typeCode(path, h.imageCode())
		})
	},
	"method_choice": func(t *testing.T) {
		challenged(t, "method_choice", func(_ *harness, b *caller, path string) {
			f := b.get(path).want(200, "Confirm with").form("/challenge")
			f.values.Set("method", "text")
			b.post(f.action, f.values).want(303)
			b.typeCode(path, bank.TextCode)
		})
	},
	"two_challenges": func(t *testing.T) {
		challenged(t, "two_challenges", func(h *harness, b *caller, path string) {
			b.typeCode(path, bank.TextCode)
			b.typeCode(path, h.imageCode())
		})
	},
	"app_quick":   approvedAfter("SCARequiredAndDecoupled", 2*time.Second),
	"app_slow":    approvedAfter("app_slow", 25*time.Second),
	"app_refused": refusedApproval("app_refused", 2*time.Second, "challenge_refused"),
	"app_expired": refusedApproval("app_expired", 10*time.Second, "challenge_expired"),
	"app_manual": func(t *testing.T) {
		challenged(t, "app_manual", func(h *harness, _ *caller, _ string) {
			h.program().control("/control/state", `{"login":"alice","approve":true}`)
		})
	},
	"redirect_deny": func(t *testing.T) {
		wantBack(t, start(t).browser().throughTo("redirect_deny"), map[string]string{"error": "access_denied", "code": ""})
	},
	"redirect_error": func(t *testing.T) {
		wantBack(t, start(t).browser().throughTo("redirect_error"), map[string]string{"error": "server_error", "code": ""})
	},
	"redirect_close": func(t *testing.T) {
		r := start(t).browser().throughTo("redirect_close").want(200, "You can close this window")
		if strings.Contains(r.body, redirectURI) || r.header.Get("Location") != "" {
			t.Error("the page leads back after all")
		}
	},
	"redirect_twice": func(t *testing.T) {
		r := start(t).browser().throughTo("redirect_twice").want(200, "Go on now")
		if n := strings.Count(r.body, "code="); n != 2 {
			t.Errorf("%d calls with a code on the page, want the image's and the link's", n)
		}
		if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' http://127.0.0.1:9 data:") {
			t.Errorf("CSP %q does not let the image call back", csp)
		}
	},
	"redirect_early_denied": func(t *testing.T) {
		r := start(t).browser().throughTo("redirect_early_denied").want(200, "error=access_denied", "code=")
		if !strings.Contains(r.header.Get("Refresh"), "code=") {
			t.Errorf("Refresh = %q, want the good callback", r.header.Get("Refresh"))
		}
	},
	"slow": func(t *testing.T) {
		h := start(t)
		began := time.Now()
		_, p := h.connected("slow")
		p.get("/api/accounts").want(200)
		if took := time.Since(began); took < 90*time.Millisecond {
			t.Errorf("three slow answers took %v", took)
		}
	},
	"bank_down": func(t *testing.T) {
		h := start(t)
		q := wantBack(t, h.browser().throughTo("bank_down"), nil)
		refused(h.redeem(q.Get("code")), 503, "unavailable")
	},
	"bug": func(t *testing.T) {
		h := start(t)
		q := wantBack(t, h.browser().throughTo("bug"), nil)
		h.redeem(q.Get("code")).want(500, "NullPointerException")
	},
	"bad_json": func(t *testing.T) {
		h := start(t)
		q := wantBack(t, h.browser().throughTo("bad_json"), nil)
		if r := h.redeem(q.Get("code")).want(200); strings.HasSuffix(r.body, "}") {
			t.Errorf("body %s is whole", r.body)
		}
	},
	"rate_limit": func(t *testing.T) {
		h := start(t)
		_, p := h.connected("rate_limit")
		refused(p.get("/api/accounts"), 429, "rate_limited")
		h.pass(30 * time.Second)
		p.get("/api/accounts").want(200)
	},
	"new_account": func(t *testing.T) {
		_, p := start(t).connected("new_account")
		first := decode[wireAccounts](p.get("/api/accounts")).Accounts
		second := decode[wireAccounts](p.get("/api/accounts")).Accounts
		if len(second) != len(first)+1 {
			t.Fatalf("accounts: %d then %d, want one more", len(first), len(second))
		}
		p.get("/api/accounts/"+second[len(second)-1].ID+"/transactions").want(200, "VERSEMENT INITIAL")
	},
	"consent_revoked": func(t *testing.T) {
		h := start(t)
		tokens, p := h.connected("consent_revoked")
		p.get("/api/accounts").want(200)
		h.pass(time.Minute)
		refused(p.get("/api/accounts"), 403, "consent_revoked")
		p.get("/api/consent").want(200, "revokedByPsu")
		h.refresh(tokens.RefreshToken).want(400, "invalid_grant", "consent_revoked")
	},
}

func TestAPIScenarios(t *testing.T) {
	t.Parallel()
	for _, s := range bank.Scenarios() {
		drive, ok := apiScenarios[s.Name]
		if onAPI := s.Sources[0] == bank.OpenAPI; onAPI != ok {
			t.Errorf("scenario %s: in the API %v, driven here %v", s.Name, onAPI, ok)
			continue
		}
		if ok {
			t.Run(s.Name, func(t *testing.T) { t.Parallel(); drive(t) })
		}
	}
}

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
