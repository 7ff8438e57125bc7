package demo

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// TestWholeVisit: out with state and challenge, back with a code, exchanged with the verifier, accounts on the first page.
func TestWholeVisit(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	if p := b.do(http.MethodGet, "/"); !strings.Contains(p.text, "Connect your bank") || !strings.Contains(p.text, "<code>dev</code>") {
		t.Fatalf("first page: %d\n%s", p.status, p.text)
	}
	q := b.begin("/connect")
	for name, want := range map[string]string{
		"client_id": "12345678", "redirect_uri": b.self + "/callback", "code_challenge_method": "S256", "domain": strings.TrimPrefix(f.URL, "http://"),
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	p := b.back("state=%s&code=the%%2Bcode&connection_id=3", q.Get("state"))
	if p.status != http.StatusOK || !strings.Contains(p.text, "Your accounts") {
		t.Fatalf("after the callback: %d\n%s", p.status, p.text)
	}
	seen := f.seen()
	if len(seen) != 1 {
		t.Fatalf("%d exchanges, want 1", len(seen))
	}
	form := seen[0].form
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != q.Get("code_challenge") {
		t.Errorf("the verifier does not fit the challenge")
	}
	if form.Get("code") != "the+code" || form.Get("grant_type") != "authorization_code" || form.Get("redirect_uri") != b.self+"/callback" ||
		form.Get("client_secret") != "s3cret-s3cret-s3cret-s3cret" || seen[0].key == "" {
		t.Errorf("exchange = %v, key %q", form, seen[0].key)
	}
	for _, want := range []string{"1\u202f234\u202f567.80", "•• 0189", "Test &lt;b&gt;bank&lt;/b&gt;"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestStateIsSingleUseAndBound: a second callback, a foreign browser, a made-up or absent state change nothing.
func TestStateIsSingleUseAndBound(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	state := b.begin("/connect").Get("state")
	other := newBrowser(t, b.self)
	other.begin("/connect")
	for name, p := range map[string]page{
		"another browser's": other.back("state=%s&code=c", state),
		"no cookie":         newBrowser(t, b.self).back("state=%s&code=c", state),
		"made up":           b.back("state=x&code=c"),
		"empty":             b.back("state=&code=c"),
		"absent":            b.back("code=c"),
	} {
		if p.status != http.StatusBadRequest || !strings.Contains(p.text, "not started here") {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	if n := len(f.seen()); n != 0 {
		t.Fatalf("%d exchanges for callbacks that were not ours", n)
	}
	if p := b.back("state=%s&code=c", state); p.status != http.StatusOK {
		t.Fatalf("good callback: %d", p.status)
	}
	if p := b.back("state=%s&code=c", state); p.status != http.StatusBadRequest {
		t.Errorf("the same callback again: %d, want 400", p.status)
	}
	if n := len(f.seen()); n != 1 {
		t.Errorf("%d exchanges, want 1", n)
	}
}

// TestExchangeIsRepeatedWithItsKey: lost and 503 answers are asked for again under one key; a refusal is final.
func TestExchangeIsRepeatedWithItsKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter, n int)
		tries  int
		ok     bool
	}{
		{"connection cut", func(w http.ResponseWriter, n int) {
			if n == 1 {
				panic(http.ErrAbortHandler)
			}
			answer(w, 200, `{"access_token":"tok-1","token_type":"Bearer"}`)
		}, 2, true},
		{"503 twice", func(w http.ResponseWriter, n int) {
			if n <= 2 {
				answer(w, 503, `{"code":"unavailable"}`)
				return
			}
			answer(w, 200, `{"access_token":"tok-1","token_type":"Bearer"}`)
		}, 3, true},
		{"down", func(w http.ResponseWriter, _ int) { answer(w, 500, `{}`) }, 3, false},
		{"refused", func(w http.ResponseWriter, _ int) { answer(w, 400, `{"error":"invalid_grant"}`) }, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.exchange = tt.answer
			_, b := start(t, f)
			p := b.back("state=%s&code=c", b.begin("/connect").Get("state"))
			if got := strings.Contains(p.text, "Your accounts"); got != tt.ok {
				t.Errorf("connected = %v (%d), want %v", got, p.status, tt.ok)
			}
			seen := f.seen()
			if len(seen) != tt.tries {
				t.Fatalf("%d tries, want %d", len(seen), tt.tries)
			}
			for _, s := range seen {
				if s.key != seen[0].key || s.key == "" {
					t.Errorf("keys differ: %q, %q", seen[0].key, s.key)
				}
			}
		})
	}
}

func TestKnownUser(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	q := b.begin("/connect/known-user")
	if q.Get("code") != "one+time/code" || q.Get("state") == "" || q.Has("code_challenge") {
		t.Errorf("entry = %v", q)
	}
	if p := b.back("state=%s&connection_id=3", q.Get("state")); !strings.Contains(p.text, "Your accounts") {
		t.Fatalf("after the callback: %d\n%s", p.status, p.text)
	}
	if n := len(f.seen()); n != 0 {
		t.Errorf("%d exchanges, want none", n)
	}
	// A further bank goes to the same user, and so by a code of theirs.
	if q := b.begin("/connect"); q.Get("code") == "" {
		t.Error("the second bank was begun without a code")
	}
}

func TestErrorsOfTheCallback(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	for code, want := range map[string]string{
		"access_denied": "You stopped", "tos_declined": "did not accept", "server_error": "technical problem",
		"session_expired": "took too long", "brand_new%3Cscript%3E": "technical problem",
	} {
		p := b.back("error=%s&error_description=x&state=%s", code, b.begin("/connect").Get("state"))
		if p.status != http.StatusOK || !strings.Contains(p.text, want) || strings.Contains(p.text, "<script") {
			t.Errorf("%s: %d\n%s", code, p.status, p.text)
		}
	}
	if n := len(f.seen()); n != 0 {
		t.Errorf("%d exchanges after errors, want none", n)
	}
}

// TestLinksAreFollowedToTheServiceAlone: a page that names another host or path gets no token.
func TestLinksAreFollowedToTheServiceAlone(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var asked []string
	f.mux.HandleFunc("GET /2.0/users/me/accounts/5/transactions", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		next := `null`
		if r.URL.Query().Get("cursor") == "" {
			next = `{"href":"` + f.URL + `/2.0/users/me/accounts/5/transactions?limit=25&cursor=abc"}`
		}
		answer(w, 200, `{"transactions":[{"id":1,"date":"2024-01-02","value":-3.5,"wording":"Coffee","type":"card"}],"_links":{"prev":{"href":"https://evil.example/2.0/x"},"next":`+next+`}}`)
	})
	_, b := start(t, f)
	b.back("state=%s&code=c", b.begin("/connect").Get("state"))
	p := b.do(http.MethodGet, "/accounts/5")
	if !strings.Contains(p.text, "−3.50") || !strings.Contains(p.text, "Older") || strings.Contains(p.text, "Newer") {
		t.Fatalf("first page: %d\n%s", p.status, p.text)
	}
	b.do(http.MethodGet, "/accounts/5?page=%2F2.0%2Fusers%2Fme%2Faccounts%2F5%2Ftransactions%3Flimit%3D25%26cursor%3Dabc")
	if len(asked) != 2 || asked[1] != "limit=25&cursor=abc" {
		t.Errorf("asked %q", asked)
	}
	for _, bad := range []string{"%40evil.example/2.0/x", ".evil.example/2.0/", "/other", "//evil.example/2.0/x", "%0d%0a"} {
		if p := b.do(http.MethodGet, "/accounts/5?page="+bad); p.status != http.StatusBadRequest {
			t.Errorf("page=%s: %d, want 400", bad, p.status)
		}
	}
}

