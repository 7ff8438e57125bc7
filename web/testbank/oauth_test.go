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

// consentedAgain: the first consent reads with the customer and not without them; a second one, given when they came to prove once
// more who they are, reads without them too.
func consentedAgain(t *testing.T, website string, prove func(h *harness, b *caller, path string)) {
	t.Helper()
	h := start(t)
	_, p := h.connected(website)
	refused(p.get("/api/accounts"), http.StatusForbidden, "sca_required")
	p.present = true
	account := decode[wireAccounts](p.get("/api/accounts").want(200)).Accounts[0].ID
	p.present = false
	refused(p.get("/api/accounts/"+account+"/transactions"), http.StatusForbidden, "sca_required")

	b := h.browser()
	q := authorizeQuery(website)
	q.Set("prompt", "consent")
	path := b.get("/oauth/authorize?" + q.Encode()).location().Path
	b.signInAt(path, website).want(http.StatusSeeOther)
	prove(h, b, path)
	back := wantBack(t, b.consent(path, "approve"), nil)
	p.bearer = decode[wireTokens](h.redeem(back.Get("code")).want(200)).AccessToken
	p.get("/api/accounts").want(200)
}

var apiScenarios = map[string]func(t *testing.T){
	"success": func(t *testing.T) {
		h := start(t)
		for website, usage := range map[string]string{"par": "PRIV", "pro": "ORGA"} {
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
		b.signInAt(path, "wrongpass").want(401, "The login or the password is wrong. 2 more tries")
		b.signInAt(path, "wrongpass").want(401)
		turnedAway(t, b, b.signInAt(path, "wrongpass").want(423), "account_locked")
	},
	"password_expired": refusedSignIn("passwordExpired", 403, "password_expired"),
	"action_needed":    refusedSignIn("actionNeeded", 403, "action_needed"),
	"otp_text": func(t *testing.T) {
		challenged(t, "additionalInformationNeeded", func(_ *harness, b *caller, path string) {
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
	"app_quick":   approvedAfter("shortDecoupled", 2*time.Second),
	"app_slow":    approvedAfter("app_slow", 25*time.Second),
	"app_refused": refusedApproval("app_refused", 2*time.Second, "challenge_refused"),
	"app_expired": refusedApproval("app_expired", 10*time.Second, "challenge_expired"),
	"app_manual": func(t *testing.T) {
		challenged(t, "app_manual", func(h *harness, _ *caller, _ string) {
			h.program().control("/control/state", `{"login":"alice","approve":true}`)
		})
	},
	"sca_required": func(t *testing.T) {
		consentedAgain(t, "SCARequired", func(*harness, *caller, string) {})
	},
	"sca_then_otp": func(t *testing.T) {
		consentedAgain(t, "SCARequiredAndOTP", func(_ *harness, b *caller, path string) { b.typeCode(path, bank.TextCode) })
	},
	"sca_then_app": func(t *testing.T) {
		consentedAgain(t, "SCARequiredAndDecoupled", func(h *harness, b *caller, path string) {
			b.get(path).want(200, "Waiting for your approval")
			h.pass(2 * time.Second)
		})
	},
	"validating": func(t *testing.T) {
		challenged(t, "validating", func(h *harness, b *caller, path string) {
			if got := b.get(path).want(200, "Nothing to do").header.Get("Refresh"); got != "2" {
				t.Errorf("Refresh = %q, want a page that looks again by itself", got)
			}
			h.pass(10 * time.Second)
		})
	},
	"not_supported": refusedSignIn("notSupported", 403, "not_supported"),
	"account_closed": func(t *testing.T) {
		_, p := start(t).connected("account_closed")
		var counts []int
		for range 4 {
			counts = append(counts, len(decode[wireAccounts](p.get("/api/accounts")).Accounts))
		}
		if all := counts[0]; counts[1] != all-1 || counts[2] != all-1 || counts[3] != all {
			t.Errorf("accounts = %v, want one less at the second and third pull", counts)
		}
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
