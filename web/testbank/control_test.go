package testbank

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	bank "passerelle/internal/testbank"
)

func TestControlIsForThisMachine(t *testing.T) {
	t.Parallel()
	s, err := New(Config{PublicURL: "https://bank.example"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"loopback", func(*http.Request) {}, 200},
		{"loopback v6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5", "[::1]:80" }, 200},
		{"foreign peer", func(r *http.Request) { r.RemoteAddr = "203.0.113.9:5" }, 403},
		{"behind a proxy", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }, 403},
		{"rebound name", func(r *http.Request) { r.Host = "evil.example" }, 421},
		{"the public name", func(r *http.Request) { r.Host = "bank.example" }, 403},
		{"a form of a foreign page", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		{"unknown member", func(r *http.Request) { r.Body = http.NoBody }, 400},
	}
	for _, tt := range tests {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/control/state", strings.NewReader(`{}`))
		r.RemoteAddr, r.Host = "127.0.0.1:5", "127.0.0.1:8090"
		r.Header.Set("Content-Type", "application/json")
		tt.change(r)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.name, w.Code, tt.want, w.Body)
		}
	}
}

func TestControlChanges(t *testing.T) {
	t.Parallel()
	h := start(t)
	p := h.program()
	count := func() int { return len(decode[wireAccounts](p.get("/website/accounts").want(200)).Accounts) }
	signedIn(p.signIn("par"))
	before := count()
	p.control("/control/state", `{"login":"alice","add_account":true}`)
	if got := count(); got != before+1 {
		t.Errorf("accounts = %d, want %d", got, before+1)
	}
	p.control("/control/state", `{"down":true}`)
	refused(p.get("/website/accounts"), 503, "unavailable")
	p.get("/").want(200)
	p.control("/control/state", `{"down":false,"slow_ms":20}`).want(200, `"slow_ms":20`)
	for range 3 {
		p.post("/website/login", map[string][]string{"login": {"carol"}, "password": {"x"}})
	}
	p.control("/control/state", `{"login":"carol","unlock":true}`)
	signedIn(p.post("/website/login", map[string][]string{"login": {"carol"}, "password": {"1234"}}))
	p.control("/control/state", `{"login":"carol","scenario":"wrongpass"}`).want(200, `"login":"carol","scenario":"wrong_password"`)
	refused(p.post("/website/login", map[string][]string{"login": {"carol"}, "password": {"1234"}}), 401, "bad_credentials")
	p.control("/control/state", `{"login":"carol","scenario":"","password":"n3w"}`)
	signedIn(p.post("/website/login", map[string][]string{"login": {"carol"}, "password": {"n3w"}}))
	signedIn(p.signIn("par"))
	p.control("/control/state", `{"reset":true}`).want(200, `"changed":[]`)
	refused(p.get("/website/accounts"), 401, "session_ended")
	for _, bad := range []string{`{"approve":true}`, `{"slow_ms":-1}`, `{"x":1}`, `[]`, `{"scenario":"bug"}`, `{"login":"a","scenario":"moon"}`} {
		p.do("POST", "/control/state", "application/json", bad).want(400)
	}
	p.do("POST", "/control/clock", "application/json", `{"skew_seconds":9999999999}`).want(400)
}

// TestSeedRepeats starts two banks from one seed: the image is the same, so a test can be written against it.
func TestSeedRepeats(t *testing.T) {
	t.Parallel()
	one, two := start(t), start(t)
	a, b := asked(one.program().signIn("otp_image"), "image"), asked(two.program().signIn("otp_image"), "image")
	if a.Challenge.Image != b.Challenge.Image || one.imageCode() != two.imageCode() {
		t.Error("one seed gives two images")
	}
	c := asked(one.program().signIn("otp_image"), "image")
	if bytes.Equal([]byte(c.Challenge.Image), []byte(a.Challenge.Image)) {
		t.Error("the next image is the same")
	}
}

func TestOversizedAndOddRequests(t *testing.T) {
	t.Parallel()
	p := start(t).program()
	p.do("POST", "/website/login", "application/x-www-form-urlencoded", "login="+strings.Repeat("a", 70_000)).want(413)
	p.do("DELETE", "/website/login", "", "").want(405)
	p.do("POST", "/website/login", "application/x-www-form-urlencoded", "login=%ff&password=%zz").want(401)
	p.do("POST", "/oauth/token", "application/json", `{}`).want(400, "invalid_request")
	p.get("/api/accounts").want(401, "invalid_token")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	client := bank.Client{ID: "a", Secret: "b", Name: "c", RedirectPrefixes: []string{"https://x.example/"}}
	tests := map[string]Config{
		"no URL":         {},
		"relative URL":   {PublicURL: "/x"},
		"absent file":    {PublicURL: "http://127.0.0.1", File: "/does/not/exist"},
		"no secret":      {PublicURL: "http://127.0.0.1", Clients: []bank.Client{{ID: "a", Name: "c", RedirectPrefixes: client.RedirectPrefixes}}},
		"no prefix":      {PublicURL: "http://127.0.0.1", Clients: []bank.Client{{ID: "a", Secret: "b", Name: "c"}}},
		"relative place": {PublicURL: "http://127.0.0.1", Clients: []bank.Client{{ID: "a", Secret: "b", Name: "c", RedirectPrefixes: []string{"/x"}}}},
	}
	for name, cfg := range tests {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestManyAtOnce is for the race detector.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	h := start(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := h.program()
			for _, website := range []string{"par", "otp_text", "app_quick", "wrongpass"} {
				p.post("/website/login", map[string][]string{"login": {string(rune('a' + i%3))}, "password": {"1234"}, "website": {website}})
				p.get("/website/accounts")
				p.get("/control/state")
				p.get("/phone")
			}
		})
	}
	wg.Wait()
}
