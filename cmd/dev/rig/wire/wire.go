package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Fault is what a wire does to what it carries, in both directions. The zero Fault carries everything as it is.
type Fault struct {
	// Latency is added to each piece that is carried.
	Latency time.Duration
	// BlackHole carries nothing, and says so to nobody: what is sent is taken and never arrives, and newcomers are connected to
	// nothing.
	BlackHole bool
	// Refuse ends newcomers at once.
	Refuse bool
	// Slice hands over at most so many bytes at a time, each piece a packet of its own; 0 does not.
	Slice int
	// Rate is the most bytes carried a second and direction; 0 is no limit.
	Rate int
	// Limit breaks each connection after so many bytes towards the client; 0 does not.
	Limit int64
}

// Wire is one proxy. Its methods may be called at any time from any goroutine.
type Wire struct {
	listener net.Listener

	mu    sync.Mutex
	to    string
	fault Fault
	// changed is closed when the fault changes, so that what it holds back can go on.
	changed chan struct{}
	pairs   map[*pair]bool
	closed  bool
	carried int64
}

// pair is one connection through the wire.
type pair struct{ client, server net.Conn }

func (p *pair) close() {
	_ = p.client.Close()
	if p.server != nil {
		_ = p.server.Close()
	}
}

// New starts a wire on a port of its own to an address. Close ends it.
func New(to string) (*Wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // binds, waits for nothing
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	w := &Wire{listener: l, to: to, changed: make(chan struct{}), pairs: make(map[*pair]bool)}
	go w.accept()
	return w, nil
}

// Address is where the wire listens.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// Set makes the wire behave in a way from now on, for open connections too.
func (w *Wire) Set(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
	close(w.changed)
	w.changed = make(chan struct{})
}

// Lead takes newcomers to another address from now on. Open connections stay where they are.
func (w *Wire) Lead(to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to = to
}

// Heal carries everything again. Connections that were in a black hole go on with what was held back.
func (w *Wire) Heal() { w.Set(Fault{}) }

// Reset breaks all open connections with a reset (RST), as a router does that lost its memory. It gives how many.
func (w *Wire) Reset() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.pairs {
		for _, c := range []net.Conn{p.client, p.server} {
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetLinger(0)
			}
		}
		p.close()
	}
	return len(w.pairs)
}

// Open is how many connections go through the wire now, Carried how many bytes it has carried.
func (w *Wire) Open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pairs)
}

// Carried is how many bytes went through so far, both directions together.
func (w *Wire) Carried() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.carried
}

// Close ends the wire and all its connections.
func (w *Wire) Close() {
	_ = w.listener.Close()
	w.mu.Lock()
	w.closed = true
	for p := range w.pairs {
		p.close()
	}
	w.mu.Unlock()
	w.Heal() // lets those go who wait in a black hole
}

func (w *Wire) now() (Fault, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fault, w.changed
}

func (w *Wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.serve(c)
	}
}

// enter takes a connection into the books, unless the wire has ended.
func (w *Wire) enter(p *pair) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.pairs[p] = true
	return true
}

func (w *Wire) leave(p *pair) {
	w.mu.Lock()
	delete(w.pairs, p)
	w.mu.Unlock()
	p.close()
}

func (w *Wire) serve(client net.Conn) {
	p := &pair{client: client}
	if f, _ := w.now(); f.Refuse || !w.enter(p) {
		_ = client.Close()
		return
	}
	defer w.leave(p)
	// A newcomer in a black hole is connected, and hears nothing until there is a way again.
	for f, changed := w.now(); f.BlackHole; f, changed = w.now() {
		<-changed
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var dialer net.Dialer
	w.mu.Lock()
	to := w.to
	w.mu.Unlock()
	server, err := dialer.DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	w.mu.Lock()
	p.server = server
	closed := w.closed
	w.mu.Unlock()
	if closed {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { w.carry(p.server, p.client, false) })
	both.Go(func() { w.carry(p.client, p.server, true) })
	both.Wait()
}

// errLimit ends a connection that carried what it may.
var errLimit = errors.New("wire: the limit is reached")

// carry copies one direction until it ends, then ends the other's reading.
func (w *Wire) carry(to, from net.Conn, limited bool) {
	buffer := make([]byte, 32<<10)
	var sum int64
	for {
		f, _ := w.now()
		size := len(buffer)
		if f.Slice > 0 {
			size = min(size, f.Slice)
		}
		n, err := from.Read(buffer[:size])
		if n > 0 {
			sum += int64(n)
			err = errors.Join(err, w.pass(to, buffer[:n], limited, sum))
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				if t, ok := to.(*net.TCPConn); ok {
					_ = t.CloseWrite()
				}
				return
			}
			_ = to.Close()
			_ = from.Close()
			return
		}
	}
}

// pass hands one piece over, as the fault of this moment says.
func (w *Wire) pass(to net.Conn, piece []byte, limited bool, sum int64) error {
	f, changed := w.now()
	for f.BlackHole {
		<-changed
		f, changed = w.now()
	}
	wait := f.Latency
	if f.Rate > 0 {
		wait += time.Duration(len(piece)) * time.Second / time.Duration(f.Rate)
	}
	if wait > 0 {
		time.Sleep(wait) //nolint:forbidigo // the delay is what is asked for
	}
	if f.Limit > 0 && limited && sum > f.Limit {
		return errLimit
	}
	n, err := to.Write(piece)
	w.mu.Lock()
	w.carried += int64(n)
	w.mu.Unlock()
	return err
}
