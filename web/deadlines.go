package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// class says what a route waits for. It decides how long a request may take, and with which others it shares the places that there
// are: requests that wait for a slow bank must not take those of requests that wait for nobody.
type class int

const (
	// classStore waits for the store alone. A route that nothing else is said of is one of these.
	classStore class = iota
	// classHash checks a password on purpose slowly, and waits for the memory to do it in.
	classHash
	// classBank may wait for a bank. It holds nothing of the store meanwhile, and what it asks the store is cut as short as elsewhere
	// (middleware.StorePatience).
	classBank
	// classHeld is held open on purpose until there is news.
	classHeld
	// classOwn asks about this process, and is let in whatever happens.
	classOwn
	classes
)

// How long a request may take, by what it waits for. Showing the error comes on top.
const (
	storeDeadline = 1700 * time.Millisecond
	hashDeadline  = 8 * time.Second
)

// Places in this process. The pages have caps of their own on requests held, by visit and user.
const (
	defaultRequests = 1024
	mostHeld        = 8192
	// mostBodies is how many request bodies are read at a time.
	mostBodies = 2048
)

// waiting is where something else than the store is waited for: methods (none means all) and whole parts of patterns. The first that
// fits counts.
var waiting = []struct {
	class   class
	methods []string
	parts   []string
}{
	{classOwn, nil, []string{pathHealth, pathReady, pathMetrics}},
	{classHeld, []string{http.MethodGet}, []string{"/attempt/:id/status", "/event_queues/:id/events"}},
	{classBank, nil, []string{"/attempt/:id", "/callback/:kind", "/webauth", "/webauth-url"}},
	// The entries: where the client application names the connector, its bank is asked before the first page.
	{classBank, []string{http.MethodGet}, []string{"/:lang", "/connect", "/reconnect", "/manage", "/payment", "/widget", "/webview"}},
	// A person who is deleted is deleted at every bank.
	{classBank, []string{http.MethodDelete}, []string{"/users/:user", "/users/:id"}},
	// Everything of a user may be much to read.
	{classBank, []string{http.MethodGet}, []string{"/users/:user/export"}},
	{classBank, changes, []string{"/connections", "/accounts", "/test/sync"}},
	{classStore, nil, []string{"/auth"}}, // generated secrets alone, checked in no time
	{classHash, changes, []string{"/signin", "/token", "/users"}},
}

var changes = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// classOf says what a route waits for.
func classOf(method, pattern string) class {
	for _, w := range waiting {
		if len(w.methods) > 0 && !slices.Contains(w.methods, method) {
			continue
		}
		if slices.ContainsFunc(w.parts, func(part string) bool { return strings.Contains(pattern+"/", part+"/") }) {
			return w.class
		}
	}
	return classStore
}

// route is a method and a pattern.
type route struct{ method, pattern string }

// routes knows what the routes wait for, and has the places for each class.
type routes struct {
	classes map[route]class
	gates   [classes]*middleware.Gate
	most    [classes]time.Duration
}

func newRoutes(e *echo.Echo, d Deps) *routes {
	r := &routes{classes: make(map[route]class)}
	for _, on := range e.Routes() {
		r.classes[route{on.Method, on.Path}] = classOf(on.Method, on.Path)
	}
	r.most = [classes]time.Duration{
		classStore: d.StoreDeadline, classHash: hashDeadline, classBank: d.Deadline, classHeld: d.Deadline, classOwn: d.Deadline,
	}
	// What a bank is waited for takes no processor meanwhile, and may be as many again.
	r.gates[classStore], r.gates[classBank] = middleware.NewGate(d.MostRequests), middleware.NewGate(d.MostRequests)
	r.gates[classHash] = r.gates[classStore]
	r.gates[classHeld] = middleware.NewGate(mostHeld)
	return r
}

// of is the class of a request; a path that no route has is the store's, since showing that may take it.
func (r *routes) of(c echo.Context) class { return r.classes[route{c.Request().Method, c.Path()}] }

// gate gives the places that a request takes one of; nil where none is needed.
func (r *routes) gate(c echo.Context) *middleware.Gate { return r.gates[r.of(c)] }

// deadline says how long a request may take.
func (r *routes) deadline(c echo.Context) time.Duration { return r.most[r.of(c)] }
