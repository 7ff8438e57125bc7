package middleware_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/limit"
	"passerelle/web/middleware"
)

func hash(message []byte) []byte {
	sum := sha256.Sum256(append([]byte("a key for tests"), message...))
	return sum[:]
}

// limits are rules small enough to reach.
func limits(own map[int64]int) *middleware.RateLimit {
	now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	rule := func(name string, most int) limit.Rule { return limit.Rule{Name: name, Most: most, Window: time.Minute} }
	return &middleware.RateLimit{
		Limiter: limit.New(limit.Options{MAC: hash, Now: func() time.Time { return now }}),
		Rules: limit.Rules{
			Entry: rule("entry", 5), Pressed: rule("entry-pressed", 1), EntryOfClient: rule("entry-client", 20), Page: rule("page", 30),
			Submit: rule("submit", 4), Search: rule("search", 6), Poll: rule("poll", 7), Act: rule("act", 8),
			Refused: rule("refused", 9), Client: rule("client", 10), Domain: rule("domain", 25), User: rule("user", 3),
		},
		Networks: limit.Networks{Behind: true},
		OfClient: func(_ context.Context, id int64) (int, bool) { most, ok := own[id]; return most, ok },
	}
}

// site answers one route by a handler, behind a trusted proxy at 10.0.0.1.
func site(path string, h echo.HandlerFunc) *echo.Echo {
	e := echo.New()
	e.IPExtractor = middleware.ClientIP([]netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}, slog.New(slog.DiscardHandler))
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		var f *fault.Error
		if !errors.As(err, &f) {
			_ = c.String(http.StatusInternalServerError, err.Error())
			return
		}
		_ = c.String(map[fault.Kind]int{fault.Limited: 429, fault.Unauthenticated: 401}[f.Kind], f.RetryAfter.String())
	}
	e.GET(path, h)
	return e
}

func get(e *echo.Echo, path, peer, forwarded string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.RemoteAddr = peer
	if forwarded != "" {
		req.Header.Set("X-Forwarded-For", forwarded)
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, req)
	return rec
}

// passes counts the requests of n that pass.
func passes(e *echo.Echo, n int, path, peer string, forwarded func(i int) string) (passed int) {
	for i := range n {
		if get(e, path, peer, forwarded(i)).Code == http.StatusOK {
			passed++
		}
	}
	return passed
}

func ok(c echo.Context) error { return c.String(http.StatusOK, "ok") }

// TestNetworksAreHeld: by the address that the proxy names and no other, IPv6 by /64; and this machine never.
func TestNetworksAreHeld(t *testing.T) {
	t.Parallel()
	r := limits(nil)
	e := site("/", r.Limit(middleware.ClassEntry, ok))
	const proxy, direct = "10.0.0.1:4711", "192.0.2.9:4711"
	for _, tt := range []struct {
		name, peer string
		forwarded  func(i int) string
		want       int
	}{
		{"one address", proxy, func(int) string { return "198.51.100.1" }, 5},
		{"the same with made-up addresses before it", proxy, func(i int) string { return fmt.Sprintf("203.0.113.%d, 198.51.100.1", i) }, 0},
		{"the same, as IPv6 writes it", proxy, func(int) string { return "::ffff:198.51.100.1" }, 0},
		{"another address", proxy, func(int) string { return "198.51.100.2" }, 5},
		{"one subscriber of IPv6", proxy, func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+1) }, 5},
		{"the next subscriber", proxy, func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i+1) }, 5},
		{"many subscribers", proxy, func(i int) string { return fmt.Sprintf("2001:db8:2:%x::1", i+1) }, 50},
		{"no proxy of ours, with made-up addresses", direct, func(i int) string { return fmt.Sprintf("203.0.113.%d", i) }, 5},
		{"this machine", "127.0.0.1:4711", func(int) string { return "" }, 50},
		{"this machine, by IPv6", "[::1]:4711", func(int) string { return "" }, 50},
	} {
		if got := passes(e, 50, "/", tt.peer, tt.forwarded); got != tt.want {
			t.Errorf("%s: %d of 50 pass, want %d", tt.name, got, tt.want)
		}
	}
	rec := get(e, "/", proxy, "198.51.100.1")
	if rec.Code != 429 || rec.Header().Get("RateLimit-Policy") != `"entry";q=5;w=60` || !strings.HasPrefix(rec.Header().Get("RateLimit"), `"entry";r=0;t=`) {
		t.Errorf("%d, %v", rec.Code, rec.Header())
	}
	if wait, err := time.ParseDuration(rec.Body.String()); err != nil || wait <= 0 || wait > 2*time.Minute {
		t.Errorf("to wait: %s", rec.Body)
	}
	if rec := get(e, "/", proxy, "198.51.100.3"); rec.Header().Get("RateLimit") != "" {
		t.Error("a page that is shown carries the fields")
	}
}

// TestVisitsAreHeld: what scripts and forms ask of one visit is limited by it, whoever asks.
func TestVisitsAreHeld(t *testing.T) {
	t.Parallel()
	for class, want := range map[middleware.Class]int{
		middleware.ClassSearch: 6, middleware.ClassPoll: 7, middleware.ClassAct: 8, middleware.ClassSubmit: 8, middleware.ClassPage: 20,
	} {
		r := limits(nil)
		e := site("/attempt/:id", r.Limit(class, ok))
		many := func(i int) string { return fmt.Sprintf("203.0.113.%d", i) }
		if got := passes(e, 20, "/attempt/a", "10.0.0.1:1", many); got != want {
			t.Errorf("class %d: %d of 20 pass, want %d", class, got, want)
		}
		if got := passes(e, 3, "/attempt/b", "10.0.0.1:1", many); got != 3 {
			t.Errorf("class %d: %d of 3 pass in another visit", class, got)
		}
	}
}

