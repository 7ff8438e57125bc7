package web_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/web/webtest"
)

// forms are what a foreign page, a lost page or another attempt may send; none performs anything (A49–A52).
func TestForgedForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, other := s.visit(t), s.visit(t)
	u, err := url.Parse(s.url)
	must(t, err)
	cookie, theirs := v.b.Cookies(u)[0].String(), other.b.Cookies(u)[0]
	name, _, _ := strings.Cut(cookie, "=")
	form, err := v.p.Form("/terms")
	must(t, err)
	foreign, err := other.p.Form("/terms")
	must(t, err)
	body := func(token string) string {
		return url.Values{"csrf": {token}, "step": {form.Value("step")}, "decision": {"accept"}}.Encode()
	}
	good := form.Value("csrf")
	const urlencoded = "application/x-www-form-urlencoded"
	base := []string{"Content-Type", urlencoded, "Cookie", cookie}
	with := func(more ...string) []string { return append(append([]string{}, base...), more...) }
	for _, c := range []struct {
		name, body string
		header     []string
		want       int
	}{
		{"no token", body(""), base, 303},
		{"token of another attempt and browser", body(foreign.Value("csrf")), base, 303},
		{"token cut", body(good[1:]), base, 303},
		{"token changed", body(flip(good)), base, 303},
		{"no cookie", body(good), []string{"Content-Type", urlencoded}, 403},
		{"another browser's cookie", body(good), []string{"Content-Type", urlencoded, "Cookie", theirs.String()}, 403},
		{"another browser's cookie under our name", body(good), []string{"Content-Type", urlencoded, "Cookie", name + "=" + theirs.Value}, 403},
		{"forged cookie", body(good), []string{"Content-Type", urlencoded, "Cookie", name + "=" + base64.RawURLEncoding.EncodeToString([]byte("chosen"))}, 403},
		{"altered cookie", body(good), []string{"Content-Type", urlencoded, "Cookie", flip(cookie)}, 403},
		{"two cookies", body(good), []string{"Content-Type", urlencoded, "Cookie", cookie + "; " + name + "=x"}, 403},
		{"origin null", body(good), with("Origin", "null"), 403},
		{"foreign origin", body(good), with("Origin", "https://evil.test"), 403},
		{"other scheme", body(good), with("Origin", strings.Replace(s.url, "http:", "https:", 1)), 403},
		{"foreign origin, said to be ours", body(good), with("Origin", "https://evil.test", "Sec-Fetch-Site", "same-origin"), 403},
		{"cross-site", body(good), with("Sec-Fetch-Site", "cross-site"), 403},
		{"same-site", body(good), with("Sec-Fetch-Site", "same-site"), 403},
		{"text/plain", body(good), []string{"Content-Type", "text/plain", "Cookie", cookie}, 415},
		{"json", `{"csrf":"` + good + `"}`, []string{"Content-Type", "application/json", "Cookie", cookie}, 415},
		{"no type", body(good), []string{"Cookie", cookie}, 415},
		{"token twice", body(good) + "&csrf=x", base, 400},
		{"broken UTF-8", body(good) + "&x=%ff", base, 400},
		{"NUL", body(good) + "&x=%00", base, 400},
		{"bad escape", body(good) + "&x=%zz", base, 400},
		{"10,000 members", body(good) + strings.Repeat("&a=1", 10_000), base, 400},
		{"64 KiB and more", body(good) + "&x=" + strings.Repeat("a", 64<<10), base, 413},
		{"no step", url.Values{"csrf": {good}, "decision": {"accept"}}.Encode(), base, 303},
		{"step of the future", url.Values{"csrf": {good}, "step": {"99"}, "decision": {"accept"}}.Encode(), base, 303},
		{"unknown decision", url.Values{"csrf": {good}, "step": {form.Value("step")}, "decision": {"maybe"}}.Encode(), base, 400},
	} {
		res := s.raw("POST", form.Action.String(), c.body, c.header...)
		if res.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", c.name, res.StatusCode, c.want)
		}
		if l := res.Header.Get("Location"); c.want == 303 && !strings.HasPrefix(l, "/en/attempt/") {
			t.Errorf("%s: leads to %q", c.name, l)
		}
		if len(res.Cookies()) > 0 {
			t.Errorf("%s: a cookie is set", c.name)
		}
	}
	v.reload().want(200, "asks to read")
	// The same form from our own page still works: nothing above used anything up.
	v.p.Forms = []*webtest.Form{form}
	v.terms().want(200, "Choose your bank")
}

