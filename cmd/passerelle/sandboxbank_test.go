package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

// TestDemoSandbox walks each way to the sandbox bank as a person does, from the picker to the transactions.
func TestDemoSandbox(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	for _, w := range sandboxWays(d.sandbox) {
		t.Run(w.name, func(t *testing.T) {
			d := &demoSite{t: t, browser: d.browser, client: d.client, service: d.service, bank: d.bank, sandbox: d.sandbox}
			if err := d.browser.Forget(); err != nil {
				t.Fatal(err)
			}
			d.walkSandbox(w)
		})
	}
}

// walkSandbox connects one way and looks at the transactions.
func (d *demoSite) walkSandbox(w sandboxWay) {
	d.t.Helper()
	ctx := d.t.Context()
	p := d.must(d.browser.Press(ctx, d.get("/"), "/connect", "", ""))
	p = d.must(d.browser.AcceptTerms(ctx, p))
	// The first page of the picker does not show them all.
	p = d.must(d.browser.Search(ctx, p, "Sandbox Bank ("+w.name+")"))
	p = d.must(d.browser.Choose(ctx, p, sandboxUUID(w.name)))
	const most = 20
	for range most {
		p = d.sandboxSettled(p)
		var err error
		switch {
		case p.Heading == "Coming back from your bank":
			// What the script of that page does.
			to := *p.URL
			to.RawQuery, to.Fragment = to.Fragment, ""
			p, err = d.browser.Get(ctx, to.String())
		case has(p, "/ais/start"):
			p, err = d.browser.Press(ctx, p, "/ais/start", "", "")
		case has(p, "/login"):
			p, err = d.browser.Press(ctx, p, "/login", "", "", "login", "dev", "password", "dev")
		case has(p, "/consent"):
			p, err = d.browser.Press(ctx, p, "/consent", "decision", "approve")
		case has(p, "/challenge"):
			p, err = d.browser.Answer(ctx, p, d.typed(p)...)
		case has(p, "/credentials"):
			p, err = d.browser.Credentials(ctx, p, d.token(p)...)
		case has(p, "/accounts"):
			p, err = d.browser.Share(ctx, p)
		case strings.HasPrefix(p.URL.String(), d.client) && p.Heading == "Your accounts":
			if p = d.transactionsOf(p); !strings.Contains(p.Text, "EUR") || !strings.Contains(p.Text, "BOULANGERIE") {
				d.t.Errorf("transactions: %s", p.Text)
			}
			return
		default:
			d.t.Fatalf("lost at %s %q\n%s\n%v", p.URL, p.Heading, p.Text, p.Links)
		}
		if err != nil {
			d.t.Fatalf("%v at %s\n%s", err, p.URL, p.Text)
		}
	}
	d.t.Fatalf("no end at %s\n%s", p.URL, p.Text)
}

func has(p *webtest.Page, form string) bool {
	_, err := p.Form(form)
	return err == nil
}

// typed fills in what a page of ours asks for.
func (d *demoSite) typed(p *webtest.Page) (fields []string) {
	f, err := p.Form("/challenge")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, field := range f.Fields {
		switch {
		case strings.HasSuffix(field.Name, ".login"), strings.HasSuffix(field.Name, ".password"):
			fields = append(fields, strings.TrimPrefix(field.Name, "field."), "dev")
		}
	}
	return fields
}

var shownToken = regexp.MustCompile(`id="token" value="([^"]+)"`)

// token makes a SimpleFIN token at the bank, where a page of ours asks for one: its address stands beside the field.
func (d *demoSite) token(p *webtest.Page) (fields []string) {
	d.t.Helper()
	create := d.sandbox + "/simplefin/create"
	if !strings.Contains(string(p.Body), `name="field.token"`) {
		return nil
	}
	if !strings.Contains(p.Text, create) {
		d.t.Errorf("the page does not say where a token is made: %s", p.Text)
	}
	ctx := d.t.Context()
	at := d.must(d.browser.Get(ctx, create))
	at = d.must(d.browser.Press(ctx, at, "/create", "", "", "program", "Demo"))
	at = d.must(d.browser.Press(ctx, at, "/login", "", "", "login", "dev", "password", "dev"))
	at = d.must(d.browser.Press(ctx, at, "/consent", "decision", "approve"))
	at = d.must(d.browser.Press(ctx, at, "/token", "", ""))
	found := shownToken.FindSubmatch(at.Body)
	if found == nil {
		d.t.Fatalf("no token at %s: %s", at.URL, at.Text)
	}
	return []string{"token", string(found[1])}
}

// sandboxSettled waits for our pages and goes on to the bank's.
func (d *demoSite) sandboxSettled(p *webtest.Page) *webtest.Page {
	d.t.Helper()
	if to := awaySandbox(p); to != "" {
		return d.must(d.browser.Click(d.t.Context(), p, to))
	}
	if p = d.settled(p); awaySandbox(p) != "" {
		return d.must(d.browser.Click(d.t.Context(), p, awaySandbox(p)))
	}
	return p
}

func awaySandbox(p *webtest.Page) string {
	for _, l := range p.Links {
		if strings.Contains(l.Href, "/authorise/") || strings.Contains(l.Href, "/as/") || strings.Contains(l.Href, "/ais/start") {
			return l.Href
		}
	}
	return ""
}

// TestSandboxBankAlone: what was given wrongly is named by its flag, and the bank answers where it says.
func TestSandboxBankAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "not.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--tls-key", file}, "go together: give both or none"},
		{[]string{"--tls-certificate", file, "--tls-key", file}, "--tls-certificate (PASSERELLE_SANDBOX_BANK_TLS_CERTIFICATE_PATH)"},
		{[]string{"--certificate", file}, "--certificate (PASSERELLE_SANDBOX_BANK_CERTIFICATE_PATH): this is no PEM file"},
		{[]string{"--application-key", file}, "--application-key (PASSERELLE_SANDBOX_BANK_APPLICATION_KEY_PATH): this is no PEM file"},
		{[]string{"--public-url", "sandbox"}, "--public-url (PASSERELLE_SANDBOX_BANK_URL)"},
	} {
		a := command(t, append([]string{"sandboxbank", "--listen", "127.0.0.1:0"}, tt.args...)...)
		if a.code != exitFailed || !strings.Contains(a.err, tt.says) {
			t.Errorf("%v: exit %d, lacks %q: %s", tt.args, a.code, tt.says, a.err)
		}
	}
	p := launch(t, nil, "sandboxbank", "--listen", "127.0.0.1:0")
	at := strings.Fields(p.line("listening on"))
	status, body := fetch(t, http.MethodGet, at[len(at)-1], nil)
	if status != http.StatusOK || !strings.Contains(body, "/stet-mixed/v1.4") {
		t.Errorf("the front page: %d %s", status, body)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}
