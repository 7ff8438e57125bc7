package web

import (
	"container/list"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Figures of connections.
const (
	// mostConnections is how many may be open where the system allows it; spareFiles are open files that are left for everything else:
	// the database, banks, the log.
	mostConnections = 8192
	spareFiles      = 256
	// mostTurnedAway is how many refused connections are waited for at a time until they have read why, for turnedAway each.
	mostTurnedAway = 64
	turnedAway     = 500 * time.Millisecond
	// starvedFor is how long after the last connection that could not be taken the service says so.
	starvedFor = 3 * time.Second
)

// tooMany is what a connection hears that is one too many.
var tooMany = func() string {
	const text = "Too many connections are open. Try again in a moment.\n"
	return "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nCache-Control: no-store\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
}()

// defaultConnections is how many connections may be open: never so many that no file could be opened any more.
func defaultConnections() int {
	if files := mostFiles(); files > 0 {
		return min(mostConnections, max(files-spareFiles, files/2))
	}
	return mostConnections
}

// sockets keeps the connections of a server within a bound. At the bound the one that has been silent longest makes room, so that a
// flood of idle ones shuts nobody out; where none is silent, the newcomer hears 503.
type sockets struct {
	most           int
	refused, ended atomic.Int64
	// starved is when accepting failed last, as unix nanoseconds; 0 for never.
	starved atomic.Int64
	turned  chan struct{}

	mu   sync.Mutex
	open map[net.Conn]*list.Element // the element is nil while a request is under way
	// silent are the connections without a request, longest first.
	silent *list.List
}

func newSockets(most int) *sockets {
	return &sockets{most: most, turned: make(chan struct{}, mostTurnedAway), open: make(map[net.Conn]*list.Element), silent: list.New()}
}

// count says how many are open.
func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

var errStarved = errors.New("connections cannot be taken: the process has too many files open")

// check says whether connections could be taken lately.
func (s *sockets) check(context.Context) error {
	if at := s.starved.Load(); at != 0 && time.Since(time.Unix(0, at)) < starvedFor {
		return errStarved
	}
	return nil
}

// listen bounds what a listener takes.
func (s *sockets) listen(l net.Listener) net.Listener { return &boundedListener{l, s} }

type boundedListener struct {
	net.Listener

	sockets *sockets
}

// Accept implements net.Listener. What it fails with for a time (no file left to open) net/http waits out, a second at most at a time.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				l.sockets.starved.Store(time.Now().UnixNano())
				l.sockets.refused.Add(1)
			}
			return nil, err
		}
		if l.sockets.admit(c) {
			return c, nil
		}
	}
}

// admit takes a connection in, in the place of a silent one where there is no other. False when it was turned away.
func (s *sockets) admit(c net.Conn) bool {
	s.mu.Lock()
	full := len(s.open) >= s.most
	var oldest net.Conn
	if full {
		if e := s.silent.Front(); e != nil {
			oldest, _ = e.Value.(net.Conn)
			s.forget(oldest)
			full = false
		}
	}
	if !full {
		s.open[c] = s.silent.PushBack(c)
	}
	s.mu.Unlock()
	if oldest != nil {
		s.ended.Add(1)
		_ = oldest.Close()
	}
	if full {
		s.refused.Add(1)
		s.turnAway(c)
	}
	return !full
}

// turnAway says why, and waits a moment until that is read: closed at once, with a request unread, it would be lost.
func (s *sockets) turnAway(c net.Conn) {
	select {
	case s.turned <- struct{}{}:
	default:
		_ = c.Close()
		return
	}
	go func() {
		defer func() { _ = c.Close(); <-s.turned }()
		_ = c.SetDeadline(time.Now().Add(turnedAway))
		if _, err := io.WriteString(c, tooMany); err != nil {
			return
		}
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		_, _ = io.CopyN(io.Discard, c, maxHeader)
	}()
}

// forget takes a connection off the books; mu is held.
func (s *sockets) forget(c net.Conn) {
	if e := s.open[c]; e != nil {
		s.silent.Remove(e)
	}
	delete(s.open, c)
}

// state is told by the server what becomes of its connections (http.Server.ConnState).
func (s *sockets) state(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ours := s.open[c]
	if !ours {
		return
	}
	switch state {
	case http.StateActive:
		if e != nil {
			s.silent.Remove(e)
			s.open[c] = nil
		}
	case http.StateIdle:
		if e == nil {
			s.open[c] = s.silent.PushBack(c)
		}
	case http.StateClosed, http.StateHijacked:
		s.forget(c)
	case http.StateNew: // admitted as silent
	}
}
