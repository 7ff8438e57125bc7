package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
)

// returnElsewhere opens the bank's page in another browser and approves there; it gives the page of that browser after it.
func (s *stage) returnElsewhere(t *testing.T, p *plan, away screen) (*tab, screen) {
	t.Helper()
	other := s.openTab(t, browser.Views[0], s.demo.client, s.demo.service, s.demo.bank)
	p.until = "service confirm"
	words := other.walk(p, other.open(away.Away))
	other.must(other.picture("elsewhere-words"))
	if !strings.Contains(words.Text, away.Words) || away.Words == "" {
		t.Fatalf("the words %q are not among %q", away.Words, words.Text)
	}
	return other, words
}

// testElsewhere: the bank sends the person back to another browser. The right words let the first one go on by itself.
func (s *stage) testElsewhere(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		p := open("par")
		p.until = "service away"
		away := b.walk(p, home)
		other, words := s.returnElsewhere(t, p, away)
		told := other.press(words, `button[value="`+away.Words+`"]`)
		if told.Kind != "service end" || told.Heading != "Finished here" || strings.Contains(told.Text, "Compte") {
			t.Errorf("the other browser shows %s %q %s", told.Kind, told.Heading, told.Text)
		}
		other.must(other.picture("elsewhere-done"))
		on := b.until("the first tab going on by itself", func(n screen) bool { return n.Kind == "service accounts" })
		b.finish(p, on)
	})
}

// testElsewhereWrong: other words, or none, end the visit, and the first browser says so and offers a way on.
func (s *stage) testElsewhereWrong(t *testing.T) {
	for i, name := range []string{"other words", "none"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, withOr(i))
			p := open("par")
			p.until = "service away"
			away := b.walk(p, home)
			other, words := s.returnElsewhere(t, p, away)
			selector := `button[value=none]`
			if name == "other words" {
				selector = `li button.pairing:not([value="` + away.Words + `"])`
			}
			told := other.press(words, selector)
			if told.Kind != "service end" || strings.Contains(told.Text, "Compte") {
				t.Errorf("the other browser shows %s %q %s", told.Kind, told.Heading, told.Text)
			}
			other.must(other.picture("elsewhere-refused"))
			on := b.until("the first tab saying so", func(n screen) bool { return n.Kind == "service retry" })
			b.must(b.picture("elsewhere-refused-first"))
			if strings.Contains(on.Text, "Compte") {
				t.Error("accounts are shown")
			}
			b.finish(p, on)
		})
	}
}

// testLostCookie: a browser that forgot its cookies in the middle of a visit is told so and led to the beginning, whether it
// loads the page or sends a form.
func (s *stage) testLostCookie(t *testing.T) {
	for i, name := range []string{"loads", "sends"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, withOr(i))
			p := direct("par")
			p.until = "service credentials"
			n := b.walk(p, home)
			_, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{})
			b.must(err)
			if name == "sends" {
				n = b.step(p, n)
			} else {
				n = b.reload()
			}
			if n.Kind != "service end" || n.Heading != "This browser did not start the connection" {
				t.Fatalf("without its cookies: %s %q", n.Kind, n.Heading)
			}
			b.must(b.picture("lost"))
			b.traffic.take() // the answer was 403, which the console tells
			b.finish(p, b.press(n, "main a.button"))
		})
	}
}