// TestNobodyUsesUpAClient: visits begun by one network beyond the client application's share leave everybody else their first.
func TestNobodyUsesUpAClient(t *testing.T) {
	t.Parallel()
	r := limits(nil)
	e := site("/", func(c echo.Context) error {
		if err := r.Visit(c, 7); err != nil {
			return err
		}
		return ok(c)
	})
	attacker := func(int) string { return "198.51.100.1" }
	if got := passes(e, 1000, "/", "10.0.0.1:1", attacker); got != 21 {
		t.Errorf("%d of the attacker's 1000 pass, want the share and one", got)
	}
	if got := passes(e, 100, "/", "10.0.0.1:1", func(i int) string { return fmt.Sprintf("203.0.113.%d", i) }); got != 100 {
		t.Errorf("%d of 100 honest visits are begun", got)
	}
}

// TestCallersAreHeld: a client application to its own limit or the rule, a domain to its, a stranger's user to theirs; what is left
// is told.
func TestCallersAreHeld(t *testing.T) {
	t.Parallel()
	r := limits(map[int64]int{2: 12, 3: 0})
	ask := func(domain string, client, user int64) *httptest.ResponseRecorder {
		return get(site("/", func(c echo.Context) error {
			if err := r.Caller(c, domain, client, user); err != nil {
				return err
			}
			return ok(c)
		}), "/", "10.0.0.1:1", "198.51.100.1")
	}
	rec := ask("a", 1, 5)
	if got := rec.Header().Get("RateLimit-Policy") + " " + rec.Header().Get("RateLimit"); got != `"client";q=10;w=60 "client";r=9;t=60` {
		t.Errorf("the fields say %s", got)
	}
	for _, tt := range []struct {
		name         string
		domain       string
		client, user int64
		want         int
	}{
		{"the rule", "a", 1, 5, 9}, // one was asked above
		{"its own limit", "b", 2, 5, 12},
		{"no limit of its own, but its domain's", "b", 3, 5, 13},
		{"a stranger's user", "c", 0, 9, 3},
		{"another stranger's user", "c", 0, 10, 3},
		{"a manage token", "c", 0, 0, 40},
	} {
		got := 0
		for range 40 {
			if ask(tt.domain, tt.client, tt.user).Code == http.StatusOK {
				got++
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d of 40 pass, want %d", tt.name, got, tt.want)
		}
	}
}

// TestClaimsCountAgainstNobody: wrong secrets in a client application's name do not use up its limit; who presents too many is
// refused by network, and only there.
func TestClaimsCountAgainstNobody(t *testing.T) {
	t.Parallel()
	r := limits(nil)
	exchange := func(from string, right bool) int {
		return get(site("/", func(c echo.Context) error {
			if err := r.Known(c); err != nil {
				return err
			}
			if err := r.Claimed(c, 1); err != nil {
				return err
			}
			if !right {
				return r.Wrong(c, fault.New(fault.Unauthenticated, "wrong").WithCode("invalid_client"))
			}
			r.Spent(c, 1)
			return ok(c)
		}), "/", "10.0.0.1:1", from).Code
	}
	seen := map[int]int{}
	for range 50 {
		seen[exchange("198.51.100.66", false)]++
	}
	if seen[401] != 9 || seen[429] != 41 {
		t.Errorf("wrong secrets are answered %v, want 9 × 401", seen)
	}
	for i := range 10 {
		if got := exchange("198.51.100.1", true); got != http.StatusOK {
			t.Fatalf("right exchange %d: %d", i+1, got)
		}
	}
	if got := exchange("198.51.100.1", true); got != 429 {
		t.Errorf("beyond the limit: %d", got)
	}
}

// TestNoLimits: nothing is wrapped and nothing refused where there are none.
func TestNoLimits(t *testing.T) {
	t.Parallel()
	var r *middleware.RateLimit
	e := site("/", r.Limit(middleware.ClassEntry, func(c echo.Context) error {
		if err := errors.Join(r.Begin(c), r.Stranger(c), r.Known(c), r.Claimed(c, 1), r.Visit(c, 1), r.Caller(c, "a", 1, 1)); err != nil {
			return err
		}
		r.Spent(c, 1)
		return ok(c)
	}))
	if got := passes(e, 100, "/", "10.0.0.1:1", func(int) string { return "198.51.100.1" }); got != 100 {
		t.Errorf("%d of 100 pass", got)
	}
}

// BenchmarkCaller is what the limits cost a request of the API, beside the same request without.
func BenchmarkCaller(b *testing.B) {
	with := limits(map[int64]int{1: 1 << 29})
	with.Rules.Domain.Most = 1 << 29
	for name, r := range map[string]*middleware.RateLimit{"without": nil, "with": with} {
		b.Run(name, func(b *testing.B) {
			e := site("/", func(c echo.Context) error {
				if err := r.Known(c); err != nil {
					return err
				}
				if err := r.Caller(c, "a", 1, 5); err != nil {
					return err
				}
				return ok(c)
			})
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.RemoteAddr = "10.0.0.1:1"
			req.Header.Set("X-Forwarded-For", "198.51.100.1")
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				e.ServeHTTP(rec, req)
				if rec.Code != http.StatusOK {
					b.Fatal(rec.Code)
				}
			}
		})
	}
}
