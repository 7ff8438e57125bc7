package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"passerelle/cmd/dev/browser"
	"passerelle/web/demo"
)

// testDemoFramed connects in the frame of the demo client application, whose script hands on to the callback how it ended.
func (s *stage) testDemoFramed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "", "--log-level", "warn")
	var app *demo.App
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { app.Handler().ServeHTTP(rw, r) }))
	t.Cleanup(site.Close)
	// localhost is another site than 127.0.0.1, as a client application's usually is.
	self := strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	object(t, "client", "redirect-uri", "add", w.clientID, self+"/callback", "--json", "--data-dir", w.dir)
	object(t, "client", "allowed-origin", "add", w.clientID, self, "--json", "--data-dir", w.dir)
	var err error
	if app, err = demo.New(demo.Config{Service: w.address, Self: self, ClientID: w.clientID, ClientSecret: w.clientSecret, Framed: true}); err != nil {
		t.Fatal(err)
	}
	w.mustStart()
	b := s.openTab(t, ways()[0], self, w.address, w.gate.URL)
	p := direct("par")
	for _, login := range []string{p.login, "the-second-bank"} {
		f := b.framed(self + "/framed")
		var n screen
		if login == p.login {
			n = f.toSource(p.source)
		} else {
			// The user is known now, and so is their first connection.
			n = f.press(f.heading("asks to read"), `button[value=accept]`)
			n = f.press(n, `button[value="338178e6-3d01-564f-9a7b-52ca442459bf"]`)
			n = f.press(n, `button[value=other]`)
			n = f.press(n, `button[value=`+p.source+`]`)
		}
		f.fill(fieldLogin, login)
		f.fill(fieldPassword, p.password)
		f.press(n, `form[action$="/credentials"] button.main`)
		f.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
		f.click(`form[action$="/accounts"] button.main`)
		b.until("the demo after the frame", func(n screen) bool { return n.Heading == "Your accounts" && strings.HasPrefix(n.URL, self) })
	}
	if n := eval[int](b, `document.querySelectorAll("section.card h2").length`); n != 2 {
		t.Errorf("%d connections on the page, want 2", n)
	}

	f := b.framed(self + "/framed")
	f.heading("asks to read")
	f.click(`form[action$="/terms"] button[value=decline]`)
	b.until("the demo after a no", func(n screen) bool { return n.Heading == "You did not accept the terms" })
}

// testDemoPages inspects the pages of demo and test bank that no walk leads to, by day and by night.
func (s *stage) testDemoPages(t *testing.T) {
	t.Parallel()
	for _, view := range []browser.View{browser.Views[0], browser.Views[1]} {
		b, home := s.demoTab(t, view)
		p := direct("par")
		p.login = "pages-" + view.Name
		b.walk(p, home)
		n := waitFor(b, "a webhook", func() (screen, bool) {
			n := b.open(b.client + "/webhooks")
			return n, strings.Contains(n.Text, "connection-synced")
		})
		s.inspect(b, n, "demo-webhooks-"+view.Name)
		s.demo.acts(`{"login":"` + p.login + `","password":"changed","add_account":true}`)
		n = b.press(b.open(b.client), `form[action$="/read"] button`)
		if !strings.Contains(n.Text, "Reconnect") {
			t.Errorf("no way back from a password that is refused: %s", n.Text)
		}
		s.inspect(b, n, "demo-lapsed-"+view.Name)
		s.inspect(b, b.open(b.bank+"/backstage?done=password&login="+p.login), "bank-backstage-"+view.Name)
		s.inspect(b, b.open(b.bank), "bank-home-"+view.Name)
		for _, w := range b.traffic.take() {
			t.Error(w)
		}
	}
}
