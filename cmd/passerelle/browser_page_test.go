package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/dev/browser"
)

// mostFirst bounds the first screen that somebody can use: bytes on the wire, and requests (a redirect and where it leads are
// one).
const (
	mostFirstBytes    = 25_000
	mostFirstRequests = 3
)

// testFirstScreen weighs what comes over the wire until the first page can be used.
func (s *stage) testFirstScreen(t *testing.T) {
	t.Parallel()
	b, home := s.demoTab(t, ways()[0])
	before, bytes := b.traffic.weight()
	b.press(home, `form[action="/connect"] button`)
	after, all := b.traffic.weight()
	requests, weight := after[len(before):], all-bytes
	if len(requests) > mostFirstRequests || weight > mostFirstBytes || weight < 1000 {
		t.Errorf("%d requests, %.0f bytes, want at most %d and %d: %v", len(requests), weight, mostFirstRequests, mostFirstBytes, requests)
	}
	for _, r := range requests {
		if !strings.HasPrefix(r, s.demo.service+"/") {
			t.Errorf("a request to %s", r)
		}
	}
	t.Logf("the first screen: %d requests, %.0f bytes", len(requests), weight)
}

// visibleShift is the least layout shift that counts, a hundredth of what Web Vitals still call good. On a busy machine the browser
// paints a line whose end it has not read yet, and the centred words of the footer then move by a few pixels.
const visibleShift = 0.001

// inspect holds a page against what every page must be: nothing moves while it loads, it is no wider than the screen, and axe
// finds nothing.
func (s *stage) inspect(b *tab, n screen, picture string) {
	b.t.Helper()
	moved := eval[[]string](b, fmt.Sprintf(`new Promise((done) => {
		const moved = [], where = (r) => [r.x, r.y, r.width, r.height].join(" ");
		new PerformanceObserver((list) => list.getEntries().filter((e) => e.value > %g).forEach((e) => moved.push("by " + e.value + ": " + e.sources.map((s) =>
			(s.node?.outerHTML ?? s.node?.nodeName ?? "something").slice(0, 80) + " from " + where(s.previousRect) + " to " + where(s.currentRect)).join("; ")
		))).observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => setTimeout(() => done(moved)));
	})`, visibleShift))
	for _, m := range moved {
		b.t.Errorf("%s %q moves while it loads, %s", n.Kind, n.Heading, m)
	}
	if wide := eval[float64](b, `document.scrollingElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		b.t.Errorf("%s %q is %g px too wide", n.Kind, n.Heading, wide)
	}
	// A picture changes the size of the window, and axe scrolls: both come after the measuring.
	b.must(b.picture(picture))
	b.must(b.do(chromedp.Evaluate[chromedp.Void](s.axe)))
	for _, v := range eval[[]string](b, `axe.run(document).then((r) => r.violations.map((v) =>
		v.id + " (" + v.help + "): " + v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary).join("; ")))`) {
		b.t.Errorf("%s %q: %s", n.Kind, n.Heading, v)
	}
}

// testEveryPage inspects every page of the walks, the bank's and the client application's among them, by day and by night.
func (s *stage) testEveryPage(t *testing.T) {
	for name, c := range map[string]struct {
		plan func() *plan
		view browser.View
	}{
		"form":     {func() *plan { return direct("two_challenges") }, browser.Views[0]},
		"method":   {func() *plan { return direct("method_choice") }, browser.Views[1]},
		"app":      {func() *plan { return direct("shortDecoupled") }, browser.Views[1]},
		"redirect": {func() *plan { return open("additionalInformationNeeded") }, browser.Views[1]},
		"failure":  {func() *plan { return direct("bug") }, browser.Views[0]},
		"twice":    {func() *plan { return open("redirect_twice") }, browser.Views[2]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, c.view)
			p := c.plan()
			if name == "failure" {
				p.until = "service retry"
			}
			p.seen = func(n screen) screen {
				s.inspect(b, n, "every-"+name+"-"+file(n.Kind))
				return n
			}
			if n := b.walk(p, home); p.until != "" {
				n = b.press(n, `form.cancel button`)
				p.seen(n)
			} else {
				p.seen(b.open(eval[string](b, `document.querySelector("ul.list a").href`)))
				p.seen(b.open(b.client + "/quick-start"))
				p.seen(b.open(b.bank + "/phone"))
				p.seen(b.open(b.bank))
			}
			for _, w := range b.traffic.take() {
				t.Error(w)
			}
		})
	}
}

// testNoSecret types passwords that stand nowhere else, and looks for them in every page after, in every address and in the
// history.
func (s *stage) testNoSecret(t *testing.T) {
	t.Parallel()
	const right, wrong = "Kanarie-7-vogel", "Papegaai-9-veer"
	shop := newShop(t, `{"login": "bird", "password": "`+right+`", "person": "camille"}`)
	for _, source := range []func(string) *plan{direct, open} {
		p := source("additionalInformationNeeded")
		p.login, p.password, p.until = "bird", wrong, "client told"
		b := shop.tab(s, t, ways()[0])
		looked := 0
		search := func(n screen) screen {
			html := eval[string](b, `document.documentElement.outerHTML`)
			typed := eval[[]string](b, `[...document.querySelectorAll("input:not([type=hidden])")].map((i) => i.value)`)
			for _, secret := range []string{right, wrong} {
				if strings.Contains(html, secret) || strings.Contains(strings.Join(typed, " "), secret) {
					t.Errorf("%s %q holds %s", n.Kind, n.Heading, secret)
				}
			}
			looked++
			return n
		}
		p.seen = search
		at := p.source
		if form := map[string]string{"directaccess": "service credentials", "openapi": "bank login"}[at]; form != "" {
			p.until = form
		}
		n := b.step(p, b.walk(p, b.open(shop.visit("secret"))))
		if n.Kind != p.until || n.Alert == "" {
			t.Fatalf("the wrong password leads to %s %q", n.Kind, n.Alert)
		}
		search(n)
		b.must(b.picture("wrong-password-" + file(n.Kind)))
		p.password, p.until = right, "client told"
		n = b.step(p, n)
		b.walk(p, n)
		if looked < 7 {
			t.Errorf("looked at %d pages only", looked)
		}
		all, err := chromedp.Run(b.ctx, chromedp.NavigationEntries())
		b.must(err)
		addresses := b.traffic.addresses()
		for _, e := range all.Entries {
			addresses = append(addresses, e.URL, e.Title)
		}
		for _, a := range addresses {
			if strings.Contains(a, right) || strings.Contains(a, wrong) {
				t.Errorf("an address holds the password: %s", a)
			}
		}
		shop.reads(t, shop.came(t, "secret").Get("code"), p)
	}
}
