package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/web/webtest"
)

// another is a second browser at the same demo: another person.
func (d *demoSite) another() *demoSite {
	d.t.Helper()
	b, err := webtest.New(nil, d.client, d.service, d.bank)
	if err != nil {
		d.t.Fatal(err)
	}
	return &demoSite{t: d.t, browser: b, client: d.client, service: d.service, bank: d.bank, program: d.program}
}

// connected connects a login of the test bank with identifiers and shares everything.
func (d *demoSite) connected(website, login string) *webtest.Page {
	d.t.Helper()
	p := d.must(d.browser.Share(d.t.Context(), d.signIn(website, login, "1234")))
	if p.Heading != "Your accounts" {
		d.t.Fatalf("after sharing: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	return d.settled(p)
}

// acts changes what a login does from now on, as its bank.
func (d *demoSite) acts(body string) {
	d.t.Helper()
	status, text := fetch(d.t, http.MethodPost, d.bank+"/control/state", strings.NewReader(body), "Content-Type", "application/json")
	if status != http.StatusOK {
		d.t.Fatalf("control %s: %d %s", body, status, text)
	}
}

// shows looks at a page until it shows a text: what runs in the background tells nobody outside.
func (d *demoSite) shows(path, text string) *webtest.Page {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	for {
		p, err := d.browser.Get(ctx, d.client+path)
		if err != nil {
			d.t.Fatal(err)
		}
		if strings.Contains(p.Text, text) {
			return p
		}
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			d.t.Fatalf("%s never shows %q:\n%s", path, text, p.Text)
		}
	}
}

// lapse is how a connection stops working and is mended.
type lapse struct {
	login string
	// website is what is chosen when connecting, change what the bank does to the login after it.
	website, change string
	// state is what the demo says; asks what the webview asks for, empty when it asks for nothing; mends what is typed there.
	state, asks string
	mends       []string
}

// TestDemoStatesComeAndAreMended: a connected login changes at the bank, the demo sees it at the next read and offers the way back,
// and after it the connection reads again with the accounts that it had.
func TestDemoStatesComeAndAreMended(t *testing.T) {
	t.Parallel()
	all := startDemo(t)
	const confirm = "asks you to confirm again"
	code := []string{"code", "123456"}
	for _, l := range []lapse{
		{login: "once-more", website: "SCARequired", state: confirm},
		{login: "once-more-code", website: "SCARequiredAndOTP", state: confirm, asks: "Type the code", mends: code},
		{login: "once-more-app", website: "SCARequiredAndDecoupled", state: confirm},
		{login: "needs-code", website: "par", change: `"scenario":"additionalInformationNeeded"`, state: confirm, asks: "Type the code", mends: code},
		{login: "needs-app", website: "par", change: `"scenario":"shortDecoupled"`, state: confirm},
		{login: "changed", website: "par", change: `"password":"n3w"`, state: "does not take the password", asks: "Sign in again", mends: []string{"password", "n3w"}},
		{login: "expired", website: "par", change: `"scenario":"passwordExpired"`, state: "change the password on its own site", asks: "Sign in again", mends: []string{"password", "n3w"}},
	} {
		d := all.another()
		before := accountLinks(d.connected(l.website, l.login))
		d.lapses(l)
		p := d.mends(l)
		if !strings.Contains(p.Text, "Your bank can be read again") || strings.Contains(p.Text, l.state) {
			t.Errorf("%s: after the reconnect: %s %q\n%s", l.login, p.URL, p.Heading, p.Text)
		}
		if got := accountLinks(p); got != before || before == "" {
			t.Errorf("%s: accounts %s, before %s", l.login, got, before)
		}
	}
}

// lapses makes a connection stop working and waits until the demo says so.
func (d *demoSite) lapses(l lapse) {
	d.t.Helper()
	if l.change != "" {
		d.acts(`{"login":"` + l.login + `",` + l.change + `}`)
		d.must(d.browser.Press(d.t.Context(), d.get("/"), "/read", "", ""))
	}
	d.shows("/", l.state)
	if l.login == "expired" {
		// They do at the bank what it asks for.
		d.acts(`{"login":"expired","password":"n3w"}`)
	}
}

// mends takes the way back that the demo offers and does there what is asked.
func (d *demoSite) mends(l lapse) *webtest.Page {
	d.t.Helper()
	ctx := d.t.Context()
	p := d.settled(d.must(d.browser.Press(ctx, d.get("/"), "/reconnect", "", "")))
	if !strings.Contains(p.Text, l.asks) {
		d.t.Errorf("%s: the webview lacks %q:\n%s", l.login, l.asks, p.Text)
	}
	if len(l.mends) == 0 {
		return p
	}
	if _, err := p.Form("/credentials"); err == nil {
		return d.settled(d.must(d.browser.Credentials(ctx, p, l.mends...)))
	}
	return d.settled(d.must(d.browser.Answer(ctx, p, l.mends...)))
}

// accountLinks are the addresses of the accounts on the first page, which hold their ids.
func accountLinks(p *webtest.Page) string {
	var out []string
	for _, l := range p.Links {
		if strings.HasPrefix(l.Href, "/accounts/") {
			out = append(out, l.Href)
		}
	}
	return strings.Join(out, " ")
}

// TestDemoManageAndWebhooks opens the manage flow, removes the bank there, and sees each of it arrive as a webhook that verifies.
func TestDemoManageAndWebhooks(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	ctx := t.Context()
	if p := d.get("/webhooks"); !strings.Contains(p.Text, "Nothing has come yet") {
		t.Fatalf("webhooks at first: %s", p.Text)
	}
	d.connected("par", "managed")
	p := d.shows("/webhooks", "connection-synced")
	if !strings.Contains(p.Text, "user-created") || !strings.Contains(p.Text, "✓ the signature is good") || strings.Contains(p.Text, "✗") {
		t.Errorf("webhooks: %.2000s", p.Text)
	}
	p = d.must(d.browser.Press(ctx, d.get("/"), "/manage", "", ""))
	if p.Heading != "Your connected banks" {
		t.Fatalf("manage: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	p = d.must(d.browser.Press(ctx, p, "/inspect", "connection", "1"))
	p = d.must(d.browser.Press(ctx, p, "/removal", "", ""))
	p = d.must(d.browser.Press(ctx, p, "/remove", "", ""))
	p = d.must(d.browser.Press(ctx, p, "/close", "", ""))
	if p.URL.Path != "/" || !strings.Contains(p.Text, "Nothing is connected any more") {
		t.Errorf("after closing: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	d.shows("/webhooks", "connection-deleted")
	quick := d.get("/quick-start")
	for _, want := range []string{"POST /manage", "/en/manage", "POST /2.0/webhooks/auth", "BI-Signature: ", "POST /hooks/"} {
		if !strings.Contains(quick.Text, want) {
			t.Errorf("the quick start lacks %q", want)
		}
	}
	if p := d.get("/framed"); !strings.Contains(p.Heading, "In a frame") {
		t.Errorf("framed: %s", p.Text)
	}
}
