package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// slowly sends the head of a form and the first byte of its body.
func slowly(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, "POST /connections HTTP/1.1\r\nHost: "+address+"\r\nContent-Length: 9\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eventually waits until a figure of the server is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestSlowBodies: who sends a body a byte at a time holds no place that anybody else needs, and is given two seconds once there are many.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	if files := mostFiles(); files > 0 && files < 3200 {
		t.Skipf("needs 3,200 open files, and the system allows %d", files)
	}
	const slow = 1300
	address, s := running(t, Deps{MostConnections: 4096}, func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil || c.Request().Method == http.MethodPost && string(body) != "a=b&c=d&e" {
			t.Errorf("a handler got %q, %v", body, err)
		}
		return c.NoContent(http.StatusNoContent)
	})
	var all []net.Conn
	for range slow {
		all = append(all, slowly(t, address))
	}
	eventually(t, "not all bodies are awaited", func() bool { return s.bodies.Awaited() > slow-100 })
	if n := s.routes.gates[classBank].InFlight(); n != 0 {
		t.Errorf("slow bodies hold %d places, want none", n)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for range 3 {
		began := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/connections", strings.NewReader("a=b&c=d&e"))
		if err != nil {
			t.Fatal(err)
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNoContent || time.Since(began) > time.Second {
			t.Errorf("among slow bodies: got %d after %v", res.StatusCode, time.Since(began))
		}
	}
	// The last of them came with more than half of the bound in use.
	last := all[len(all)-1]
	_ = last.SetReadDeadline(time.Now().Add(8 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(last), nil)
	if err != nil {
		t.Fatalf("a slow body: %v, want an answer within seconds", err)
	}
	_ = res.Body.Close()
	if !res.Close {
		t.Error("a slow body: its connection goes on")
	}
	// One that came first may still send the rest.
	if _, err := io.WriteString(all[0], "=b&c=d&e"); err != nil {
		t.Fatal(err)
	}
	_ = all[0].SetReadDeadline(time.Now().Add(8 * time.Second))
	if res, err = http.ReadResponse(bufio.NewReader(all[0]), nil); err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatalf("a body that was slow and came: %v %v", res, err)
	}
	_ = res.Body.Close()
}

// TestBodiesAtTheBound: the body that has been awaited longest makes room.
func TestBodiesAtTheBound(t *testing.T) {
	t.Parallel()
	address, s := running(t, Deps{MostConnections: 8}, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	oldest := slowly(t, address)
	eventually(t, "the first body is not awaited", func() bool { return s.bodies.Awaited() == 1 })
	for range 4 {
		slowly(t, address)
	}
	began := time.Now()
	_ = oldest.SetReadDeadline(time.Now().Add(8 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(oldest), nil)
	if err != nil || time.Since(began) > pressedSoon {
		t.Fatalf("the oldest: %v after %v, want an answer at once", err, time.Since(began))
	}
	_ = res.Body.Close()
	if got := s.bodies.GivenUp(); got != 1 {
		t.Errorf("got %d given up, want 1", got)
	}
}

// pressedSoon is below what a body has when it is not given up at once.
const pressedSoon = 1500 * time.Millisecond