// flip changes one character in the middle.
func flip(s string) string {
	i := len(s) / 2
	r := byte('A')
	if s[i] == 'A' {
		r = 'B'
	}
	return s[:i] + string(r) + s[i+1:]
}

// TestOldClaim: after identifiers the old claim is worth nothing (A48), and a chosen one never was (A47).
func TestOldClaim(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	u, err := url.Parse(s.url)
	must(t, err)
	v := s.visit(t).picker().choose(formUUID)
	old := v.b.Cookies(u)
	v.login("otp", "1234").want(200, "Enter the code")
	second := v.b.Cookies(u)
	v.then(v.b.Answer(t.Context(), v.p, "code", "123456")).want(200, "Choose the accounts")
	v.reload()
	for name, cookies := range map[string][]*http.Cookie{"before identifiers": old, "before the challenge": second} {
		b := s.browser()
		b.SetCookies(u, cookies)
		p, err := b.Get(t.Context(), v.home())
		if err != nil || p.Status != 403 {
			t.Errorf("the claim from %s still opens the attempt: %v %v", name, p, err)
		}
	}
	v.want(200, "Choose the accounts")
}

// TestManyAttempts keeps the eight newest attempts of one browser.
func TestManyAttempts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	var homes []string
	for range 10 {
		p, err := b.Get(t.Context(), s.entry())
		at(t, p, err, 200, "asks to read")
		homes = append(homes, p.URL.String())
	}
	for i, home := range homes {
		want := 200
		if i < 2 {
			want = 403
		}
		if p, err := b.Get(t.Context(), home); err != nil || p.Status != want {
			t.Errorf("attempt %d: %v %v, want %d", i, p, err, want)
		}
	}
}

// TestMethods asks every address of the site with every method: only the declared ones are answered (R71, A51).
func TestMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	home := strings.TrimPrefix(v.home(), s.url)
	get := []string{
		"/", "/connect", "/en/connect", "/2.0/auth/webview/connect", "/2.0/auth/webview/en/connect", home, home + "/search", home + "/status",
		"/reconnect", "/en/reconnect", "/manage", "/en/manage", "/en/connect/select", "/accounts", "/payment", "/webauth", "/2.0/webauth",
		home + "/outside", home + "/end",
		"/callback/script", "/callback/script/done", "/callback/script/refused", "/healthz", "/readyz", "/favicon.ico",
	}
	post := []string{"/callback/script/confirm"}
	for _, a := range []string{"terms", "connector", "not-listed", "source", "credentials", "challenge", "check", "accounts", "another", "back", "retry", "cancel", "restart", "leave"} {
		post = append(post, home+"/"+a)
	}
	check := func(paths []string, allowed ...string) {
		for _, path := range paths {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} {
				res := s.raw(method, s.url+path, "")
				ok := false
				for _, a := range allowed {
					ok = ok || a == method
				}
				if got := res.StatusCode == 405; got == ok {
					t.Errorf("%s %s: %d", method, path, res.StatusCode)
				}
				if res.StatusCode == 405 && method != "TRACE" && res.Header.Get("Allow") == "" {
					t.Errorf("%s %s: no Allow", method, path)
				}
				if res.StatusCode >= 500 {
					t.Errorf("%s %s: %d", method, path, res.StatusCode)
				}
			}
		}
	}
	check(get, "GET", "HEAD")
	check(post, "POST")
	v.reload().want(200, "asks to read")
}

