package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// TestSignInForACode walks the authorization code grant (RFC 6749 §4.1) against the real program, without JavaScript: a wrong password,
// the right one, the exchange of the code with its verifier, and what the access token reads.
func TestSignInForACode(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	const callback = "http://127.0.0.1:9/back"
	made := object(t, "client", "create", "--name", "Budget Leaf", "--redirect-uri", callback, "--json", "--data-dir", dir)
	id, secret := fmt.Sprint(made["client_id"]), fmt.Sprint(made["client_secret"])
	p, base := serve(t, dir)
	token := func(pairs ...string) (int, map[string]any) {
		form := url.Values{"client_id": {id}, "client_secret": {secret}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		status, body := fetch(t, http.MethodPost, base+"/token", strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
		return status, decode(t, body)
	}
	_, own := token("grant_type", "client_credentials", "scope", "users_create")
	status, body := fetch(t, http.MethodPost, base+"/users", strings.NewReader("email=anna@example.org&password=correct+horse+battery"),
		"Authorization", fmt.Sprint("Bearer ", own["access_token"]), "Content-Type", "application/x-www-form-urlencoded")
	if status != http.StatusCreated {
		t.Fatalf("the user: %d %s", status, body)
	}

	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	asked := base + "/signin?" + url.Values{
		"client_id": {id}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"st"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode()
	b, err := webtest.New(nil, base)
	if err != nil {
		t.Fatal(err)
	}
	page := loaded(t)(b.Get(t.Context(), asked))
	if !strings.Contains(page.Text, "Budget Leaf") || !strings.Contains(page.Text, "email address, name") || strings.Contains(page.Text, "balances") {
		t.Errorf("the page says %s", page.Text)
	}
	page = loaded(t)(b.Press(t.Context(), page, "/signin", "", "", "field.email", "anna@example.org", "field.password", "no-such-word"))
	if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text, "is not right") {
		t.Errorf("a wrong password: %d %s", page.Status, page.Text)
	}
	page = loaded(t)(b.Press(t.Context(), page, "/signin", "", "", "field.email", "Anna@Example.org", "field.password", "correct horse battery"))
	if page.Left == nil || page.Left.Query().Get("state") != "st" {
		t.Fatalf("signed in: %d %s, led to %v", page.Status, page.Text, page.Left)
	}
	code := page.Left.Query().Get("code")
	exchange := func() (int, map[string]any) {
		return token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
	}
	status, given := exchange()
	if status != http.StatusOK || given["scope"] != "openid profile" {
		t.Fatalf("the exchange: %d %v", status, given)
	}
	bearer := fmt.Sprint("Bearer ", given["access_token"])
	status, body = fetch(t, http.MethodGet, base+"/users/me", nil, "Authorization", bearer)
	if status != http.StatusOK || !strings.Contains(body, "anna@example.org") {
		t.Errorf("the user: %d %s", status, body)
	}
	if status, body = fetch(t, http.MethodGet, base+"/accounts", nil, "Authorization", bearer); status != http.StatusForbidden {
		t.Errorf("accounts, which were not allowed: %d %s", status, body)
	}
	// The code a second time ends what it gave (R20).
	if status, given = exchange(); status != http.StatusBadRequest || given["error"] != "invalid_grant" {
		t.Errorf("the code again: %d %v", status, given)
	}
	if status, body = fetch(t, http.MethodGet, base+"/users/me", nil, "Authorization", bearer); status != http.StatusUnauthorized {
		t.Errorf("after the replay: %d %s", status, body)
	}
	// A word for whoever is held up by guesses is made for the client application alone, and goes through the page.
	asking := func(secret string) (int, string) {
		return fetch(t, http.MethodPost, base+"/signin/voucher", strings.NewReader(url.Values{"client_id": {id}, "client_secret": {secret}, "email": {"anna@example.org"}}.Encode()),
			"Content-Type", "application/x-www-form-urlencoded")
	}
	if status, body = asking("wrong"); status != http.StatusUnauthorized {
		t.Errorf("a voucher without the secret: %d %s", status, body)
	}
	status, body = asking(secret)
	voucher := fmt.Sprint(decode(t, body)["signin_voucher"])
	if status != http.StatusOK || len(voucher) < 40 {
		t.Errorf("a voucher: %d %s", status, body)
	}
	page = loaded(t)(b.Get(t.Context(), asked+"&signin_voucher="+voucher))
	page = loaded(t)(b.Press(t.Context(), page, "/signin", "", "", "field.email", "anna@example.org", "field.password", "correct horse battery"))
	if page.Left == nil || page.Left.Query().Get("code") == "" {
		t.Errorf("signed in with a voucher: led to %v", page.Left)
	}
	// Cancelled, it says so.
	page = loaded(t)(b.Get(t.Context(), asked))
	page = loaded(t)(b.Press(t.Context(), page, "/signin/cancel", "", ""))
	if page.Left == nil || page.Left.Query().Get("error") != "access_denied" || page.Left.Query().Get("state") != "st" {
		t.Errorf("cancelled: led to %v", page.Left)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	for _, typed := range []string{"correct horse", "no-such-word", code} {
		if strings.Contains(p.err.String(), typed) {
			t.Errorf("the log holds %q", typed)
		}
	}
}

// loaded fails the test where a page cannot be had.
func loaded(t *testing.T) func(p *webtest.Page, err error) *webtest.Page {
	t.Helper()
	return func(p *webtest.Page, err error) *webtest.Page {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}
