package testbank

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// transactions walks every page of an account.
func (c *caller) transactions(path string) []wireTransaction {
	c.h.Helper()
	var all []wireTransaction
	for path != "" {
		page := decode[struct {
			Transactions []wireTransaction
			Links        struct{ Next struct{ Href string } } `json:"_links"`
		}](c.get(path).want(http.StatusOK))
		all = append(all, page.Transactions...)
		path = page.Links.Next.Href
	}
	return all
}

type wireTransaction struct {
	ID, Date, Amount, Label, Status, Currency, Type string
}

func TestTransactionsPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program()
	signedIn(p.signIn("par"))
	account := decode[wireAccounts](p.get("/website/accounts")).Accounts[0].ID
	path := "/website/accounts/" + account + "/transactions"
	small, whole := p.transactions(path+"?limit=7"), p.transactions(path+"?limit=200")
	if len(small) != len(whole) || len(whole) < 100 {
		t.Fatalf("pages of 7 give %d, of 200 give %d; want the same, more than a hundred", len(small), len(whole))
	}
	seen := map[string]bool{}
	for i, m := range small {
		if m != whole[i] || seen[m.ID] {
			t.Fatalf("movement %d: %+v against %+v, seen before: %v", i, m, whole[i], seen[m.ID])
		}
		seen[m.ID] = true
	}
	since := p.transactions(path + "?limit=5&since=2025-06-01")
	if last := since[len(since)-1]; last.Date < "2025-06-01" || len(since) >= len(whole) {
		t.Errorf("since gives %d, the last of %s", len(since), last.Date)
	}
	for _, bad := range []string{"?limit=x", "?limit=0", "?since=yesterday", "?after=%00", "?after=eA"} {
		refused(p.get(path+bad), http.StatusBadRequest, "invalid_request")
	}
	refused(p.get("/website/accounts/a0/transactions"), http.StatusNotFound, "not_found")
	signedIn(p.post("/website/login", url.Values{"login": {"bob"}, "password": {"1234"}}))
	refused(p.get(path), http.StatusNotFound, "not_found")
}

func TestPagesOfTheWebsite(t *testing.T) {
	t.Parallel()
	h := start(t)
	b := h.browser()
	b.get("/").want(200, "app_manual", "<h1>Welcome</h1>", "1234")
	f := b.get("/website/login").want(200, `autocomplete="current-password"`).form("/website/login")
	f.values = credentials("otp_image")
	f.values.Set("password", "wrong")
	b.post(f.action, f.values).want(401, "The login or the password is wrong.", `value="alice"`)
	f.values.Set("password", "1234")
	if got := b.post(f.action, f.values).location().Path; got != "/website/challenge" {
		t.Fatalf("signed in to %s", got)
	}
	page := b.get("/website/challenge").want(200, "An image of 6 digits")
	if got := b.get("/website/challenge/image").want(200).header.Get("Content-Type"); got != "image/png" {
		t.Errorf("image type = %s", got)
	}
	f = page.form("/website/challenge")
	f.values.Set("code", "x")
	b.post(f.action, f.values).want(422, "That code is not right.")
	f.values.Set("code", h.imageCode())
	if got := b.post(f.action, f.values).location().Path; got != "/website/accounts" {
		t.Fatalf("confirmed to %s", got)
	}
	b.get("/website/accounts").want(200, "Livret A", "FR")
	account := decode[wireAccounts](func() reply {
		b.accept = "application/json"
		defer func() { b.accept = "text/html" }()
		return b.get("/website/accounts")
	}()).Accounts[0].ID
	b.get("/website/accounts/"+account+"/transactions").want(200, "Earlier movements", "EUR")
	b.get("/website/access").want(200, "Nobody.")
	if got := b.post("/website/logout", nil).location().Path; got != "/website/login" {
		t.Errorf("signed out to %s", got)
	}
	b.get("/website/accounts").want(401, "Your session has ended")
	b.get("/nowhere").want(404)
	if csp := b.get("/").header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("CSP = %q", csp)
	}
}