// TestHeaders looks at every kind of answer (R39–R41, R72).
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	page, nonces := v.p, map[string]bool{}
	for range 3 {
		v.reload()
		csp := v.p.Header.Get("Content-Security-Policy")
		_, rest, _ := strings.Cut(csp, "'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if len(nonce) < 22 || nonces[nonce] || !strings.Contains(string(v.p.Body), `nonce="`+nonce+`"`) {
			t.Errorf("nonce %q", nonce)
		}
		nonces[nonce] = true
		for _, want := range []string{"default-src 'none'", "'strict-dynamic'", "form-action 'self' https://app.example;", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("policy lacks %s: %s", want, csp)
			}
		}
	}
	if strings.Contains(string(page.Body), " style=") || strings.Contains(string(page.Body), " onclick=") {
		t.Error("the page has inline style or script")
	}
	home := v.home()
	for _, c := range []struct{ method, path string }{
		{"GET", home},
		{"GET", s.url + "/en/connect"},
		{"GET", s.entry()},
		{"GET", s.url + "/nowhere"},
		{"PUT", home},
		{"GET", s.url + "/healthz"},
		{"GET", s.url + "/connect?x=1"},
		{"POST", home + "/terms"},
		{"GET", s.url + "/callback/script?state=x"},
		{"GET", home + "/status?step=x"},
		{"TRACE", home},
	} {
		res := s.raw(c.method, c.path, "", "Origin", "https://evil.test")
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "", "Server": "",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.path, name, got, want)
			}
		}
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || res.Header.Get("Permissions-Policy") == "" || len(res.Header.Get("X-Request-Id")) != 16 {
			t.Errorf("%s %s: %v", c.method, c.path, res.Header)
		}
		if r := res.Header.Get("Referrer-Policy"); r != "no-referrer" && r != "same-origin" {
			t.Errorf("%s %s: Referrer-Policy %q", c.method, c.path, r)
		}
	}
	static := s.raw("GET", s.url+"/static/nothing.css", "")
	if static.StatusCode != 404 {
		t.Errorf("an unknown static file: %d", static.StatusCode)
	}
}

