package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
)

// testSandboxBank walks from the picker to the transactions over each protocol, and inspects the sandbox bank's pages on the way.
func (s *stage) testSandboxBank(t *testing.T) {
	for i, w := range []struct{ name, login string }{
		{"Berlin Group, redirect", "otp_text"},
		{"Berlin Group, embedded", "otp_text"},
		{"UK Open Banking 4.0", "otp_text"},
		{"STET, mixed", "anybody"},
		{"UK Open Banking, hybrid", "otp_text"},
		{"UK Open Banking, signed answers", "otp_text"},
		{"Enable Banking", "otp_text"},
		{sandboxSimpleFIN, "otp_text"},
	} {
		view := browser.Views[i%len(browser.Views)]
		t.Run(w.name+" "+view.Name, func(t *testing.T) {
			t.Parallel()
			b := s.openTab(t, view, s.demo.client, s.demo.service, s.demo.sandbox)
			n := b.open(s.demo.client)
			for n.Kind != "client accounts" {
				if n.Kind == "service credentials" && b.has(fieldToken) {
					n = s.pasteToken(b, n, w.login)
					continue
				}
				// The first four walks, one a view, see all pages that the ways share.
				if strings.HasPrefix(n.Kind, "bank ") && (i < len(browser.Views) || n.Kind == "bank return") {
					s.inspect(b, n, "sandbox-"+strings.TrimPrefix(n.Kind, "bank ")+"-"+view.Name)
				}
				n = b.sandboxStep(n, w.name, w.login)
			}
			if !strings.Contains(n.Text, "Compte courant") {
				t.Errorf("the accounts are not there: %s", n.Text)
			}
			b.readTransactions(n)
			pages := []string{"/", "/operator?done=book", "/phone"}
			if i >= len(browser.Views) {
				pages = nil
			}
			for _, page := range pages {
				b.must(b.do(chromedp.Navigate(s.demo.sandbox + page)))
				n := b.until("the page "+page, func(n screen) bool { return n.Heading != "" && strings.HasPrefix(n.URL, s.demo.sandbox) })
				s.inspect(b, n, "sandbox-"+strings.Trim(strings.Split(page, "?")[0], "/")+"-"+view.Name)
			}
			for _, w := range b.traffic.take() {
				t.Error(w)
			}
		})
	}
}

// fieldToken is the field of a SimpleFIN token.
const fieldToken = `input[name="field.token"]`

// pasteToken makes a SimpleFIN token in another tab, at the address that our page names, and pastes it.
func (s *stage) pasteToken(b *tab, n screen, login string) screen {
	b.t.Helper()
	s.inspect(b, n, "sandbox-token-asked-"+b.view.Name)
	create := s.demo.sandbox + "/simplefin/create"
	if !strings.Contains(n.Text, create) {
		b.t.Errorf("the page does not say where a token is made: %s", n.Text)
	}
	bank := b.another()
	at := bank.open(create)
	for !bank.has("#token") {
		s.inspect(bank, at, "sandbox-token-"+strings.ReplaceAll(strings.ToLower(at.Heading), " ", "-")+"-"+b.view.Name)
		switch {
		case at.Kind != "bank return":
			at = bank.sandboxStep(at, "", login)
		case strings.HasSuffix(at.URL, "/create"):
			at = bank.press(at, `form[action$="/create"] button`)
		default:
			at = bank.press(at, `form[action$="/token"] button`)
		}
	}
	s.inspect(bank, at, "sandbox-token-shown-"+b.view.Name)
	token := eval[string](bank, `document.querySelector("#token").value`)
	for _, w := range bank.traffic.take() {
		b.t.Error(w)
	}
	b.fill(fieldToken, token)
	return b.press(n, `form[action$="/credentials"] button.main`)
}

// readTransactions opens the first account of the demo client application's list and waits until its transactions are there.
func (b *tab) readTransactions(n screen) {
	b.t.Helper()
	// While they are read, the page loads itself again.
	n = b.until("the end of the reading", func(s screen) bool { return s.Kind == n.Kind && !strings.Contains(s.Text, "being read") })
	n = b.press(n, `ul.list a[href^="/accounts/"]`)
	if n.Kind != "client transactions" || !strings.Contains(n.Text, "EUR") || !strings.Contains(n.Text, "EXEMPLE") {
		b.t.Errorf("transactions: %s %q\n%s", n.Kind, n.Heading, n.Text)
	}
}

// sandboxStep does what a page asks for.
func (b *tab) sandboxStep(n screen, way, login string) screen {
	b.t.Helper()
	switch n.Kind {
	case "service connector":
		if !strings.Contains(n.URL, "?q=") {
			return b.open(n.URL + "?q=" + url.QueryEscape("Sandbox Bank ("+way+")"))
		}
		return b.press(n, `button[value="`+sandboxUUID(way)+`"]`)
	case "service challenge":
		if b.has(fieldLogin) {
			b.fill(fieldLogin, login)
			b.fill(fieldPassword, "1234")
		} else {
			b.fill(`form[action$="/challenge"] input:not([type=hidden])`, "123456")
		}
		return b.press(n, `form[action$="/challenge"] button.main`)
	case "service end":
		// Its script asks again with what stands behind the #.
		if n.Heading == "Coming back from your bank" {
			return b.until("the page after "+n.Heading, func(s screen) bool { return s.Kind != "" && s.Heading != n.Heading })
		}
	case "bank return":
		if b.has(`form[action^="/eb/ais/start"]`) {
			return b.press(n, `form[action^="/eb/ais/start"] button`)
		}
	case "bank login":
		b.fill("#login", login)
		b.fill("#password", "1234")
		return b.press(n, `form[action$="/login"] button`)
	case "bank challenge":
		b.fill("#code", "123456")
		return b.press(n, `form[action$="/challenge"] button`)
	case "bank consent":
		return b.press(n, `button[value=approve]`)
	}
	return b.step(&plan{}, n)
}
