package sandboxbank

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/testbank"
)

// SimpleFIN has no official description in a machine's words. What stands in for one are these checks of the shapes that its two drafts
// describe, made by looking at the bank's answers alone.

// tokenPage walks to the page that a token is shown on.
func (h *harness) tokenPage(login, password string) *person {
	h.Helper()
	p := h.person().open(h.url + sfinPath + "/create")
	return p.press("/create", url.Values{"program": {"Budget"}}).signIn(login, password).allow()
}

// token is the token that a page shows.
func (p *person) token() string {
	p.Helper()
	for n := range p.doc.Descendants() {
		if attr(n, "id") == "token" {
			return attr(n, "value")
		}
	}
	p.Fatalf("no token on the page %s:\n%s", p.at, p.page)
	return ""
}

// claimAt is the address that a token stands for.
func (h *harness) claimAt(token string) string {
	h.Helper()
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		h.Fatal(err)
	}
	return string(raw)
}

// program is a program with an access.
type program struct {
	*harness

	access *url.URL
}

// program makes a token and claims it.
func (h *harness) program(login, password string) *program {
	h.Helper()
	token := h.tokenPage(login, password).press("/token", nil).token()
	access, err := url.Parse(string(h.call(http.MethodPost, h.claimAt(token), nil, nil).want(http.StatusOK).body))
	if err != nil {
		h.Fatal(err)
	}
	return &program{h, access}
}

func (p *program) read(query string) answer {
	p.Helper()
	password, _ := p.access.User.Password()
	return p.as(p.access.User.Username(), password, query)
}

func (p *program) as(name, password, query string) answer {
	p.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
	return p.call(http.MethodGet, sfinPath+"/accounts?"+query, map[string]string{"Authorization": "Basic " + basic}, nil)
}

// TestSimpleFINTokens: a token is shown once, to the browser that made it, and claimed once.
func TestSimpleFINTokens(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.tokenPage("dev", "dev")
	if strings.Contains(p.page, `id="token"`) {
		t.Error("looking at the page shows the token")
	}
	stranger := h.person().open(p.at.String())
	if strings.Contains(stranger.page, "Show the token") || !strings.Contains(stranger.page, "another browser") {
		t.Errorf("another browser sees %s", stranger.page)
	}
	created := p.at.String()
	token := p.press("/token", nil).token()
	if p.open(created); !strings.Contains(p.page, "shown before") || strings.Contains(p.page, token) {
		t.Errorf("the token is shown again: %s", p.page)
	}
	claim := h.claimAt(token)
	h.call(http.MethodPost, claim, nil, map[string]string{"not": "empty"}).want(http.StatusBadRequest)
	h.call(http.MethodPost, claim, nil, nil).want(http.StatusOK)
	for _, at := range []string{claim, h.url + sfinPath + "/claim/made-up"} {
		if a := h.call(http.MethodPost, at, nil, nil).want(http.StatusForbidden); text(a.json(), "errlist", 0, "code") != "gen.auth" {
			t.Errorf("a claim that is none: %s", a.body)
		}
	}
	late := h.claimAt(h.tokenPage("dev", "dev").press("/token", nil).token())
	h.forward(2 * time.Hour)
	h.call(http.MethodPost, late, nil, nil).want(http.StatusForbidden)
	if got := list(h.call(http.MethodGet, sfinPath+"/info", nil, nil).want(http.StatusOK).json(), "versions"); len(got) != 2 {
		t.Errorf("versions %v, want two", got)
	}
	p = h.person().open(h.url+sfinPath+"/create").press("/create", nil).press("/leave", nil)
	if !strings.Contains(p.page, "No token was made") {
		t.Errorf("after leaving: %s", p.page)
	}
}

