package store

import (
	"bytes"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"passerelle/internal/fault"
)

// severed carries a database's connections until one of them says a word while armed: that one is cut then, as it is when a server dies.
type severed struct {
	net.Listener
	armed atomic.Bool
}

func sever(t *testing.T, to, word string) *severed {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds, waits for nothing
	if err != nil {
		t.Fatal(err)
	}
	s := &severed{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	carry := func(from, to net.Conn, watched bool) {
		defer func() { _, _ = from.Close(), to.Close() }()
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			if err != nil || watched && s.armed.Load() && bytes.Contains(buf[:n], []byte(word)) {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to) //nolint:noctx // a server of this machine
			if err != nil {
				_ = in.Close()
				continue
			}
			go carry(in, out, true)
			go carry(out, in, false)
		}
	}()
	return s
}

// TestSeveredWhileJobsAreEnqueued: where a connection dies in the hands of the job queue, whoever asked is told to come again, and of
// what was written with the jobs nothing is there.
func TestSeveredWhileJobsAreEnqueued(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(postgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	wire := sever(t, u.Host, "river_job")
	u.Host = wire.Addr().String()
	s := openPG(t, u.String())
	a := saved(t, s)
	jobs := rowsIn(t, s, "river_job", "1 = 1")
	wire.armed.Store(true)
	err = s.QueueSyncs(t.Context(), []int64{a.ConnectionID}, false)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want that the service is unavailable", err)
	}
	wire.armed.Store(false)
	if n := rowsIn(t, s, "river_job", "1 = 1"); n != jobs {
		t.Errorf("%d jobs, want %d", n, jobs)
	}
	if err := s.QueueSyncs(t.Context(), []int64{a.ConnectionID}, false); err != nil {
		t.Errorf("once more: %v", err)
	}
}