// TestHosts: one host is ours (R70, A67, A68).
func TestHosts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for host, want := range map[string]int{"evil.test": 421, "localhost": 421, "127.0.0.1": 421, strings.ToUpper(strings.TrimPrefix(s.url, "http://")): 200} {
		if res := s.raw("GET", s.url+"/", "", "Host", host); res.StatusCode != want {
			t.Errorf("Host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
	for host, want := range map[string]int{"localhost": 200, "10.0.0.7:8080": 200, "[::1]:80": 200, "passerelle-7.cluster.test": 200} {
		if res := s.raw("GET", s.url+"/healthz", "", "Host", host); res.StatusCode != want {
			t.Errorf("health at Host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
	res := s.raw("GET", s.entry(), "", "X-Forwarded-Host", "evil.test", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.test", "X-Forwarded-For", "6.6.6.6")
	if l := res.Header.Get("Location"); !strings.HasPrefix(l, "/en/attempt/") || strings.Contains(res.Header.Get("Set-Cookie"), "Secure") {
		t.Errorf("forwarded headers count: %q %v", l, res.Cookies())
	}
	if strings.Contains(s.log.String(), "6.6.6.6") {
		t.Error("X-Forwarded-For of a stranger is believed")
	}
}

// TestStatus holds a waiting page until the attempt moves, and lets go when the server drains.
func TestStatus(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	form, err := v.p.Form("/terms")
	must(t, err)
	step := form.Value("step")
	held := make(chan string, 1)
	go func() {
		p, err := v.b.Get(context.WithoutCancel(t.Context()), v.home()+"/status?step="+step)
		if err != nil {
			held <- err.Error()
			return
		}
		held <- string(p.Body)
	}()
	second := s.browser()
	u, err := url.Parse(s.url)
	must(t, err)
	second.SetCookies(u, v.b.Cookies(u))
	p, err := second.Submit(t.Context(), form, webtest.Button{Name: "decision", Value: "accept"})
	at(t, p, err, 200, "Choose your bank")
	if got := <-held; strings.TrimSpace(got) != `{"step":2}` {
		t.Errorf("the waiting page hears %s", got)
	}
	stranger := s.browser()
	if p, err := stranger.Get(t.Context(), v.home()+"/status?step=1"); err != nil || p.Status != 403 {
		t.Errorf("a stranger hears %v %v", p, err)
	}
}

// TestTooManyPolls: one attempt has a few waiting pages held; more are answered at once and told when to ask again.
func TestTooManyPolls(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t)
	u, err := url.Parse(s.url)
	must(t, err)
	cookie, address := v.b.Cookies(u)[0].String(), v.home()+"/status?step=1"
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 4)
	for range cap(left) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		must(t, err)
		req.Header.Set("Cookie", cookie)
		go func() {
			res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
			if err == nil {
				_ = res.Body.Close()
			}
			left <- err
		}()
		select {
		case <-s.notifier.held:
		case err := <-left:
			t.Fatalf("a page is not held: %v", err)
		}
	}
	for range 3 {
		began := time.Now()
		res := s.raw("GET", address, "", "Cookie", cookie)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		if res.StatusCode != 200 || res.Header.Get("Retry-After") == "" || strings.TrimSpace(string(body)) != `{"step":1}` || time.Since(began) > 10*time.Second {
			t.Errorf("got %d, Retry-After %q, %s after %v", res.StatusCode, res.Header.Get("Retry-After"), body, time.Since(began))
		}
	}
	if res := s.raw("GET", address, ""); res.StatusCode != 403 {
		t.Errorf("a stranger hears %d, want 403", res.StatusCode)
	}
	other := s.visit(t)
	held := make(chan error, 1)
	go func() {
		_, err := other.b.Get(ctx, other.home()+"/status?step=1")
		held <- err
	}()
	select {
	case <-s.notifier.held: // another attempt is held all the same
	case err := <-held:
		t.Errorf("another attempt's page is not held: %v", err)
	}
	leave()
	for range cap(left) {
		if err := <-left; err == nil {
			t.Error("a held page was answered")
		}
	}
}

// TestSearchJSON answers the script; a browser is led to the page.
func TestSearchJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t).picker()
	u, err := url.Parse(s.url)
	must(t, err)
	cookie := v.b.Cookies(u)[0].String()
	res := s.raw("GET", v.home()+"/search?q=form", "", "Accept", "application/json", "Cookie", cookie)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.Contains(string(body), formUUID) || !strings.Contains(string(body), `"count":1`) {
		t.Errorf("search: %d %s", res.StatusCode, body)
	}
	v.then(v.b.Get(t.Context(), v.home()+"/search?q=form")).want(200, "Choose your bank")
	if !strings.Contains(v.p.Text, "1 bank found") {
		t.Errorf("the page shows %s", v.p.Text)
	}
	if res := s.raw("GET", v.home()+"/search?q=form", "", "Accept", "application/json"); res.StatusCode != 403 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("a stranger's search: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
}

// TestLogLines: one line a request, with the pattern and never the path's id, the query, or what was sent (A63).
func TestLogLines(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visit(t, "state", "canary-state").picker().choose(formUUID).login("canary-login", "1234")
	_ = s.raw("GET", s.url+"/canary-path?canary-query=1", "", "User-Agent", "canary-agent", "Cookie", "passerelle=canary-cookie")
	log := s.log.String()
	for _, canary := range []string{"canary", "1234\"", v.home()[len(s.url):]} {
		if strings.Contains(log, canary) {
			t.Errorf("the log holds %s", canary)
		}
	}
	for _, want := range []string{`"route":"/:lang/attempt/:id/credentials"`, `"route":"unmatched"`, `"request_id":"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	res := s.raw("GET", s.url+"/metrics", "")
	body, _ := io.ReadAll(res.Body)
	if text := string(body); !strings.Contains(text, `passerelle_http_requests_total{method="GET",route="/:lang/connect",status="303"}`) || strings.Contains(text, "canary") {
		t.Errorf("metrics: %s", text)
	}
}

// TestDrain turns readiness off and lets go of what waits.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if res := s.raw("GET", s.url+"/readyz", ""); res.StatusCode != 200 {
		t.Fatalf("not ready at first: %d", res.StatusCode)
	}
	s.server.Drain()
	s.server.Drain()
	select {
	case <-s.server.Draining():
	case <-time.After(time.Second):
		t.Error("nobody is told")
	}
	if res := s.raw("GET", s.url+"/readyz", ""); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("ready while draining: %d", res.StatusCode)
	}
	if res := s.raw("GET", s.url+"/healthz", ""); res.StatusCode != 200 {
		t.Errorf("not healthy while draining: %d", res.StatusCode)
	}
}
