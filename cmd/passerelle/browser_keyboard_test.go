package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/internal/connector/testbank"
)

// focus is what has the keyboard: what it is, where it stands, and whether that can be seen.
type focus struct {
	Name  string
	Tag   string
	Type  string
	Value string
	Class string
	Top   float64
	Left  float64
	Seen  bool
}

const focused = `((e) => {
	const r = e.getBoundingClientRect(), c = getComputedStyle(e);
	return {
		Name: (e.innerText || e.labels?.[0]?.innerText || "").trim(), Tag: e.tagName, Type: e.type ?? "", Value: e.value ?? "", Class: e.className,
		Top: r.top + scrollY, Left: r.left + scrollX,
		Seen: c.outlineStyle !== "none" && parseFloat(c.outlineWidth) > 0 || c.boxShadow !== "none",
	};
})(document.activeElement)`

// tabTo presses Tab until something has the focus, and checks that every stop on the way can be seen and lies further on.
func (b *tab) tabTo(what string, found func(focus) bool) focus {
	b.t.Helper()
	last := focus{Top: -1}
	for range 60 {
		b.must(b.do(chromedp.KeyEvent(kb.Tab)))
		f := eval[focus](b, focused)
		if f.Tag == "BODY" {
			last = focus{Top: -1} // round the end of the page
			continue
		}
		if !f.Seen {
			b.t.Errorf("the focus on %s %q cannot be seen", f.Tag, f.Name)
		}
		// A link for skipping stands above everything and a button within a field beside it.
		if f.Top < last.Top-30 && last.Class != "skip" {
			b.t.Errorf("Tab goes up from %s %q at %.0f to %s %q at %.0f", last.Tag, last.Name, last.Top, f.Tag, f.Name, f.Top)
		}
		if last = f; found(f) {
			return f
		}
	}
	b.t.Fatalf("Tab never reaches %s", what)
	return last
}

// button finds a button by its value, or the main one.
func button(value string) func(focus) bool {
	return func(f focus) bool {
		return f.Tag == "BUTTON" && (value != "" && f.Value == value || value == "" && f.Class == "main")
	}
}

func (b *tab) enter(s screen) screen {
	b.t.Helper()
	b.must(b.do(chromedp.KeyEvent(kb.Enter)))
	return b.after(s)
}

func (b *tab) keys(text string) {
	b.t.Helper()
	b.must(b.do(chromedp.KeyEvent(text)))
}

// testKeyboard walks with Tab, Enter, Space and letters alone, with a wrong password first.
func (s *stage) testKeyboard(t *testing.T) {
	t.Parallel()
	b, n := s.demoTab(t, ways()[2])
	p := direct("")
	press := func(kind, what string, found func(focus) bool) {
		t.Helper()
		if n.Kind != kind {
			t.Fatalf("on %s %q, want %s", n.Kind, n.Heading, kind)
		}
		b.tabTo(what, found)
		n = b.enter(n)
	}
	press("client home", "the button that begins", button(""))
	press("service terms", "the button that accepts", button("accept"))
	press("service connector", "the test bank", button(testbank.UUID))
	press("service source", "the way in", button("directaccess"))
	kind := func(want string) func(focus) bool {
		return func(f focus) bool { return f.Tag == "INPUT" && f.Type == want }
	}
	b.tabTo("the login", kind("text"))
	b.keys(p.login)
	b.tabTo("the password", kind("password"))
	b.keys("wrong")
	press("service credentials", "the button that logs in", button(""))
	if n.Kind != "service credentials" || n.Alert == "" {
		t.Fatalf("after a wrong password: %s %q", n.Kind, n.Alert)
	}
	b.must(b.picture("keyboard-refused"))
	if f := eval[focus](b, focused); f.Class != "alert" {
		t.Errorf("after an error the focus is on %s %q", f.Tag, f.Class)
	}
	// The login is still there; the field has the focus that Tab gives it, its text chosen.
	if f := b.tabTo("the login", kind("text")); f.Value != p.login {
		t.Errorf("the login is %q, want %q", f.Value, p.login)
	}
	b.tabTo("the password", kind("password"))
	b.keys(p.password)
	n = b.enter(n) // Enter in a field sends the form
	if n.Kind == "service check" {
		n = b.until("the accounts", func(n screen) bool { return n.Kind == "service accounts" })
	}
	box := b.tabTo("the first account", kind("checkbox"))
	before := eval[bool](b, `document.activeElement.checked`)
	b.keys(" ")
	if eval[bool](b, `document.activeElement.checked`) == before {
		t.Errorf("Space does not tick %q", box.Name)
	}
	b.keys(" ")
	press("service accounts", "the button that shares", button(""))
	b.finish(p, n)
}
