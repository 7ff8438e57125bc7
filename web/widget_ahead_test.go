package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"passerelle/internal/grant"
)

// TestWidgetAhead: a browser that fetches a link before anybody follows it uses nothing up, and keeps nothing in the place of the visit.
func TestWidgetAhead(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	for header, value := range map[string]string{
		"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch", "X-Purpose": "preview", "X-Moz": "prefetch",
	} {
		address := s.link("/v3/widget/add_connection", s.person(t).widget(), "redirect_url", callbackURI)
		res := s.raw(http.MethodGet, address, "", header, value)
		if res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", header, res.StatusCode, res.Header)
		}
		s.forward(20e9)
		(&visit{site: s, t: t, b: s.browser()}).get(address).want(200, "asks to read")
	}
}

// TestEntryAhead: nor is the code of an entry URL of the other dialect used up.
func TestEntryAhead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.person(t)
	code, err := s.grants.TemporaryCode(t.Context(), p.caller, grant.CodeSingle)
	if err != nil {
		t.Fatal(err)
	}
	address := s.entry("code", code.Plain.Reveal())
	if res := s.raw(http.MethodGet, address, "", "Sec-Purpose", "prefetch"); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("fetched ahead: %d %v", res.StatusCode, res.Header)
	}
	(&visit{site: s, t: t, b: s.browser()}).get(address).want(200, "asks to read")
}

// TestWidgetIgnoresAConnection: a parameter that an entry point does not read makes no other visit, and so no other queue.
func TestWidgetIgnoresAConnection(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	session := s.person(t).widget()
	v := &visit{site: s, t: t, b: s.browser()}
	address := func(id int) string {
		return s.link("/widget/add_connection", session, "redirect_url", callbackURI, "connection_id", fmt.Sprint(id))
	}
	v.get(address(100)).want(200, "asks to read")
	first := v.home()
	for id := 101; id < 110; id++ {
		if v.get(address(id)); v.home() != first {
			t.Fatalf("connection_id=%d leads to another visit", id)
		}
	}
}

// TestWidgetOneQueue: the visits of a session, one after the other, are told in one queue.
func TestWidgetOneQueue(t *testing.T) {
	t.Parallel()
	s := widgetSite(t)
	session := s.person(t).widget()
	var first string
	for i := range 2 {
		v := &visit{site: s, t: t, b: s.browser()}
		if i > 0 {
			session = s.person(t).widget()
		}
		for range 2 {
			v.get(s.link("/widget/add_connection", session, "redirect_url", callbackURI, "captive_mode", "false"))
			queue := v.terms().press("cancel").went(callbackURI).Get("queue_id")
			switch {
			case len(queue) != 36:
				t.Fatalf("the queue is %q", queue)
			case first == "":
				first = queue
			case (queue == first) != (i == 0):
				t.Errorf("session %d has the queue %s, the first session %s", i, queue, first)
			}
		}
	}
}
