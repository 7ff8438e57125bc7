package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// gate stands in front of the test bank, for the service as for browsers: it lets everything through, and holds a request or
// its answer when a test wants to act just then.
type gate struct {
	*httptest.Server

	proxy http.Handler
	mu    sync.Mutex
	holds []*hold
	// whose says whose requests come by; nil when nobody wants to know.
	whose *whose
	// watch is told of every request and its answer; nil when nobody wants to know.
	watch func(r *http.Request, body []byte, answer *httptest.ResponseRecorder)
}

// hold stops the first request to a path at the gate.
type hold struct {
	// path begins the path of the request; login, unless empty, is whose it must be.
	path, login string
	// answered holds the bank's answer rather than the request: the bank has acted, and we do not know.
	answered bool
	// arrived is closed when the request is held; it goes on when released is closed, or its sender has gone.
	arrived, released chan struct{}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{}
	g.Server = httptest.NewServer(http.HandlerFunc(g.pass))
	t.Cleanup(g.Close)
	return g
}

// to says where the bank is.
func (g *gate) to(t *testing.T, bank string) {
	t.Helper()
	u, err := url.Parse(bank)
	if err != nil {
		t.Fatal(err)
	}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u); r.Out.Host = r.In.Host },
		// A sender that was killed is what these tests are about, no news.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

// hold stops the next request to a path.
func (g *gate) hold(path string, answered bool) *hold { return g.holdOf("", path, answered) }

// holdOf stops the next request to a path that is made for a login; the gate must know whose requests come by.
func (g *gate) holdOf(login, path string, answered bool) *hold {
	h := &hold{path: path, login: login, answered: answered, arrived: make(chan struct{}), released: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.holds = append(g.holds, h)
	return h
}

// claim gives the hold that a request falls under, once.
func (g *gate) claim(path, login string) *hold {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, h := range g.holds {
		if strings.HasPrefix(path, h.path) && (h.login == "" || h.login == login) {
			g.holds = append(g.holds[:i:i], g.holds[i+1:]...)
			return h
		}
	}
	return nil
}

func (g *gate) pass(w http.ResponseWriter, r *http.Request) {
	login := g.whose.of(r)
	h := g.claim(r.URL.Path, login)
	if h != nil && !h.answered && !h.wait(r) {
		return
	}
	if h == nil && g.watch == nil && g.whose == nil {
		g.proxy.ServeHTTP(w, r)
		return
	}
	body := readBack(r)
	answer := httptest.NewRecorder()
	g.proxy.ServeHTTP(answer, r)
	g.whose.learn(login, r, answer)
	if g.watch != nil {
		g.watch(r, body, answer)
	}
	if h != nil && h.answered && !h.wait(r) {
		return
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// wait says whether the sender still waits when the hold ends.
func (h *hold) wait(r *http.Request) bool {
	close(h.arrived)
	select {
	case <-h.released:
		return true
	case <-r.Context().Done():
		return false
	}
}
