package web_test

import (
	"strings"
	"testing"

	"passerelle/internal/grant"
)

// TestUserGone deletes the user while a page is open: it says that the visit is over, and leads back to the client application.
func TestUserGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.person(t)
	v := p.opens("manage").want(200, "Your connected banks")
	form, home := v.p.Forms[0], v.home()
	for _, f := range v.p.Forms {
		if strings.HasSuffix(f.Action.Path, "/close") {
			form = f
		}
	}
	must(t, s.db.DeleteUser(t.Context(), p.id, s.now()))
	over := func(v *visit) {
		t.Helper()
		v.want(410, "This visit is over").says("You can start again from " + s.client.Client.Name).hides("Not found")
		if _, err := v.p.Link("https://app.example/"); err != nil {
			t.Error(err)
		}
	}
	over(v.reload())
	over(v.then(v.b.Submit(t.Context(), form, form.Buttons[0])))
	other := s.visit(t)
	other.then(other.b.Get(t.Context(), home))
	if other.p.Status != 404 || strings.Contains(other.p.Text, s.client.Client.Name) {
		t.Errorf("another browser: %d %q %s", other.p.Status, other.p.Heading, other.p.Text)
	}
}

// TestClientGone deletes the client application too: the page has nowhere to lead.
func TestClientGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.person(t)
	v := p.opens("manage").want(200, "Your connected banks")
	must(t, s.db.DeleteClient(t.Context(), s.client.Client.ID, s.now()))
	v.reload().want(410, "This visit is over")
	if _, err := v.p.Link("https://app.example"); err == nil {
		t.Error("a way back to a client application that is gone")
	}
}

// TestUserGoneInFrame says the same in a frame, to whom the client application allows, and leads the whole window back.
func TestUserGoneInFrame(t *testing.T) {
	t.Parallel()
	s := framedSite(t, framer)
	p := s.person(t)
	b, _ := s.framed(t)
	code, err := s.grants.TemporaryCode(t.Context(), p.caller, grant.CodeSingle)
	must(t, err)
	page, err := b.Get(t.Context(), strings.Replace(s.entry("code", code.Plain.Reveal()), "/en/connect?", "/en/manage?", 1))
	at(t, page, err, 200, "Your connected banks")
	must(t, s.db.DeleteUser(t.Context(), p.id, s.now()))
	page, err = b.Get(t.Context(), page.URL.String())
	at(t, page, err, 410, "This visit is over")
	if got := ancestors(t, page.Header); got != framer {
		t.Errorf("framed by %s", got)
	}
	if _, err := page.Link("https://app.example/"); err != nil || !strings.Contains(string(page.Body), `target="_top"`) {
		t.Errorf("no way back for the whole window: %v", err)
	}
}
