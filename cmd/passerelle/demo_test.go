package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"passerelle/internal/connector/testbank"
	"passerelle/web/webtest"
)

// demoSite is a running demo and a browser at it.
type demoSite struct {
	t       *testing.T
	browser *webtest.Browser
	// client, service, bank and sandbox are the four addresses.
	client, service, bank, sandbox string
	program                        *program
}

// onFreePorts are the arguments that run the demo.
var onFreePorts = []string{"demo", "--listen", "127.0.0.1:0", "--test-bank-listen", "127.0.0.1:0", "--client-listen", "127.0.0.1:0", "--sandbox-bank-listen", "127.0.0.1:0"}

// startDemo runs `passerelle demo` on free ports.
func startDemo(t *testing.T) *demoSite {
	t.Helper()
	return newDemoSite(t, launch(t, nil, onFreePorts...))
}

// newDemoSite waits until a demo says where it is.
func newDemoSite(t *testing.T, p *program) *demoSite {
	t.Helper()
	d := &demoSite{t: t, program: p}
	last := func(line string) string { f := strings.Fields(strings.Split(line, " (")[0]); return f[len(f)-1] }
	d.client = last(p.line("the demo client application"))
	d.service, d.bank = last(p.line("the service")), last(p.line("the test bank"))
	d.sandbox = last(p.line("the sandbox bank"))
	p.line("Stop with")
	var err error
	if d.browser, err = webtest.New(nil, d.client, d.service, d.bank, d.sandbox); err != nil {
		t.Fatal(err)
	}
	return d
}

// must ends the test at the first step that fails.
func (d *demoSite) must(p *webtest.Page, err error) *webtest.Page {
	d.t.Helper()
	if err != nil {
		if p != nil {
			d.t.Fatalf("%v\n%s", err, p.Text)
		}
		d.t.Fatal(err)
	}
	return p
}

func (d *demoSite) get(path string) *webtest.Page {
	d.t.Helper()
	return d.must(d.browser.Get(d.t.Context(), d.client+path))
}

// connect presses a connect button of the demo and goes on to the picker's choice of the test bank.
func (d *demoSite) connect(form string) *webtest.Page {
	d.t.Helper()
	p := d.must(d.browser.Press(d.t.Context(), d.get("/"), form, "", ""))
	p = d.must(d.browser.AcceptTerms(d.t.Context(), p))
	return d.must(d.browser.Choose(d.t.Context(), p, testbank.UUID))
}

// settled looks at a page until it stops saying that something is under way.
func (d *demoSite) settled(p *webtest.Page) *webtest.Page {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	for !d.over(p) {
		var err error
		if p, err = d.browser.Get(ctx, p.URL.String()); err != nil {
			d.t.Fatal(err)
		}
		if !d.over(p) {
			// A page of ours asks to be loaded again after a pause; a person's browser does just this.
			timer := time.NewTimer(100 * time.Millisecond)
			select {
			case <-timer.C:
			case <-ctx.Done():
				d.t.Fatalf("still under way: %s", p.Text)
			}
		}
	}
	return p
}

// over says that a page does not ask to be loaded again, or waits for the person and not for a machine.
func (d *demoSite) over(p *webtest.Page) bool {
	return awayFrom(p) != "" || p.Header.Get("Refresh") == "" && !strings.Contains(string(p.Body), `http-equiv="refresh"`)
}

// awayFrom is the link of a page to the bank's own page.
func awayFrom(p *webtest.Page) string {
	for _, l := range p.Links {
		if strings.Contains(l.Href, "/oauth/authorize") {
			return l.Href
		}
	}
	return ""
}

// transactionsOf opens the first account of the first page and waits for its transactions.
func (d *demoSite) transactionsOf(p *webtest.Page) *webtest.Page {
	d.t.Helper()
	p = d.settled(p)
	for _, l := range p.Links {
		if strings.HasPrefix(l.Href, "/accounts/") {
			return d.settled(d.must(d.browser.Click(d.t.Context(), p, l.Href)))
		}
	}
	d.t.Fatalf("no account on the page: %s", p.Text)
	return nil
}

