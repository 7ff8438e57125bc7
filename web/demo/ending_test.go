package demo

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestEndOfTheAccess: the connections go before the token, the browser is told, and that page can be loaded again.
func TestEndOfTheAccess(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var mu sync.Mutex
	var gone []string
	note := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		gone = append(gone, r.URL.Path+" "+r.Header.Get("Authorization"))
		answer(w, 200, `{}`)
	}
	f.mux.HandleFunc("DELETE /2.0/users/me/connections/{id}", note)
	f.mux.HandleFunc("DELETE /2.0/auth/token", note)
	_, b := start(t, f)
	home := b.back("state=%s&code=c", b.begin("/connect").Get("state"))
	if !strings.Contains(home.text, `action="/connections/3/remove"`) {
		t.Fatalf("the first page offers no way to remove one bank:\n%s", home.text)
	}
	if p := b.do(http.MethodPost, "/connections/3/remove"); !strings.Contains(p.text, "Your accounts") {
		t.Errorf("after one bank was removed: %d\n%s", p.status, p.text)
	}
	for name, p := range map[string]page{"at once": b.do(http.MethodPost, "/disconnect"), "loaded again": b.do(http.MethodGet, "/outcome")} {
		if p.status != http.StatusOK || !strings.Contains(p.text, "The access has ended") || !strings.Contains(p.text, "Connect your bank") {
			t.Errorf("%s: %d\n%s", name, p.status, p.text)
		}
	}
	connection, token := "/2.0/users/me/connections/3 Bearer tok-1", "/2.0/auth/token Bearer tok-1"
	if want := []string{connection, connection, token}; !slices.Equal(gone, want) {
		t.Errorf("deleted %q, want %q", gone, want)
	}
	if p := b.do(http.MethodGet, "/"); strings.Contains(p.text, "Your accounts") {
		t.Error("the token was kept")
	}
}

// TestTokenStaysWhileAConnectionCannotBeRemoved: without it nobody could end the consent at the bank.
func TestTokenStaysWhileAConnectionCannotBeRemoved(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.mux.HandleFunc("DELETE /2.0/users/me/connections/3", func(w http.ResponseWriter, _ *http.Request) { answer(w, 503, `{}`) })
	f.mux.HandleFunc("DELETE /2.0/auth/token", func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the token was revoked")
		answer(w, 200, `{}`)
	})
	_, b := start(t, f)
	b.back("state=%s&code=c", b.begin("/connect").Get("state"))
	if p := b.do(http.MethodPost, "/disconnect"); p.status != http.StatusBadGateway {
		t.Errorf("%d\n%s", p.status, p.text)
	}
	if p := b.do(http.MethodGet, "/"); !strings.Contains(p.text, "Your accounts") {
		t.Error("the token is forgotten")
	}
}

// TestOutcomeCanBeLoadedAgain: neither Reload nor Back on a visit that ended badly is an error.
func TestOutcomeCanBeLoadedAgain(t *testing.T) {
	t.Parallel()
	_, b := start(t, newFake(t))
	p := b.back("error=access_denied&state=%s", b.begin("/connect").Get("state"))
	for i := range 3 {
		if p.status != http.StatusOK || !strings.Contains(p.text, "You stopped before the end") {
			t.Errorf("load number %d: %d\n%s", i+1, p.status, p.text)
		}
		p = b.do(http.MethodGet, "/outcome")
	}
	if p := newBrowser(t, b.self).do(http.MethodGet, "/outcome"); !strings.Contains(p.text, "See all your accounts") {
		t.Errorf("a stranger: %d\n%s", p.status, p.text)
	}
}

// TestSessionGetsANewID when it begins to open accounts: the id from before opens nothing.
func TestSessionGetsANewID(t *testing.T) {
	t.Parallel()
	app, b := start(t, newFake(t))
	state := b.begin("/connect").Get("state")
	before := sessionIDs(app)
	b.back("state=%s&code=c", state)
	after := sessionIDs(app)
	if len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Fatalf("ids %q and %q, want one each, and not the same", before, after)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.self+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: cookieName, Value: before[0]})
	if app.sessions.find(req) != nil {
		t.Error("the old id still opens the session")
	}
}

// TestSecondClickOvertakesTheFirst: a browser leaves the way back while its code is exchanged. The exchange goes on, and whoever comes
// with the same state meanwhile ends on the accounts, in the session they have.
func TestSecondClickOvertakesTheFirst(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	asked, answered := make(chan struct{}), make(chan struct{})
	f.exchange = func(w http.ResponseWriter, _ int) {
		close(asked)
		<-answered
		answer(w, 200, `{"access_token":"tok-1","token_type":"Bearer"}`)
	}
	app, b := start(t, f)
	state := b.begin("/connect").Get("state")
	before := sessionIDs(app)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.self+"/callback?code=c&state="+url.QueryEscape(state), nil)
		if err == nil {
			var res *http.Response
			if res, err = b.client.Do(req); err == nil {
				err = res.Body.Close()
			}
		}
		left <- err
	}()
	<-asked
	second := make(chan page, 1)
	go func() { second <- b.back("state=%s&code=c", state) }()
	leave()
	if err := <-left; err == nil {
		t.Fatal("the first click was answered")
	}
	select {
	case p := <-second:
		t.Fatalf("the second click was answered before the exchange: %d", p.status)
	case <-time.After(50 * time.Millisecond):
	}
	close(answered)
	if p := <-second; !strings.Contains(p.text, "Your accounts") {
		t.Errorf("the second click ends on %d %s", p.status, p.text)
	}
	if after := sessionIDs(app); !slices.Equal(before, after) {
		t.Errorf("the session of who left got a new id: %q, %q", before, after)
	}
}

func sessionIDs(app *App) []string {
	app.sessions.mu.Lock()
	defer app.sessions.mu.Unlock()
	var out []string
	for id := range app.sessions.byID {
		out = append(out, id)
	}
	return out
}
