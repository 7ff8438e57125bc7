package main

import (
	"slices"
	"testing"

	"passerelle/cmd/dev/browser"
)

// testReload loads every page again: it is the same page, and it works.
func (s *stage) testReload(t *testing.T) {
	for i, make := range []func() *plan{
		func() *plan { return direct("two_challenges") }, func() *plan { return direct("shortDecoupled") },
		func() *plan { return open("par") }, func() *plan { return open("shortDecoupled") },
	} {
		p, v := make(), withOr(i)
		t.Run(p.source+" "+p.website+" "+v.Name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, v)
			p.seen = func(n screen) screen {
				again := b.reload()
				if waits := n.Kind == "service check" || n.Kind == "bank app"; again.Kind != n.Kind && !waits {
					t.Errorf("%s loaded again is %s %q", n.Kind, again.Kind, again.Heading)
				}
				return again
			}
			b.finish(p, home)
		})
	}
}

// testBack goes back from every page and on from where that leads.
func (s *stage) testBack(t *testing.T) {
	for i, make := range []func() *plan{
		func() *plan { return direct("two_challenges") }, func() *plan { return open("par") }, func() *plan { return direct("par") },
	} {
		p, v := make(), withOr(i)
		t.Run(p.source+" "+p.website+" "+v.Name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, v)
			p.seen = func(n screen) screen {
				if n.Kind == "client home" || n.Kind == "client accounts" {
					return n
				}
				return b.back(n)
			}
			b.finish(p, home)
			if end := b.open(b.client); b.banksShown() != 1 {
				t.Errorf("not one connection: %s", end.Text)
			}
		})
	}
}

// testBackAfterTheEnd goes back from the client application's accounts: the visit is over, and says the way on. A browser may
// bring the last form back from its memory: the script loads the page again, and without it the form sent once more lands there.
func (s *stage) testBackAfterTheEnd(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		n := b.back(b.walk(direct("par"), home))
		if v.NoScript && n.Kind == "service accounts" {
			n = b.step(&plan{}, n)
		}
		n = b.until("the end of the visit", func(n screen) bool { return n.Kind == "service end" })
		if n.Heading != "Already finished" {
			t.Fatalf("back from the end: %q %s", n.Heading, n.Text)
		}
		b.must(b.picture("already-finished"))
		if n = b.press(n, "main a.button"); n.Kind != "client accounts" || b.banksShown() != 1 {
			t.Errorf("the way on leads to %s %q", n.Kind, n.Text)
		}
	})
}

// testDoubleClick clicks every button twice, without the script that would stop it.
func (s *stage) testDoubleClick(t *testing.T) {
	for name, make := range map[string]func() *plan{
		"form": func() *plan { return direct("two_challenges") }, "app": func() *plan { return direct("method_choice") },
		"redirect": func() *plan { return open("par") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, ways()[1])
			b.twice = true
			p := make()
			b.finish(p, home)
			if end := b.open(b.client); b.banksShown() != 1 {
				t.Errorf("not one connection: %s", end.Text)
			}
		})
	}
}

// testStaleTab has the same attempt open in two tabs: the one that was left behind answers a step that is over, is led to the
// right page, and told so.
func (s *stage) testStaleTab(t *testing.T) {
	withAndWithout(t, func(t *testing.T, v browser.View) {
		b, home := s.demoTab(t, v)
		other := b.another()
		p := direct("two_challenges")
		var tried []string
		p.seen = func(n screen) screen {
			if !slices.Contains([]string{"service terms", "service connector", "service source", "service credentials", "service challenge"}, n.Kind) {
				return n
			}
			tried = append(tried, n.Kind)
			ahead := other.step(p, other.open(n.URL))
			behind := b.step(p, n)
			if behind.Kind != ahead.Kind || behind.Heading != ahead.Heading || behind.Notice == "" {
				t.Errorf("a stale %s leads to %s %q with %q, the other tab is on %s %q", n.Kind, behind.Kind, behind.Heading, behind.Notice, ahead.Kind, ahead.Heading)
			}
			return behind
		}
		b.finish(p, home)
		if len(tried) != 5 {
			t.Errorf("tried %v", tried)
		}
		if end := b.open(b.client); b.banksShown() != 1 {
			t.Errorf("not one connection: %s", end.Text)
		}
	})
}

// testTwoAttempts begins two attempts at once in two tabs of one browser, and a third while an answer to the first is on its
// way: none is lost.
func (s *stage) testTwoAttempts(t *testing.T) {
	t.Parallel()
	b, home := s.demoTab(t, ways()[0])
	other := b.another()
	theirs := other.open(b.client)
	const begin = `(document.querySelector("form[action='/connect'] button").click(), true)`
	eval[bool](b, begin)
	eval[bool](other, begin)
	b.after(home)
	other.after(theirs)
	if n, m := b.reload(), other.reload(); n.Kind != "service terms" || m.Kind != "service terms" {
		t.Fatalf("begun at once, and loaded again: %s %q and %s %q", n.Kind, n.Heading, m.Kind, m.Heading)
	}
	p := direct("slow")
	p.until = "service credentials"
	n := b.walk(p, b.now())
	b.fill(fieldLogin, p.login)
	b.fill(fieldPassword, p.password)
	b.choose(fieldWebsite, p.website)
	third := b.another()
	at := third.open(b.client)
	eval[bool](b, `(document.querySelector("form[action$='/credentials'] button.main").click(), true)`)
	third.press(at, `form[action="/connect"] button`)
	n = b.after(n)
	if again := third.reload(); again.Kind != "service terms" {
		t.Fatalf("begun while another was answered: %s %q", again.Kind, again.Heading)
	}
	// Each made a user of its own; the slow bank takes long to read, which is not waited for.
	for _, x := range []*tab{other, third} {
		x.finish(direct("par"), x.now())
	}
	p.until = ""
	b.walk(p, n)
}
