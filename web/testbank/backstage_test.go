package testbank

import (
	"html/template"
	"net/http"
	"net/url"
	"testing"

	bank "passerelle/internal/testbank"
)

// TestBackstage changes a login by hand, button by button, and sees what the bank makes of it.
func TestBackstage(t *testing.T) {
	t.Parallel()
	h := start(t)
	b, p := h.browser(), h.program()
	press := func(do string, values ...string) reply {
		t.Helper()
		f := b.get("/backstage").want(200, "Behind the scenes").form("/backstage")
		f.values.Set("login", "alice")
		f.values.Set("do", do)
		for i := 0; i+1 < len(values); i += 2 {
			f.values.Set(values[i], values[i+1])
		}
		return b.get(b.post(f.action, f.values).location().String())
	}
	in := credentials("par")
	in.Set("device", signedIn(p.post("/website/login", in)).Device)
	count := func() int {
		signedIn(p.post("/website/login", in))
		return len(decode[wireAccounts](p.get("/website/accounts").want(200)).Accounts)
	}
	before := count()

	press("scenario", "scenario", "password_expired").want(200, "From now on", "<td>password_expired</td>", `value="alice"`)
	refused(p.post("/website/login", in), 403, "password_expired")
	press("password", "password", "n3w").want(200, "The old one is refused", "another password.")
	refused(p.post("/website/login", in), 401, "bad_credentials")
	in.Set("password", "n3w")
	signedIn(p.post("/website/login", in))

	press("scenario", "scenario", "action_needed")
	refused(p.post("/website/login", in), 403, "action_needed")
	press("terms").want(200, "terms accepted.")
	signedIn(p.post("/website/login", in))
	press("scenario", "scenario", "")

	press("add").want(200, "one account more.")
	press("close").want(200, "one account less.")
	if got := count(); got != before {
		t.Errorf("%d accounts, want %d: one more and one less", got, before)
	}
	press("reopen")
	if got := count(); got != before+1 {
		t.Errorf("%d accounts, want %d", got, before+1)
	}
	press("expire").want(200, "has run out")
	refused(p.post("/website/login", in), 403, "sca_required")
	press("revoke").want(200, "is withdrawn")
	refused(p.post("/website/login", in), 403, "consent_revoked")
	in.Del("device")
	for range 3 {
		p.post("/website/login", url.Values{"login": {"alice"}, "password": {"x"}})
	}
	refused(p.post("/website/login", in), http.StatusLocked, "account_locked")
	b.get("/backstage").want(200, "locked.")
	press("unlock")
	signedIn(p.post("/website/login", in))

	b.post("/backstage", url.Values{"login": {"alice"}, "do": {"dance"}}).want(400, "Press one of the buttons")
	b.post("/backstage", url.Values{"do": {"unlock"}}).want(400, "login is needed")
	b.post("/backstage", url.Values{"login": {"alice"}, "do": {"scenario"}, "scenario": {"moon"}}).want(400, "scenario is unknown")
	b.get("/backstage?login=%3Cb%3E&done=%3Cb%3E").want(200, `value="&lt;b&gt;"`)
}

// TestHomeListsEverything: whoever opens the bank's front page sees each login and each behaviour.
func TestHomeListsEverything(t *testing.T) {
	t.Parallel()
	h := start(t)
	page := h.browser().get("/").want(200, "exactly 5,000 movements", "forty accounts", "no account at all", "/backstage", "/phone")
	for _, s := range bank.Scenarios() {
		page.want(200, "<dt><code>"+s.Name+"</code>", "<dd>"+template.HTMLEscapeString(s.Summary))
		for _, alias := range s.Aliases {
			page.want(200, `<code class="alias">`+alias+"</code>")
		}
	}
	logins, _ := bank.New(bank.Options{})
	for _, l := range bank.Default().Logins {
		page.want(200, "<td><code>"+l.Login+"</code></td>")
	}
	if list, anyone := logins.Logins(); len(list) != len(bank.Default().Logins) || anyone.Password != "1234" || anyone.About == "" {
		t.Errorf("logins = %+v and %+v", list, anyone)
	}
}

// TestPeopleOnTheWire reads what the odd people have, as a stranger would.
func TestPeopleOnTheWire(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program()
	signIn := func(login string) wireAccounts {
		signedIn(p.post("/website/login", url.Values{"login": {login}, "password": {"1234"}}))
		return decode[wireAccounts](p.get("/website/accounts").want(200))
	}
	many := signIn("many").Accounts
	if got := p.transactions("/website/accounts/" + many[0].ID + "/transactions?limit=200"); len(got) != 5000 {
		t.Errorf("%d movements, want 5000", len(got))
	}
	if got := signIn("empty").Accounts; len(got) != 0 {
		t.Errorf("accounts = %+v, want none", got)
	}
	if got := signIn("forty").Accounts; len(got) != 40 {
		t.Errorf("%d accounts, want 40", len(got))
	}
	want := map[string]string{"EUR": "-0.01", "KWD": "1234.567", "TND": "10.500", "JPY": "9007199254740993"}
	for _, a := range signIn("awkward").Accounts {
		if a.Balance != want[a.Currency] {
			t.Errorf("balance in %s = %s, want %s", a.Currency, a.Balance, want[a.Currency])
		}
	}
	h.browser().get("/website/accounts").want(401)
}

// TestNobodyToShare: a customer without accounts can let the third party in all the same.
func TestNobodyToShare(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, login := range []string{"empty", "saver"} {
		b := h.browser()
		path := b.begin("par")
		f := b.get(path).form("/login")
		f.values.Set("login", login)
		f.values.Set("password", "1234")
		b.post(f.action, f.values).want(http.StatusSeeOther)
		f = b.get(path).want(200, "There is no account to share").form("/consent")
		f.values.Set("decision", "approve")
		q := wantBack(t, b.post(f.action, f.values), nil)
		p := h.program()
		p.bearer = decode[wireTokens](h.redeem(q.Get("code")).want(200)).AccessToken
		if got := decode[wireAccounts](p.get("/api/accounts").want(200)).Accounts; len(got) != 0 {
			t.Errorf("%s: accounts = %+v, want none", login, got)
		}
	}
}
