package web_test

import (
	"testing"

	"passerelle/web/webtest"
)

// TestErrorsArePages: an address that leads nowhere, and a form that no page of ours sends, are answered with a page that leads
// on, though the request's own time has ended by then.
func TestErrorsArePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct {
		path, heading string
		status        int
	}{
		{"/nowhere", "There is nothing at this address", 404},
		{"/fr/nulle-part", "Il n’y a rien à cette adresse", 404},
		{"/en/attempt/x", "There is nothing at this address", 404},
		{"/en/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10", "There is nothing at this address", 404},
		{"/en/attempt/0198c1f0-6a2e-7c43-9d1b-3f6f0a5f2b10/status?step=x", "That did not work", 400},
	} {
		p, err := s.browser().Get(t.Context(), s.url+c.path)
		at(t, p, err, c.status, c.heading)
	}
	v := s.visit(t)
	f, err := v.p.Form("/terms")
	must(t, err)
	must(t, f.Set("step", "0"))
	f.Fields = append(f.Fields, f.Fields[0]) // the token twice
	p, err := v.b.Submit(t.Context(), f, webtest.Button{Name: "decision", Value: "accept"})
	at(t, p, err, 400, "That did not work")
	if len(p.Links) == 0 {
		t.Error("the page of an error has no way on")
	}
}
