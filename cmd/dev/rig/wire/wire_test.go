package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that gives back what it gets.
func echo(t *testing.T) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds, waits for nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	w, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func dial(t *testing.T, w *Wire) net.Conn {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", w.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// says sends a word and reads it back within a time.
func says(t *testing.T, c net.Conn, within time.Duration) error {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "hello"); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 5))
	return err
}

func TestBlackHoleHoldsBackAndHeals(t *testing.T) {
	t.Parallel()
	w := echo(t)
	c := dial(t, w)
	if err := says(t, c, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	w.Set(Fault{BlackHole: true})
	if err := says(t, c, 100*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("in a black hole: %v, want silence", err)
	}
	w.Heal()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Errorf("healed: %v, want what was held back", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	w := echo(t)
	w.Set(Fault{Latency: 60 * time.Millisecond, Slice: 2})
	began := time.Now()
	if err := says(t, dial(t, w), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	// Three pieces there at least, and one back.
	if took := time.Since(began); took < 240*time.Millisecond {
		t.Errorf("five bytes took %s in pieces of two", took)
	}
	w.Set(Fault{Limit: 3})
	if err := says(t, dial(t, w), 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("beyond the limit: %v, want a broken connection", err)
	}
	w.Heal()
	c := dial(t, w)
	if err := says(t, c, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if n := w.Reset(); n == 0 {
		t.Error("Reset broke no connection")
	}
	if err := says(t, c, 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after a reset: %v, want a broken connection", err)
	}
	w.Set(Fault{Refuse: true})
	if err := says(t, dial(t, w), 5*time.Second); err == nil {
		t.Error("a newcomer was served while newcomers are refused")
	}
}