// TestDemoByIdentifiers is what a newcomer does first, without JavaScript: connect with identifiers, see transactions, look
// at the quick start, end the access.
func TestDemoByIdentifiers(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	ctx := t.Context()
	p := d.connect("/connect")
	p = d.must(d.browser.Source(ctx, p, "directaccess"))
	p = d.settled(d.must(d.browser.Credentials(ctx, p, "login", "dev", "password", "dev")))
	p = d.must(d.browser.Share(ctx, p))
	if p.URL.Path != "/" || !strings.HasPrefix(p.URL.String(), d.client) || p.Heading != "Your accounts" {
		t.Fatalf("after sharing: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	if p = d.transactionsOf(p); !strings.Contains(p.Text, "Older") || !strings.Contains(p.Text, "EUR") {
		t.Errorf("transactions: %s", p.Text)
	}
	for _, l := range p.Links {
		if strings.Contains(l.Text, "Older") {
			if next := d.must(d.browser.Click(ctx, p, l.Href)); !strings.Contains(next.Text, "Newer") || next.Text == p.Text {
				t.Errorf("second page: %s", next.Text)
			}
		}
	}
	quick := d.get("/quick-start")
	for _, want := range []string{
		"GET /callback", "connection_id=", "POST /2.0/auth/token/access", "\"token_type\": \"Bearer\"", "Idempotency-Key",
		"GET /2.0/users/me/connections", "GET /2.0/users/me/accounts", "/transactions", "\"_links\"",
	} {
		if !strings.Contains(quick.Text, want) {
			t.Errorf("the quick start lacks %q", want)
		}
	}
	if p = d.must(d.browser.Press(ctx, d.get("/"), "/disconnect", "", "")); !strings.Contains(p.Text, "Connect your bank") {
		t.Errorf("after the end of the access: %s", p.Text)
	}
	if code := d.program.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// TestDemoByRedirect connects at the bank's own page, with the user made first.
func TestDemoByRedirect(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	ctx := t.Context()
	p := d.connect("/connect/known-user")
	p = d.must(d.browser.Source(ctx, p, "openapi"))
	if _, err := p.Form("/credentials"); err == nil {
		p = d.must(d.browser.Credentials(ctx, p))
	}
	p = d.settled(p)
	away := awayFrom(p)
	if away == "" {
		t.Fatalf("no way to the bank: %s\n%v", p.Text, p.Links)
	}
	p = d.must(d.browser.Click(ctx, p, away))
	p = d.must(d.browser.Press(ctx, p, "/login", "", "", "login", "dev", "password", "dev"))
	f, err := p.Form("/consent")
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Text)
	}
	p = d.settled(d.must(d.browser.Submit(ctx, f, f.Buttons[0])))
	if p.Heading != "Your accounts" {
		p = d.must(d.browser.Share(ctx, p))
	}
	if p.Heading != "Your accounts" {
		t.Fatalf("after sharing: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	if p = d.transactionsOf(p); !strings.Contains(p.Text, "EUR") {
		t.Errorf("transactions: %s", p.Text)
	}
	quick := d.get("/quick-start")
	for _, want := range []string{"POST /2.0/auth/init", "GET /2.0/auth/token/code?type=singleAccess", "\"access\": \"single\""} {
		if !strings.Contains(quick.Text, want) {
			t.Errorf("the quick start lacks %q", want)
		}
	}
}

// TestDemoAddresses: an address that was given is taken as it is or refused by its flag, and nothing else of the demo's is named.
func TestDemoAddresses(t *testing.T) {
	t.Parallel()
	taken, err := listen(t.Context(), "127.0.0.1:0", "listen")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	busy := taken.Addr().String()
	for _, tt := range []struct {
		args []string
		says []string
	}{
		{[]string{"--listen", busy}, []string{"--listen (PASSERELLE_DEMO_LISTEN): " + busy, "give another one"}},
		{[]string{"--listen", "127.0.0.1:0", "--client-listen", busy}, []string{"--client-listen (PASSERELLE_DEMO_CLIENT_LISTEN): " + busy}},
		{[]string{"--listen", "0.0.0.0:0"}, []string{"--listen (PASSERELLE_DEMO_LISTEN)", "not an address of this machine"}},
		{[]string{"--listen", "nowhere"}, []string{"--listen (PASSERELLE_DEMO_LISTEN)", "127.0.0.1:8080"}},
	} {
		a := command(t, append([]string{"demo", "--test-bank-listen", "127.0.0.1:0"}, tt.args...)...)
		for _, text := range tt.says {
			if a.code != exitFailed || !strings.Contains(a.err, text) {
				t.Errorf("%v: exit %d, lacks %q: %s", tt.args, a.code, text, a.err)
			}
		}
	}
	var out, errs buffer
	l, err := spot{flag: "listen", variable: "V", usual: busy}.take(t.Context(), streams{out: &out, err: &errs})
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if !strings.Contains(errs.String(), busy+" was taken") || l.Addr().String() == busy {
		t.Errorf("a usual address that is taken: %s, %q", l.Addr(), errs.String())
	}
}

// TestDemoCancelled: giving up is told in plain words and leaves nothing behind.
func TestDemoCancelled(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	p := d.connect("/connect")
	p = d.must(d.browser.Cancel(t.Context(), p))
	if !strings.Contains(p.Text, "You stopped before the end") || !strings.Contains(p.Text, "access_denied") {
		t.Errorf("after cancel: %s\n%s", p.URL, p.Text)
	}
	p = d.must(d.browser.Press(t.Context(), d.get("/"), "/connect", "", ""))
	p = d.must(d.browser.Press(t.Context(), p, "/terms", "decision", "decline"))
	if !strings.Contains(p.Text, "did not accept the terms") {
		t.Errorf("after the terms were declined: %s\n%s", p.URL, p.Text)
	}
}
