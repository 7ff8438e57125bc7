package outbound

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"code.dny.dev/ssrf"
)

func get(t *testing.T, c *http.Client, url string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(req)
}

func mustNew(t *testing.T, o Options) *http.Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNamedOriginAlone: an origin that the operator named is reached on loopback; its neighbour port is not.
func TestNamedOriginAlone(t *testing.T) {
	t.Parallel()
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	named, other := httptest.NewServer(hello), httptest.NewServer(hello)
	defer named.Close()
	defer other.Close()
	c := mustNew(t, Options{Origins: []string{named.URL}})
	res, err := get(t, c, named.URL+"/x")
	if err != nil {
		t.Fatalf("named origin: %v", err)
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if string(body) != "hello" {
		t.Errorf("body = %q", body)
	}
	if _, err := get(t, c, other.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("other port: err = %v, want ErrRefused", err)
	}
	if _, err := get(t, c, strings.Replace(named.URL, "http:", "https:", 1)); !errors.Is(err, ErrRefused) {
		t.Errorf("other scheme: err = %v, want ErrRefused", err)
	}
}

// TestHostileAddresses: none of these is ever dialled, whatever the spelling (security requirement R85, attacks A70–A75).
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	c := mustNew(t, Options{})
	for _, url := range []string{
		"https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://0.0.0.0/", "https://10.0.0.1/",
		"https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
		"https://100.64.0.1/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://[fc00::1]/",
		"https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://224.0.0.1/", "https://198.18.0.1/",
		"https://192.0.2.1/", "https://240.0.0.1/", "https://255.255.255.255/",
	} {
		res, err := get(t, c, url)
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("%s was reached", url)
			continue
		}
		if !errors.Is(err, ssrf.ErrProhibitedIP) {
			t.Errorf("%s: err = %v, want ErrProhibitedIP", url, err)
		}
	}
}

func TestRefusedURLs(t *testing.T) {
	t.Parallel()
	c := mustNew(t, Options{})
	for _, url := range []string{"http://example.com/", "https://user:pw@example.com/", "ftp://example.com/"} {
		_, err := get(t, c, url)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: err = %v, want ErrRefused", url, err)
		}
	}
	if _, err := get(t, c, "https://1.1.1.1:22/"); !errors.Is(err, ssrf.ErrProhibitedPort) {
		t.Errorf("port 22: err = %v, want ErrProhibitedPort", err)
	}
}

// TestAllowedNetwork: a private network opens for https alone.
func TestAllowedNetwork(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	c := mustNew(t, Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	_, err := get(t, c, srv.URL)
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ErrRefused) {
		t.Errorf("allowed network: err = %v, want to reach TLS", err)
	}
	if _, err := get(t, c, strings.Replace(srv.URL, "https:", "http:", 1)); !errors.Is(err, ErrRefused) {
		t.Errorf("http into a network: err = %v, want ErrRefused", err)
	}
}

// TestNoRedirect: a redirect is given as it is, never followed.
func TestNoRedirect(t *testing.T) {
	t.Parallel()
	hits := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer srv.Close()
	res, err := get(t, mustNew(t, Options{Origins: []string{srv.URL}}), srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusFound || hits != 1 {
		t.Errorf("status %d after %d requests, want 302 after 1", res.StatusCode, hits)
	}
}

func TestBodyCap(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", len(r.URL.Path)-1))
	}))
	defer srv.Close()
	c := mustNew(t, Options{Origins: []string{srv.URL}, MostBody: 10})
	for _, tt := range []struct {
		size, got int
		err       error
	}{{0, 0, nil}, {9, 9, nil}, {10, 10, nil}, {11, 10, ErrTooLarge}, {200, 10, ErrTooLarge}} {
		res, err := get(t, c, srv.URL+"/"+strings.Repeat("y", tt.size))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if len(body) != tt.got || !errors.Is(err, tt.err) {
			t.Errorf("%d bytes: read %d, err %v; want %d, %v", tt.size, len(body), err, tt.got, tt.err)
		}
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	if _, err := mustNew(t, Options{Origins: []string{srv.URL}}).Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

func TestBadOrigin(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "127.0.0.1:80", "ftp://x", "http://"} {
		if _, err := New(Options{Origins: []string{s}}); err == nil {
			t.Errorf("origin %q was taken", s)
		}
	}
}

// TestPlainLoopback: where the operator allows private networks, plain http reaches this machine and nothing else.
func TestPlainLoopback(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	c := mustNew(t, Options{Networks: loopback, PlainLoopback: true})
	res, err := get(t, c, srv.URL)
	if err != nil {
		t.Fatalf("loopback: %v", err)
	}
	_ = res.Body.Close()
	for _, url := range []string{"http://10.0.0.1:1/", "http://1.1.1.1/"} {
		if _, err := get(t, c, url); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: err = %v, want ErrRefused", url, err)
		}
	}
	if _, err := get(t, mustNew(t, Options{PlainLoopback: true}), srv.URL); !errors.Is(err, ssrf.ErrProhibitedIP) && !errors.Is(err, ssrf.ErrProhibitedPort) {
		t.Errorf("without the networks: err = %v, want it refused", err)
	}
}
