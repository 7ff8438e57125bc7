package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
)

// withAndWithout runs a test on the phone with JavaScript and on the desktop without.
func withAndWithout(t *testing.T, do func(t *testing.T, v browser.View)) {
	for _, v := range []browser.View{ways()[0], ways()[3]} {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			do(t, v)
		})
	}
}

// withOr picks one of the two for a test that has several variants: between them they see both.
func withOr(i int) browser.View { return []browser.View{ways()[0], ways()[3]}[i%2] }

// demoTab opens a tab at the demo client application.
func (s *stage) demoTab(t *testing.T, v browser.View) (*tab, screen) {
	t.Helper()
	b := s.openTab(t, v, s.demo.client, s.demo.service, s.demo.bank)
	return b, b.open(s.demo.client)
}

// finish walks to the end, checks what is read, and that nothing was wrong on the way.
func (b *tab) finish(p *plan, s screen) {
	b.t.Helper()
	p.until = ""
	b.walk(p, s)
	b.readsRight(p)
	for _, w := range b.traffic.take() {
		b.t.Error(w)
	}
}

// testSlowApproval: the waiting page goes on by itself when the approval comes, however long it takes. Both ways wait at once.
func (s *stage) testSlowApproval(t *testing.T) {
	t.Parallel()
	var tabs []*tab
	var plans []*plan
	var at []screen
	for _, v := range []browser.View{ways()[0], ways()[3]} {
		b, home := s.demoTab(t, v)
		p := direct("app_slow")
		p.until = "service check"
		tabs, plans, at = append(tabs, b), append(plans, p), append(at, b.walk(p, home))
	}
	for i, b := range tabs {
		b.finish(plans[i], at[i])
	}
}

// testPhonePage approves on the bank's phone page in a second tab; the first one goes on by itself.
func (s *stage) testPhonePage(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		p := direct("app_manual")
		p.until = "service check"
		waiting := b.walk(p, home)
		phone := b.another()
		s := phone.open(b.bank + "/phone")
		b.must(phone.picture("phone"))
		eval[bool](phone, `([...document.querySelectorAll("main li")].find((l) => l.innerText.includes(`+quote(p.login+":")+`))
			.querySelector("button[value=approve]").click(), true)`)
		phone.after(s)
		b.finish(p, waiting)
	})
}

// testDeny refuses at the bank, is told so, and approves then.
func (s *stage) testDeny(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		p := open("par")
		p.refuse, p.until = 1, "bank consent"
		back := b.step(p, b.walk(p, home))
		if back.Kind != "service away" || !strings.Contains(back.Heading, "Nothing was shared by Test bank") || !strings.Contains(back.Text, "Nothing has been shared") {
			t.Fatalf("after the refusal: %s %q %s", back.Kind, back.Heading, back.Text)
		}
		b.must(b.picture("denied"))
		b.finish(p, back)
	})
}

// testBankFails: the bank's page fails after the approval; the second try goes well.
func (s *stage) testBankFails(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		p := open("redirect_error")
		p.until = "bank consent"
		back := b.step(p, b.walk(p, home))
		if back.Kind != "service away" || back.Heading != "Test bank cannot be reached" || !strings.Contains(back.Text, "Nothing has been shared") {
			t.Fatalf("after the error: %s %q %s", back.Kind, back.Heading, back.Text)
		}
		p.instead = "par"
		b.finish(p, back)
	})
}

// testTabClosed: the bank's page says that all is done and never sends the browser back; the person closes it and begins again
// from the page that stayed open.
func (s *stage) testTabClosed(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		p := open("redirect_close")
		p.until = "service away"
		away := b.walk(p, home)
		second := b.another()
		p.until = "bank return"
		second.walk(p, second.open(away.Away))
		b.must(chromedp.Cancel(second.ctx))
		p.instead = "par"
		b.finish(p, b.now())
	})
}
