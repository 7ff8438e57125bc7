package web_test

import (
	"strconv"
	"strings"
	"testing"

	"passerelle/web/webtest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// at checks the heading of a page.
func at(t testing.TB, p *webtest.Page, err error, status int, heading string) *webtest.Page {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != status || !strings.Contains(p.Heading, heading) {
		t.Fatalf("at %s: got %d %q (left %v), want %d %q\n%s", p.URL, p.Status, p.Heading, p.Left, status, heading, p.Text)
	}
	return p
}

// TestWalkForm goes from the entry URL to the code, by the form.
func TestWalkForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, ctx := s.browser(), t.Context()
	p, err := b.Get(ctx, s.entry())
	at(t, p, err, 200, "Budget <App> asks to read")
	if strings.Contains(p.URL.String(), "state") {
		t.Errorf("the address keeps the query: %s", p.URL)
	}
	p, err = b.AcceptTerms(ctx, p)
	at(t, p, err, 200, "Choose your bank")
	p, err = b.Search(ctx, p, "form bnk")
	at(t, p, err, 200, "Choose your bank")
	p, err = b.Choose(ctx, p, formUUID)
	at(t, p, err, 200, "Log in to Form Bank")
	p, err = b.Credentials(ctx, p, "login", "ok", "password", "1234")
	at(t, p, err, 200, "Choose the accounts")
	if !strings.Contains(p.Text, "•• 0189") || !strings.Contains(p.Text, "€ 1,234.50") && !strings.Contains(p.Text, "1,234.50") {
		t.Errorf("the accounts are not shown: %s", p.Text)
	}
	p, err = b.Share(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if p.Left == nil || !strings.HasPrefix(p.Left.String(), callbackURI+"?") {
		t.Fatalf("led to %v (%d %s), want the client application", p.Left, p.Status, p.Heading)
	}
	q := p.Left.Query()
	if q.Get("state") != "st &/é" || q.Get("code") == "" || q.Get("connection_id") == "" || q.Has("error") || q.Has("iss") {
		t.Errorf("callback: %v", q)
	}
	for _, hop := range p.Hops {
		if hop.Status != 303 {
			t.Errorf("hop %s answers %d, want 303", hop.URL.Path, hop.Status)
		}
	}
	// Again: the same end, any number of times.
	again, err := b.Get(ctx, p.Hops[len(p.Hops)-1].URL.String())
	if err != nil || again.Left == nil || again.Left.String() != p.Left.String() {
		t.Errorf("a second look leads to %v, %v", again, err)
	}
}
