package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/grant"
	"passerelle/web/oauth"
	"passerelle/web/webtest"
)

// filled opens the page and gives its form with an address and a password.
func (w *world) filled(password string) (*webtest.Browser, *webtest.Form) {
	w.t.Helper()
	browser, err := webtest.New(nil, w.server.URL)
	w.check(err)
	asked := url.Values{"client_id": {w.credentials()[1]}, "redirect_uri": {callback}, "response_type": {"code"}}
	page, err := browser.Get(w.t.Context(), w.server.URL+oauth.PathAuthorize+"?"+asked.Encode())
	w.check(err)
	form, err := page.Form(oauth.PathAuthorize)
	w.check(err)
	w.check(form.Set("field.email", strings.ToLower(email)))
	w.check(form.Set("field.password", password))
	return browser, form
}

// TestThePageLocksNobodyOutOfTheAPI: who types ten wrong passwords at the public page waits there, and the client backend goes on.
func TestThePageLocksNobodyOutOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	submit := func(password string) *webtest.Page {
		browser, form := w.filled(password)
		page, err := browser.Submit(t.Context(), form, webtest.Button{})
		w.check(err)
		return page
	}
	for range 10 {
		if page := submit("wrong"); page.Status != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong password: %d", page.Status)
		}
	}
	page := submit(password)
	if page.Status != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" {
		t.Errorf("one more at the page: %d, Retry-After %q", page.Status, page.Header.Get("Retry-After"))
	}
	w.token(w.passwordForm()).given(t)
	// Nor the other way round.
	w.clock.Pass(grant.SignInPause)
	for range 10 {
		w.token(w.passwordForm().with("password", "wrong")).wantError(t, "a wrong password", 400, "invalid_grant", "")
	}
	if a := w.token(w.passwordForm()); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("one more at the API: %d", a.status)
	}
	if page := submit(password); page.Left == nil {
		t.Errorf("at the page: %d", page.Status)
	}
}

// TestAFloodAtThePage: hundreds of guesses at one moment are refused or put off, and the client backend is served meanwhile.
func TestAFloodAtThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most = 120
	pages := make(chan *webtest.Page, most)
	var flood sync.WaitGroup
	for range most {
		browser, form := w.filled("wrong")
		flood.Go(func() {
			page, err := browser.Submit(t.Context(), form, webtest.Button{})
			if err != nil {
				t.Error(err)
				return
			}
			pages <- page
		})
	}
	w.token(w.passwordForm()).given(t)
	flood.Wait()
	close(pages)
	seen := map[int]int{}
	for page := range pages {
		seen[page.Status]++
		if page.Status >= http.StatusTooManyRequests && page.Header.Get("Retry-After") == "" {
			t.Errorf("%d without Retry-After", page.Status)
		}
	}
	if seen[422] > 10 || seen[422]+seen[429]+seen[503] != most {
		t.Errorf("got %v, want 10 tried at most, and the others put off", seen)
	}
}
