package testbank

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestHosts: no address of the bank answers under a name that is not its own (DNS rebinding).
func TestHosts(t *testing.T) {
	t.Parallel()
	s, err := New(Config{PublicURL: "https://bank.example"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path, host string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:5", host
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	asked := 0
	for _, r := range s.echo.Routes() {
		if !strings.HasPrefix(r.Path, "/") {
			continue // echo's own
		}
		asked++
		for _, host := range []string{"evil.example", "evil.example:8081", "bank.example.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""} {
			if got := ask(r.Method, strings.ReplaceAll(r.Path, ":id", "1"), host); got != http.StatusMisdirectedRequest {
				t.Errorf("%s %s as %q: %d, want 421", r.Method, r.Path, host, got)
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d routes were asked", asked)
	}
	for _, host := range []string{"bank.example", "Bank.Example:443", "127.0.0.1:8081", "[::1]:8081", "[::1]", "192.0.2.7", "localhost:8081", "localhost"} {
		if got := ask(http.MethodGet, "/phone", host); got != http.StatusOK {
			t.Errorf("as %q: %d, want 200", host, got)
		}
	}
}

// TestForeignForms: what a page of somebody else sends approves nothing, signs nobody in and changes nothing; programs, and the
// bank's own pages, go on.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	h := start(t)
	send := func(path, contentType, body string, header ...string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := h.program().http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	const form, js = "application/x-www-form-urlencoded", "application/json"
	login := url.Values{"login": {"alice"}, "password": {"1234"}, "website": {"par"}}.Encode()
	for _, at := range []struct{ path, media, body string }{
		{"/phone", form, "id=1&decision=approve"},
		{"/website/login", form, login},
		{"/website/access", form, ""},
		{"/website/logout", form, ""},
		{"/oauth/request/1/consent", form, "decision=allow"},
		{"/oauth/token", form, ""},
		{"/control/state", js, "{}"},
		{"/control/clock", js, `{"skew_seconds":0}`},
	} {
		for name, header := range map[string][]string{
			"a foreign origin":          {"Origin", "https://evil.example"},
			"a foreign site":            {"Sec-Fetch-Site", "cross-site"},
			"another port":              {"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"},
			"another port, old":         {"Origin", "http://127.0.0.1:1"},
			"a frame without an origin": {"Origin", "null"},
		} {
			if got := send(at.path, at.media, at.body, header...); got != http.StatusForbidden {
				t.Errorf("%s from %s: %d, want 403", at.path, name, got)
			}
		}
	}
	for name, header := range map[string][]string{
		"a program": nil, "its own page": {"Sec-Fetch-Site", "same-origin", "Origin", h.url}, "its own page, old": {"Origin", h.url},
	} {
		if got := send("/website/login", form, login, header...); got >= 400 {
			t.Errorf("%s: %d", name, got)
		}
		if got := send("/control/clock", js, `{"skew_seconds":0}`, header...); got != http.StatusOK {
			t.Errorf("/control from %s: %d", name, got)
		}
	}
}
