package demo

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// connected gives a browser that connected a bank.
func connected(t *testing.T, f *fakeService) *browser {
	t.Helper()
	_, b := start(t, f)
	if p := b.back("state=%s&code=c", b.begin("/connect").Get("state")); !strings.Contains(p.text, "Your accounts") {
		t.Fatalf("not connected: %d\n%s", p.status, p.text)
	}
	return b
}

// TestReconnect: offered for the states that the end user can mend, opens the flow for that connection with a fresh code, and comes
// back without an exchange.
func TestReconnect(t *testing.T) {
	t.Parallel()
	for state, offered := range map[string]bool{
		`null`: false, `"SCARequired"`: true, `"webauthRequired"`: true, `"additionalInformationNeeded"`: true, `"decoupled"`: true,
		`"wrongpass"`: true, `"passwordExpired"`: true, `"actionNeeded"`: false, `"rateLimiting"`: false, `"websiteUnavailable"`: false,
		`"bug"`: false, `"brand new"`: false,
	} {
		f := newFake(t)
		f.state = state
		p := connected(t, f).do(http.MethodGet, "/")
		if got := strings.Contains(p.text, `action="/connections/3/reconnect"`); got != offered {
			t.Errorf("%s: offered %v, want %v", state, got, offered)
		}
	}
	f := newFake(t)
	b := connected(t, f)
	p := b.do(http.MethodPost, "/connections/3/reconnect")
	q := p.location.Query()
	if p.location.Path != "/en/reconnect" || q.Get("connection_id") != "3" || q.Get("code") != "one+time/code" || q.Get("state") == "" ||
		q.Get("redirect_uri") != b.self+"/callback" || q.Has("code_challenge") {
		t.Errorf("reconnect leads to %s", p.location)
	}
	if p = b.back("state=%s", q.Get("state")); !strings.Contains(p.text, "Your bank can be read again") {
		t.Errorf("after the reconnect: %d\n%s", p.status, p.text)
	}
	if p = b.do(http.MethodGet, "/"); strings.Contains(p.text, "can be read again") {
		t.Error("the notice is told twice")
	}
	if n := len(f.seen()); n != 1 {
		t.Errorf("%d exchanges, want the first visit's alone", n)
	}
}

func TestManage(t *testing.T) {
	t.Parallel()
	b := connected(t, newFake(t))
	if p := b.do(http.MethodGet, "/"); !strings.Contains(p.text, `action="/manage"`) {
		t.Fatalf("no way to manage: %s", p.text)
	}
	p := b.do(http.MethodPost, "/manage")
	q := p.location.Query()
	if p.location.Path != "/en/manage" || q.Get("code") == "" || q.Has("connection_id") {
		t.Errorf("manage leads to %s", p.location)
	}
	if p = b.back("state=%s&connection_id=3&connection_deleted=true", q.Get("state")); !strings.Contains(p.text, "what was read from it was deleted") {
		t.Errorf("after the removal: %d\n%s", p.status, p.text)
	}
	again := b.do(http.MethodPost, "/manage").location.Query()
	if again.Get("state") == q.Get("state") {
		t.Error("two visits have one state")
	}
	quick := b.do(http.MethodGet, "/quick-start")
	for _, want := range []string{"POST /manage", "/en/manage", "connection_deleted=true"} {
		if !strings.Contains(quick.text, want) {
			t.Errorf("the quick start lacks %q", want)
		}
	}
}

// TestLaterFlowsThatEndBadly say that nothing was lost, and do not offer to start from nothing.
func TestLaterFlowsThatEndBadly(t *testing.T) {
	t.Parallel()
	b := connected(t, newFake(t))
	for code, want := range map[string]string{
		"access_denied": "What was read before is still here", "session_expired": "took too long", "server_error": "Nothing was changed", "new": "Nothing was changed",
	} {
		state := b.do(http.MethodPost, "/connections/3/reconnect").location.Query().Get("state")
		p := b.back("error=%s&state=%s", code, state)
		if !strings.Contains(p.text, want) || strings.Contains(p.text, `action="/connect"`) {
			t.Errorf("%s: %d\n%s", code, p.status, p.text)
		}
	}
	if p := b.do(http.MethodGet, "/"); !strings.Contains(p.text, "Your accounts") {
		t.Error("the token was lost")
	}
}

// TestLaterFlowsNeedAUser: a stranger is led to the first page and begins nothing.
func TestLaterFlowsNeedAUser(t *testing.T) {
	t.Parallel()
	app, b := start(t, newFake(t))
	for _, path := range []string{"/manage", "/connections/3/reconnect", "/connections/x/reconnect", "/connections/-1/reconnect"} {
		if p := b.do(http.MethodPost, path); !strings.Contains(p.text, "See all your accounts") {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if n := len(app.sessions.byID); n != 0 {
		t.Errorf("%d sessions were begun", n)
	}
}

// TestFramed: the page frames the service and nobody else, runs our script alone, and each load begins a visit of its own.
func TestFramed(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	load := func() (string, http.Header) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.self+"/framed", nil)
		res, err := b.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), res.Header
	}
	first, header := load()
	for _, want := range []string{`src="` + f.URL + `/en/connect?`, `data-origin="` + f.URL + `"`, `data-callback="/callback"`, `<script src="/framed.js"`} {
		if !strings.Contains(first, want) {
			t.Errorf("the page lacks %q:\n%s", want, first)
		}
	}
	csp := header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-src " + f.URL, "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("CSP %q lacks %q", csp, want)
		}
	}
	if again, _ := load(); again == first {
		t.Error("two loads open the same visit")
	}
	if p := b.do(http.MethodGet, "/"); !strings.Contains(p.text, `href="/framed"`) {
		t.Error("the first page does not lead there")
	}
	if p := b.do(http.MethodGet, "/framed.js"); p.status != http.StatusOK || !strings.Contains(p.text, "powensWebviewTermination") {
		t.Errorf("script: %d", p.status)
	}
	// A known user's frame is opened by a code of theirs.
	b.back("state=%s&code=c", b.begin("/connect").Get("state"))
	if known, _ := load(); !strings.Contains(known, "code=one%2Btime%2Fcode") {
		t.Errorf("the known user's frame: %s", known)
	}
}

// TestReadAgain asks for a read, and takes it well when it is too early or the bank is gone.
func TestReadAgain(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{200: "", 202: "", 409: "was read a moment ago", 404: "", 500: "did not answer as it should"} {
		f := newFake(t)
		asked := 0
		f.mux.HandleFunc("PUT /2.0/users/me/connections/3", func(w http.ResponseWriter, r *http.Request) {
			if asked++; r.Header.Get("Authorization") != "Bearer tok-1" {
				t.Errorf("asked with %q", r.Header.Get("Authorization"))
			}
			answer(w, status, `{"code":"x"}`)
		})
		b := connected(t, f)
		p := b.do(http.MethodPost, "/connections/3/read")
		if asked != 1 || !strings.Contains(p.text, says) || status < 500 && !strings.Contains(p.text, "Your accounts") {
			t.Errorf("%d: asked %d times, %d\n%s", status, asked, p.status, p.text)
		}
	}
	_, b := start(t, newFake(t))
	if p := b.do(http.MethodPost, "/connections/3/read"); !strings.Contains(p.text, "See all your accounts") {
		t.Errorf("a stranger: %d", p.status)
	}
}
