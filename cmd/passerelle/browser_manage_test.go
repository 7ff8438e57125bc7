package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/dev/browser"
)

// testManage manages what is connected, by day and by night, with every page inspected on the way: an overview, one connection,
// other accounts, all identifiers again with a wrong password first, a removal that is thought better of, and one that is not.
func (s *stage) testManage(t *testing.T) {
	for name, view := range map[string]browser.View{"phone": browser.Views[1], "desktop": browser.Views[2]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, home := s.demoTab(t, view)
			p := direct("")
			at := func(n screen, kind, heading string) screen {
				t.Helper()
				if n.Kind != kind || !strings.Contains(n.Heading, heading) {
					t.Fatalf("on %s %q, want %s %q\n%s", n.Kind, n.Heading, kind, heading, n.Text)
				}
				s.inspect(b, n, "manage-"+name+"-"+file(kind))
				return n
			}
			n := b.press(b.walk(p, home), `form[action="/manage"] button`)
			at(n, "service overview", "Your connected banks")
			n = at(b.press(n, `button[name=connection]`), "service connection", "")
			bank := n.Heading

			n = at(b.press(n, `form[action$="/shares"] button`), "service accounts", "Choose the accounts")
			b.must(b.click(`input[name=account]:checked`))
			b.twice = true // a double click changes them once
			n = b.press(n, `form[action$="/accounts"] button.main`)
			b.twice = false
			if at(n, "service connection", bank); n.Notice != "Your choice of accounts is saved." || !strings.Contains(n.Text, "Not shared") {
				t.Errorf("after another choice of accounts: %q\n%s", n.Notice, n.Text)
			}

			n = at(b.press(n, `form:has(input[name=reset]) button`), "service credentials", "Sign in again to "+bank)
			p.until, p.password = "service connection", "wrong"
			if n = b.identify(p, n); n.Kind != "service credentials" || n.Alert == "" {
				t.Fatalf("after a wrong password: %s %q", n.Kind, n.Alert)
			}
			at(n, "service credentials", "Sign in again to "+bank)
			p.password = "1234"
			if n = b.walk(p, b.identify(p, n)); !strings.Contains(n.Notice, "signed in to "+bank+" again") {
				t.Errorf("after signing in again: %q", n.Notice)
			}

			n = at(b.press(n, `form[action$="/removal"] button`), "service removal", "Remove "+bank+"?")
			n = b.press(n, `form[action$="/back"] button.main`)
			n = b.press(at(n, "service connection", bank), `form[action$="/removal"] button`)
			b.twice = true // a double click removes one thing
			n = b.press(n, `form[action$="/remove"] button`)
			b.twice = false
			if at(n, "service overview", "Your connected banks"); !strings.Contains(n.Text, "No bank is connected") {
				t.Errorf("after the removal:\n%s", n.Text)
			}
			if n = b.press(n, `form.cancel button`); !strings.HasPrefix(n.Kind, "client ") {
				t.Errorf("closed, the tab shows %s %q", n.Kind, n.Heading)
			}
			for _, w := range b.traffic.take() {
				t.Error(w)
			}
		})
	}
}

// testManageKeyboard removes a connection with Tab and Enter alone: what keeps it is reached before what removes it.
func (s *stage) testManageKeyboard(t *testing.T) {
	t.Parallel()
	b, home := s.demoTab(t, ways()[2])
	n := b.press(b.walk(direct(""), home), `form[action="/manage"] button`)
	named := func(words string) func(focus) bool {
		return func(f focus) bool { return f.Tag == "BUTTON" && strings.Contains(f.Name, words) }
	}
	for _, step := range []struct{ kind, button string }{
		{"service overview", "accounts shared"},
		{"service connection", "Remove"},
		{"service removal", "Keep the connection"},
		{"service connection", "Remove"},
		{"service removal", "Remove and delete"},
		{"service overview", "Back to"},
	} {
		if n.Kind != step.kind {
			t.Fatalf("on %s %q, want %s", n.Kind, n.Heading, step.kind)
		}
		if step.kind == "service removal" {
			b.must(b.do(chromedp.KeyEvent(kb.Enter))) // with nothing chosen, Enter does nothing
			if f := b.tabTo("a button of the page", func(f focus) bool { return f.Tag == "BUTTON" }); f.Name != "Keep the connection" {
				t.Errorf("the first button is %q", f.Name)
			}
			if strings.Contains(step.button, "Keep") {
				n = b.enter(n)
				continue
			}
		}
		b.tabTo(step.button, named(step.button))
		n = b.enter(n)
	}
	if !strings.HasPrefix(n.Kind, "client ") {
		t.Errorf("closed, the tab shows %s %q", n.Kind, n.Heading)
	}
}
