package redistest

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between a client and a server, and does to what the server answers what it is told.
type Proxy struct {
	// Host is where it listens.
	Host string

	t        testing.TB
	to       string
	listener net.Listener
	latency  atomic.Int64
	silent   atomic.Bool
	reset    atomic.Bool
	sliced   atomic.Bool
	repeat   atomic.Int64
	answers  atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// NewProxy starts a proxy to a server. It does nothing to the traffic yet.
func NewProxy(t testing.TB, to *Server) *Proxy {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Host: l.Addr().String(), t: t, to: to.Host, listener: l, conns: make(map[net.Conn]struct{})}
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.Cut()
	})
	return p
}

// URL is the address of the server behind the proxy.
func (p *Proxy) URL() string { return "redis://" + p.Host + "/0" }

// Delay makes every answer late by d; 0 makes none.
func (p *Proxy) Delay(d time.Duration) { p.latency.Store(int64(d)) }

// Silence swallows every answer (a black hole); connections are taken.
func (p *Proxy) Silence(on bool) { p.silent.Store(on) }

// Reset breaks every connection at the first byte of the client's.
func (p *Proxy) Reset(on bool) { p.reset.Store(on) }

// Slice sends answers in pieces of a few bytes.
func (p *Proxy) Slice(on bool) { p.sliced.Store(on) }

// Repeat gives in place of the nth answer of all the one before it on the same connection, which from then on is one answer behind. 0
// does it to no further one.
func (p *Proxy) Repeat(n int) { p.repeat.Store(int64(n)) }

// Cut breaks the connections that are open.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		server, err := d.DialContext(p.t.Context(), "tcp", p.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		go p.pass(client, server, p.ask)
		go p.pass(server, client, p.answering())
	}
}

// pass reads from one side and hands each piece on, until one of them ends.
func (p *Proxy) pass(from, to net.Conn, hand func(to net.Conn, piece []byte) error) {
	defer func() {
		_, _ = from.Close(), to.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, from)
		delete(p.conns, to)
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if err := hand(to, buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *Proxy) ask(to net.Conn, piece []byte) error {
	if p.reset.Load() {
		return net.ErrClosed
	}
	_, err := to.Write(piece)
	return err
}

// answering hands on the answers of one connection.
func (p *Proxy) answering() func(net.Conn, []byte) error {
	var last []byte
	behind := false
	return func(to net.Conn, piece []byte) error {
		if p.silent.Load() {
			return nil
		}
		if d := time.Duration(p.latency.Load()); d > 0 {
			time.Sleep(d) // this is what the proxy is for
		}
		if n := p.repeat.Load(); n > 0 && p.answers.Add(1)%n == 0 && last != nil {
			behind = true
		}
		now := bytes.Clone(piece)
		if piece = now; behind {
			piece = last
		}
		last = now
		for len(piece) > 0 {
			n := len(piece)
			if p.sliced.Load() {
				n = min(n, 3)
			}
			if _, err := to.Write(piece[:n]); err != nil {
				return err
			}
			piece = piece[n:]
		}
		return nil
	}
}