// TestSimpleFINReads holds the shapes of both versions, and what each parameter does.
func TestSimpleFINReads(t *testing.T) {
	t.Parallel()
	p := start(t).program("dev", "dev")
	first, second := p.read("").want(http.StatusOK).json(), p.read("version=2").want(http.StatusOK).json()
	if len(list(first, "accounts")) < 3 || len(list(second, "accounts")) != len(list(first, "accounts")) {
		t.Fatalf("%d and %d accounts, want the same few", len(list(first, "accounts")), len(list(second, "accounts")))
	}
	if at(first, "errors") == nil || at(first, "connections") != nil || text(first, "accounts", 0, "org", "domain") != "127.0.0.1" {
		t.Errorf("version 1: %v", first)
	}
	conn := text(second, "connections", 0, "conn_id")
	if conn == "" || text(second, "accounts", 0, "conn_id") != conn || at(second, "errlist") == nil || text(second, "connections", 0, "org_url") != p.url {
		t.Errorf("version 2: %v", second)
	}
	count := func(query string) (movements, pending int) {
		set := p.read(query).want(http.StatusOK).json()
		for i := range list(set, "accounts") {
			for _, m := range list(set, "accounts", i, "transactions") {
				movements++
				if at(m, "pending") == true {
					pending++
					if posted, _ := at(m, "posted").(float64); posted != 0 {
						t.Errorf("a pending movement is posted: %v", m)
					}
				}
				if text(m, "id") == "" || text(m, "amount") == "" || text(m, "description") == "" {
					t.Errorf("a movement lacks something: %v", m)
				}
			}
		}
		return movements, pending
	}
	all, none := count("version=2")
	if all < 20 || none != 0 {
		t.Errorf("%d movements with %d pending, want many with none", all, none)
	}
	if more, pending := count("version=2&pending=1"); pending == 0 || more != all+pending {
		t.Errorf("with what is pending: %d with %d, want %d more than %d", more, pending, pending, all)
	}
	if n, _ := count("version=2&balances-only=1"); n != 0 {
		t.Errorf("%d movements beside balances alone", n)
	}
	// Two times that meet have what one time over both has: the end is not part of it.
	from, middle, to := epoch.AddDate(0, 0, -40).Unix(), epoch.AddDate(0, 0, -20).Truncate(24*time.Hour).Add(sfinNoon).Unix(), epoch.Unix()
	span := func(a, b int64) int {
		n, _ := count(fmt.Sprintf("start-date=%d&end-date=%d", a, b))
		return n
	}
	if whole, parts := span(from, to), span(from, middle)+span(middle, to); whole != parts || whole == 0 {
		t.Errorf("%d movements at once, %d in two parts", whole, parts)
	}
	id := text(second, "accounts", 1, "id")
	if one := list(p.read("account="+id+"&account=ACT-none").want(http.StatusOK).json(), "accounts"); len(one) != 1 || text(one, 0, "id") != id {
		t.Errorf("one account: %v", one)
	}
	for _, query := range []string{
		"start-date=yesterday", "start-date=1&start-date=2", "start-date=20&end-date=10", "start-date=1", "version=3", "since=1",
	} {
		if a := p.read(query).want(http.StatusBadRequest); text(a.json(), "errlist", 0, "code") != "gen.api" {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	// Another token of the same customer names the same accounts.
	again := p.program("dev", "dev").read("version=2").want(http.StatusOK).json()
	if text(again, "accounts", 1, "id") != id || text(again, "connections", 0, "conn_id") != conn {
		t.Error("another token names other accounts")
	}
}

// TestSimpleFINRefusals holds what is answered when nothing may be read, and when the bank wants its customer.
func TestSimpleFINRefusals(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program("dev", "dev")
	name := p.access.User.Username()
	for _, tt := range []struct{ name, password string }{{name, "wrong"}, {"made-up", "wrong"}, {"", ""}} {
		if a := p.as(tt.name, tt.password, "").want(http.StatusForbidden); text(a.json(), "errlist", 0, "code") != "gen.auth" || len(list(a.json(), "errors")) != 1 {
			t.Errorf("%q: %s", tt.name, a.body)
		}
	}
	act := func(scenario string) {
		if err := h.site.Bank().People().Apply(testbank.Change{Login: "dev", Scenario: &scenario}); err != nil {
			t.Fatal(err)
		}
		h.forward(2 * time.Minute)
	}
	act("rate_limit")
	if a := p.read("").want(http.StatusTooManyRequests); a.header.Get("Retry-After") == "" {
		t.Error("no word of when to try again")
	}
	act("sca_required")
	a := p.read("version=2").want(http.StatusOK)
	if text(a.json(), "errlist", 0, "code") != "con.auth" || text(a.json(), "errlist", 0, "conn_id") != text(a.json(), "connections", 0, "conn_id") || len(list(a.json(), "accounts")) != 0 {
		t.Errorf("a bank that wants its customer: %s", a.body)
	}
	if a := p.read("").want(http.StatusOK); len(list(a.json(), "errors")) != 1 || at(a.json(), "errlist") != nil {
		t.Errorf("likewise by version 1: %s", a.body)
	}
	act("")
	p.read("").want(http.StatusOK)
	for _, k := range h.site.Bank().Consents() {
		if err := h.site.Bank().Revoke(k.ID); err != nil {
			t.Fatal(err)
		}
	}
	p.read("").want(http.StatusForbidden)
	late := h.program("dev", "dev")
	for _, k := range h.site.Bank().Consents() {
		if err := h.site.Bank().Expire(k.ID); err != nil {
			t.Fatal(err)
		}
	}
	if a := late.read("version=2").want(http.StatusOK); text(a.json(), "errlist", 0, "code") != "con.auth" {
		t.Errorf("a consent that has run out: %s", a.body)
	}
}
