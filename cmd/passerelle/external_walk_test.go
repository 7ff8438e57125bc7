package main

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
	"passerelle/internal/connector/external"
)

// sampleUUID is the sample connector's bank in the directory.
var sampleUUID = external.InstitutionUUID("external-my-bank", "main")

// sampleConnector are the arguments that offer the sample in Python, or why it cannot be.
func sampleConnector(t *testing.T) (args []string, missing string) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		return nil, "python3 is missing: no external connector is walked in a browser"
	}
	sample, err := filepath.Abs("../../internal/connector/external/samples/python/my-bank.py")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--external-connector", "my-bank=" + sample}, ""
}

// TestDemoExternal walks the sample from the picker to the transactions, without JavaScript; a wrong password and a wrong code first.
func TestDemoExternal(t *testing.T) {
	t.Parallel()
	sample, missing := sampleConnector(t)
	if missing != "" {
		t.Skip(missing)
	}
	d := newDemoSite(t, launch(t, nil, slices.Concat(onFreePorts, sample)...))
	ctx := t.Context()
	p := d.must(d.browser.Press(ctx, d.get("/"), "/connect", "", ""))
	p = d.must(d.browser.AcceptTerms(ctx, p))
	p = d.must(d.browser.Search(ctx, p, "My bank"))
	p = d.must(d.browser.Choose(ctx, p, sampleUUID))
	p = d.settled(d.must(d.browser.Credentials(ctx, p, "login", "alice", "password", "wrong")))
	if !strings.Contains(p.Text, "Customer number") || !strings.Contains(p.Text, "not right") {
		t.Errorf("after a wrong password: %q\n%s", p.Heading, p.Text)
	}
	p = d.settled(d.must(d.browser.Credentials(ctx, p, "login", "alice", "password", "1234")))
	for _, code := range []string{"000000", "123456"} {
		if !strings.Contains(p.Text, "We have sent you a code.") {
			t.Errorf("the connector's own words are not on the page: %s", p.Text)
		}
		p = d.settled(d.must(d.browser.Answer(ctx, p, "code", code)))
	}
	p = d.must(d.browser.Share(ctx, p))
	if p.Heading != "Your accounts" || !strings.Contains(p.Text, "Savings") {
		t.Fatalf("after sharing: %s %q\n%s", p.URL, p.Heading, p.Text)
	}
	if p = d.transactionsOf(p); !strings.Contains(p.Text, "COFFEE") || !strings.Contains(p.Text, "EUR") {
		t.Errorf("transactions: %s", p.Text)
	}
}

// testExternal walks the sample in the browser and inspects the pages that it fills.
func (s *stage) testExternal(t *testing.T) {
	if s.external != "" {
		t.Skip(s.external)
	}
	for _, view := range []browser.View{browser.Views[1], browser.Views[2]} {
		t.Run(view.Name, func(t *testing.T) {
			t.Parallel()
			b, n := s.demoTab(t, view)
			for n.Kind != "client accounts" {
				if n.Kind == "service credentials" || n.Kind == "service challenge" {
					s.inspect(b, n, "external-"+file(n.Kind)+"-"+view.Name)
				}
				n = b.externalStep(n)
			}
			if !strings.Contains(n.Text, "Current account") || !strings.Contains(n.Text, "Savings") {
				t.Errorf("the accounts are not there: %s", n.Text)
			}
			b.until("the end of the reading", func(n screen) bool { return n.Kind == "client accounts" && !strings.Contains(n.Text, "being read") })
			if n = b.open(eval[string](b, `document.querySelector("ul.list a").href`)); n.Kind != "client transactions" || !strings.Contains(n.Text, "COFFEE") {
				t.Errorf("transactions: %s %q\n%s", n.Kind, n.Heading, n.Text)
			}
			for _, w := range b.traffic.take() {
				t.Error(w)
			}
		})
	}
}

// externalStep does what a page asks for.
func (b *tab) externalStep(n screen) screen {
	b.t.Helper()
	switch n.Kind {
	case "service connector":
		if !strings.Contains(n.URL, "?q=") {
			return b.open(n.URL + "?q=" + url.QueryEscape("My bank"))
		}
		return b.press(n, `button[value="`+sampleUUID+`"]`)
	case "service credentials":
		b.fill(fieldLogin, "alice")
		b.fill(fieldPassword, "1234")
		return b.press(n, `form[action$="/credentials"] button.main`)
	case "service challenge":
		b.fill(`input[name="field.code"]`, "123456")
		return b.press(n, `form[action$="/challenge"] button.main`)
	}
	return b.step(&plan{}, n)
}
