package middleware

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "*": true, "*;q=0": false,
		"gzip;q=0, *": false, "*;q=0, gzip": true, "identity": false, "gzip;q=x": false, "x-gzip": true,
	} {
		if got := AcceptsGzip(http.Header{"Accept-Encoding": {header}}); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestFormSource(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://app.example/cb?x=1": "https://app.example", "http://127.0.0.1:51000/cb": "http://127.0.0.1:51000",
		"http://[::1]:51000/cb": "http:", "powens-123://callback": "powens-123:", "com.example.app:/cb": "com.example.app:",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := FormSource(u.Scheme, u.Host); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	for _, bad := range [][2]string{{"https", "a; script-src *"}, {"a b", ""}, {"1a", ""}, {"https", ""}, {"", "x"}} {
		if got := FormSource(bad[0], bad[1]); got != "" {
			t.Errorf("%q %q: %q, want none", bad[0], bad[1], got)
		}
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	var log strings.Builder
	for _, c := range []struct {
		trusted            []netip.Prefix
		peer, header, want string
	}{
		{nil, "10.0.0.1:5", "1.1.1.1", "10.0.0.1"},
		{proxies, "10.0.0.1:5", "1.1.1.1", "1.1.1.1"},
		{proxies, "10.0.0.1:5", "6.6.6.6, 1.1.1.1, 10.2.2.2", "1.1.1.1"},
		{proxies, "9.9.9.9:5", "1.1.1.1", "9.9.9.9"},
		{proxies, "127.0.0.1:5", "1.1.1.1", "127.0.0.1"},
		{proxies, "[fd00::1]:5", "2001:db8::1", "2001:db8::1"},
		{proxies, "10.0.0.1:5", "", "10.0.0.1"},
		{proxies, "10.0.0.1:5", "1.1.1.1:4711", "1.1.1.1"},
		{proxies, "10.0.0.1:5", "[2001:db8::1]:4711, [fd00::2]", "2001:db8::1"},
		{proxies, "10.0.0.1:5", "fe80::1%eth0", "fe80::1"},
		{proxies, "10.0.0.1:5", "::ffff:1.1.1.1", "1.1.1.1"},
		{proxies, "10.0.0.1:5", "nonsense, 1.1.1.1, 10.2.2.2", "1.1.1.1"},
		{proxies, "10.0.0.1:5", "1.1.1.1, unknown", "10.0.0.1"},
		{proxies, "10.0.0.1:5", ",", "10.0.0.1"},
		{proxies, "10.0.0.1:5", "10.3.3.3, 10.2.2.2", "10.3.3.3"},
		// What cannot be read must not pass for this machine itself, which nothing limits.
		{local, "127.0.0.1:5", "unknown", "100::"},
		{local, "127.0.0.1:5", "1.1.1.1:1", "1.1.1.1"},
		{local, "127.0.0.1:5", "", "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := ClientIP(c.trusted, slog.New(slog.NewTextHandler(&log, nil)))(r); got != c.want {
			t.Errorf("peer %s, header %q: %s, want %s", c.peer, c.header, got, c.want)
		}
	}
	if !strings.Contains(log.String(), "cannot be read") {
		t.Errorf("nothing was said of what cannot be read: %s", &log)
	}
	log.Reset()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:5"
	r.Header.Set("X-Forwarded-For", "CANARY")
	from := ClientIP(local, slog.New(slog.NewTextHandler(&log, nil)))
	from(r)
	from(r)
	if n := strings.Count(log.String(), "WARN"); n != 1 || strings.Contains(log.String(), "CANARY") {
		t.Errorf("got %d warnings, want one, without what was sent: %s", n, &log)
	}
}

func TestRecover(t *testing.T) {
	t.Parallel()
	e := echo.New()
	c := e.NewContext(httptest.NewRequest("GET", "/", nil), httptest.NewRecorder())
	run := func(v any) error { return Recover()(func(echo.Context) error { panic(v) })(c) }
	var p *PanicError
	if err := run("canary-secret"); !errors.As(err, &p) || strings.Contains(p.What, "canary") || p.Stack == "" {
		t.Errorf("a text: %v", err)
	}
	if err := run(errors.New("canary-secret")); !errors.As(err, &p) || strings.Contains(p.What, "canary") {
		t.Errorf("an error: %v", err)
	}
	err := Recover()(func(echo.Context) error {
		var none []int
		_ = none[len(c.Path())+3]
		return nil
	})(c)
	if !errors.As(err, &p) || !strings.Contains(p.What, "index out of range") {
		t.Errorf("a runtime error: %v", err)
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("net/http's own signal became %v", v)
		}
	}()
	_ = run(http.ErrAbortHandler)
}

func TestBodyCap(t *testing.T) {
	t.Parallel()
	e := echo.New()
	h := NewBodies(8).Read()(func(c echo.Context) error {
		_, err := io.ReadAll(c.Request().Body)
		return err
	})
	for name, c := range map[string]struct {
		body  io.Reader
		large bool
	}{
		"at the cap":     {strings.NewReader(strings.Repeat("a", MaxBody)), false},
		"over the cap":   {strings.NewReader(strings.Repeat("a", MaxBody+1)), true},
		"chunked, over":  {io.MultiReader(strings.NewReader(strings.Repeat("a", MaxBody)), strings.NewReader("b")), true},
		"chunked, under": {io.MultiReader(strings.NewReader("b")), false},
	} {
		err := h(e.NewContext(httptest.NewRequest("POST", "/", c.body), httptest.NewRecorder()))
		if got := fault.Is(err, fault.TooLarge); got != c.large {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostAbsoluteForm(t *testing.T) {
	t.Parallel()
	public, _ := url.Parse("https://connect.example")
	e := echo.New()
	h := Host(public, "/healthz")(func(echo.Context) error { return nil })
	nameless := httptest.NewRequest("GET", "/healthz", nil)
	for host, want := range map[string]bool{"": true, "pod-7.internal": true} {
		nameless.Host = host
		if err := h(e.NewContext(nameless, httptest.NewRecorder())); (err == nil) != want {
			t.Errorf("health at the host %q: %v", host, err)
		}
	}
	for target, want := range map[string]bool{"http://169.254.169.254/": false, "https://connect.example/": false} {
		r := httptest.NewRequest("GET", target, nil)
		r.Host = "connect.example"
		if err := h(e.NewContext(r, httptest.NewRecorder())); (err == nil) != want {
			t.Errorf("%s: %v", target, err)
		}
	}
	for host, want := range map[string]bool{"connect.example": true, "connect.example:443": true, "connect.example:80": false, "connect.example.": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		if err := h(e.NewContext(r, httptest.NewRecorder())); (err == nil) != want {
			t.Errorf("Host %s: %v", host, err)
		}
	}
}

func TestWriteCompressed(t *testing.T) {
	t.Parallel()
	e := echo.New()
	for _, size := range []int{0, leastCompressed - 1, leastCompressed, 50_000} {
		body := strings.Repeat("x", size)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		if err := WriteCompressed(e.NewContext(r, rec), 200, []byte(body)); err != nil {
			t.Fatal(err)
		}
		got, zipped := rec.Body.String(), rec.Header().Get("Content-Encoding") == "gzip"
		if zipped {
			z, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			got = string(b)
		}
		if got != body || zipped != (size >= leastCompressed) || rec.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%d bytes: %d came, zipped %v, %v", size, len(got), zipped, rec.Header())
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	e, seen := echo.New(), map[string]bool{}
	for range 100 {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set(HeaderRequestID, "chosen")
		rec := httptest.NewRecorder()
		var inside string
		c := e.NewContext(r, rec)
		if err := RequestID()(func(c echo.Context) error { inside = ID(c.Request().Context()); return nil })(c); err != nil {
			t.Fatal(err)
		}
		if inside == "chosen" || len(inside) != 16 || seen[inside] || rec.Header().Get(HeaderRequestID) != inside {
			t.Errorf("id %q, header %q", inside, rec.Header().Get(HeaderRequestID))
		}
		seen[inside] = true
	}
	if ID(context.Background()) != "" {
		t.Error("an id outside a request")
	}
}

// TestNonce: each response has a nonce of its own, of 128 bits, and its policy names it.
func TestNonce(t *testing.T) {
	t.Parallel()
	e, seen := echo.New(), map[string]bool{}
	for range 3 {
		rec := httptest.NewRecorder()
		ctx := e.NewContext(httptest.NewRequest("GET", "/", nil), rec)
		Page(ctx, false)
		nonce := Nonce(ctx)
		if raw, err := base64.RawStdEncoding.DecodeString(nonce); err != nil || len(raw) != 16 || seen[nonce] {
			t.Errorf("nonce %q (%d bytes, %v), want 16 bytes that no other response has", nonce, len(raw), err)
		}
		seen[nonce] = true
		if got := rec.Header().Get("Content-Security-Policy"); !strings.Contains(got, "script-src 'nonce-"+nonce+"' ") {
			t.Errorf("the policy %s does not name the nonce", got)
		}
	}
}

// TestFrame: a page may be framed by the origins that it was given and by nobody else, and nothing in them ends the directive.
func TestFrame(t *testing.T) {
	t.Parallel()
	e := echo.New()
	for _, c := range []struct {
		origins []string
		want    string
	}{
		{nil, "frame-ancestors 'none';"},
		{[]string{""}, "frame-ancestors 'none';"},
		{[]string{"https://a.example", "http://localhost:3000"}, "frame-ancestors https://a.example http://localhost:3000;"},
		{[]string{"https://a.example; script-src *", "*", "'self'", "https://*.example", "a b"}, "frame-ancestors 'none';"},
	} {
		rec := httptest.NewRecorder()
		ctx := e.NewContext(httptest.NewRequest("GET", "/", nil), rec)
		if err := Headers(true)(func(echo.Context) error { return nil })(ctx); err != nil {
			t.Fatal(err)
		}
		Frame(ctx, c.origins)
		Page(ctx, true)
		h := rec.Header()
		if got := h.Get("Content-Security-Policy"); !strings.Contains(got, c.want) {
			t.Errorf("%q: %s, want %s", c.origins, got, c.want)
		}
		if none := strings.Contains(c.want, "'none'"); (h.Get("X-Frame-Options") == "DENY") != none {
			t.Errorf("%q: X-Frame-Options %q", c.origins, h.Get("X-Frame-Options"))
		}
	}
}