func TestTokenThatEndedIsForgotten(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.exchange = func(w http.ResponseWriter, _ int) { answer(w, 200, `{"access_token":"bad","token_type":"Bearer"}`) }
	f.mux.HandleFunc("DELETE /2.0/auth/token", func(w http.ResponseWriter, _ *http.Request) { answer(w, 401, `{"code":"unauthorized"}`) })
	_, b := start(t, f)
	b.back("state=%s&code=c", b.begin("/connect").Get("state"))
	f.mux.HandleFunc("DELETE /2.0/users/me/connections/3", func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, `{}`) })
	if p := b.do(http.MethodPost, "/disconnect"); !strings.Contains(p.text, "access has ended") {
		t.Errorf("disconnect: %d\n%s", p.status, p.text)
	}
	if p := b.do(http.MethodGet, "/"); strings.Contains(p.text, "Your accounts") {
		t.Error("the token was kept")
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	app, b := start(t, newFake(t))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.self+"/connect", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("cross-site form: %d, want 403", res.StatusCode)
	}
	if n := len(app.sessions.byID); n != 0 {
		t.Errorf("%d sessions were begun", n)
	}
}

func TestPagesAreKeptToThemselves(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, b := start(t, f)
	for path, status := range map[string]int{"/": 200, "/quick-start": 200, "/none": 404, "/demo.css": 200, "/accounts/5": 200} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.self+path, nil)
		res, err := b.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		csp := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != status || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "form-action 'self' "+f.URL) {
			t.Errorf("%s: %d, %q", path, res.StatusCode, csp)
		}
	}
}

// TestForeignHosts: a name that somebody else made lead here gets nothing, whatever it asks for.
func TestForeignHosts(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	withHooks(t, f)
	_, b := startHooks(t, f)
	own := strings.TrimPrefix(b.self, "http://")
	ask := func(method, path, host string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, b.self+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := (&http.Client{}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	for _, host := range []string{"rebound.example", "rebound.example:80", "localhost", own + "0", "x" + own} {
		for _, path := range []string{"/", "/quick-start", "/webhooks", "/demo.css"} {
			if got := ask(http.MethodGet, path, host); got != http.StatusMisdirectedRequest {
				t.Errorf("GET %s at %s: %d, want 421", path, host, got)
			}
		}
		if got := ask(http.MethodPost, hooksPath+"user-created", host); got != http.StatusMisdirectedRequest {
			t.Errorf("a delivery at %s: %d, want 421", host, got)
		}
		if got := ask(http.MethodGet, "/healthz", host); got != http.StatusOK {
			t.Errorf("the health at %s: %d", host, got)
		}
	}
	if got := ask(http.MethodGet, "/", own); got != http.StatusOK {
		t.Errorf("at home: %d", got)
	}
}
