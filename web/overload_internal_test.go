package web

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// TestClassOf: what a route waits for decides how long it may take; whatever is not said waits for the store alone.
func TestClassOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, pattern string
		want            class
	}{
		{"GET", "/2.0/users/:user/accounts", classStore},
		{"GET", "/2.0/connectors", classStore},
		{"GET", "/v3/connections/:id", classStore},
		{"POST", "/2.0/auth/token/access", classStore},
		{"GET", "/a/route/that/is/new", classStore},
		{"POST", "/a/route/that/is/new", classStore},
		{"POST", "/2.0/users/:user/connections", classBank},
		{"GET", "/2.0/users/:user/export", classBank},
		{"DELETE", "/users/:id", classBank},
		{"POST", "/:lang/attempt/:id/credentials", classBank},
		{"GET", "/:lang/connect", classBank},
		{"GET", "/callback/:kind", classBank},
		{"GET", "/:lang/attempt/:id/status", classHeld},
		{"GET", "/v3/event_queues/:id/events", classHeld},
		{"POST", "/token", classHash},
		{"GET", "/readyz", classOwn},
	} {
		if got := classOf(tt.method, tt.pattern); got != tt.want {
			t.Errorf("%s %s: got class %d, want %d", tt.method, tt.pattern, got, tt.want)
		}
	}
}

// area mounts one handler on a route that waits for the store, one that waits for a bank, and one that is held.
type area struct{ handle echo.HandlerFunc }

func (a area) Mount(e *echo.Echo) {
	e.GET("/things", a.handle)
	e.POST("/connections", a.handle)
	e.GET("/x/attempt/:id/status", a.handle)
}

type plainPages struct{}

func (plainPages) ShowError(c echo.Context, err error) {
	c.Response().Header().Set("Retry-After", "2")
	_ = c.String(http.StatusServiceUnavailable, err.Error())
}

// running starts a server on a port of its own.
func running(t *testing.T, d Deps, handle echo.HandlerFunc) (address string, s *Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.PublicURL, d.Pages, d.Log = &url.URL{Scheme: "http", Host: l.Addr().String()}, plainPages{}, slog.New(slog.DiscardHandler)
	d.Ready, d.Areas = func(context.Context) error { return nil }, []Area{area{handle}}
	if s, err = New(d); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String(), s
}

func get(t *testing.T, method, address, path string) (int, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return 0, nil
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode, res.Header
}

// TestRefusedEarly fills the places: who comes then is told so at once, those who wait for banks take none from the others, and with
// the first that leaves there is room again.
func TestRefusedEarly(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}, 8), make(chan struct{})
	address, s := running(t, Deps{MostRequests: 2}, func(c echo.Context) error {
		inside <- struct{}{}
		<-leave
		return c.NoContent(http.StatusNoContent)
	})
	done := make(chan int, 8)
	ask := func(method, path string) { go func() { status, _ := get(t, method, address, path); done <- status }() }
	for range 2 {
		ask("POST", "/connections")
		<-inside
	}
	began := time.Now()
	if status, h := get(t, "POST", address, "/connections"); status != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || time.Since(began) > time.Second {
		t.Errorf("one too many: got %d after %v", status, time.Since(began))
	}
	ask("GET", "/things")
	ask("GET", "/x/attempt/1/status")
	<-inside
	<-inside
	if status, _ := get(t, "GET", address, "/healthz"); status != http.StatusOK {
		t.Errorf("health: got %d", status)
	}
	if got := s.routes.gates[classBank].Refused(); got != 1 {
		t.Errorf("got %d refused, want 1", got)
	}
	close(leave)
	for range 4 {
		if status := <-done; status != http.StatusNoContent {
			t.Errorf("who was let in: got %d", status)
		}
	}
	if status, _ := get(t, "POST", address, "/connections"); status != http.StatusNoContent {
		t.Errorf("with room again: got %d", status)
	}
}

// TestLate: a handler that waits for a store in vain is answered for when its time is over, as unavailable.
func TestLate(t *testing.T) {
	t.Parallel()
	address, _ := running(t, Deps{StoreDeadline: 50 * time.Millisecond}, func(c echo.Context) error {
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	})
	if status, h := get(t, "GET", address, "/things"); status != http.StatusServiceUnavailable || h.Get("Retry-After") == "" {
		t.Errorf("got %d %v", status, h)
	}
}

// TestIdleFlood opens silent connections beyond the bound: the oldest make room, whoever asks is answered. Then every connection is busy,
// and a newcomer hears 503.
func TestIdleFlood(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}, 8), make(chan struct{})
	address, s := running(t, Deps{MostConnections: 4}, func(c echo.Context) error {
		inside <- struct{}{}
		<-leave
		return c.NoContent(http.StatusNoContent)
	})
	var idle []net.Conn
	for range 12 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		idle = append(idle, c)
	}
	if status, _ := get(t, "GET", address, "/healthz"); status != http.StatusOK {
		t.Errorf("among idle connections: got %d", status)
	}
	if n := s.sockets.count(); n > 4 {
		t.Errorf("%d connections are open, want 4 at most", n)
	}
	_ = idle[0].SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := idle[0].Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the oldest idle connection: %v, want it ended", err)
	}
	var busy sync.WaitGroup
	for range 4 {
		busy.Go(func() { get(t, "GET", address, "/things") })
		<-inside
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(c, "GET /things HTTP/1.1\r\nHost: "+address+"\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "Too many connections") {
		t.Errorf("one too many: got %d %q %v", res.StatusCode, body, err)
	}
	_ = res.Body.Close()
	close(leave)
	busy.Wait()
}
