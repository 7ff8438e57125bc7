package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// Paths of the server's own.
const (
	pathHealth  = "/healthz"
	pathReady   = "/readyz"
	pathMetrics = "/metrics"
)

// Server is the HTTP server: built by New, served by Serve.
type Server struct {
	deps     Deps
	echo     *echo.Echo
	metrics  *metrics
	routes   *routes
	sockets  *sockets
	bodies   *middleware.Bodies
	shapes   []shape
	patterns map[string]bool
	// unready is set first: everything is still answered, and nobody should send more. draining is set when waiting pages are let go.
	unready  atomic.Bool
	draining atomic.Bool
	drain    chan struct{}
}

// New builds the server: middleware in its order, then the areas.
func New(d Deps) (*Server, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	s := &Server{deps: d, echo: echo.New(), patterns: make(map[string]bool), drain: d.Draining, sockets: newSockets(d.MostConnections)}
	// Half at most: bodies that are awaited cannot make room for other connections.
	s.bodies = middleware.NewBodies(min(mostBodies, d.MostConnections/2))
	var err error
	if s.metrics, err = newMetrics(d.Registry); err != nil {
		return nil, err
	}
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(discard{})
	e.IPExtractor = middleware.ClientIP(d.TrustedProxies, d.Log)
	e.HTTPErrorHandler = s.showError
	// In this order: what comes first sees everything that happens after it. The id names the request, the line is written
	// and errors are answered, panics become errors, and then the checks that need no route.
	e.Use(
		middleware.Headers(d.PublicURL.Scheme == "https"),
		middleware.Unframed(),
		middleware.RequestID(),
		middleware.Log(d.Log, d.Clock, s.known, s.metrics.request),
		middleware.Recover(),
		middleware.Host(d.PublicURL, pathHealth, pathReady),
		middleware.NoTrace(),
		s.bodies.Read(),
		middleware.Overload(func(c echo.Context) *middleware.Gate { return s.routes.gate(c) }),
		middleware.Deadline(func(c echo.Context) time.Duration { return s.routes.deadline(c) }),
	)
	s.mount(e, d)
	for _, r := range e.Routes() {
		s.patterns[r.Path] = true
	}
	s.routes = newRoutes(e, d)
	return s, s.metrics.overload(d.Registry, s.routes, s.bodies, s.sockets)
}

func (s *Server) mount(e *echo.Echo, d Deps) {
	e.GET(pathHealth, s.health)
	e.HEAD(pathHealth, s.health)
	e.GET(pathReady, s.ready)
	e.HEAD(pathReady, s.ready)
	if d.MetricsOnMain {
		e.GET(pathMetrics, echo.WrapHandler(s.metrics.handler(d.Registry)))
	}
	if d.Static != nil {
		e.GET("/static/*", echo.WrapHandler(d.Static))
		e.HEAD("/static/*", echo.WrapHandler(d.Static))
	}
	if d.Favicon != nil {
		e.GET("/favicon.ico", echo.WrapHandler(d.Favicon))
		e.HEAD("/favicon.ico", echo.WrapHandler(d.Favicon))
	}
	for _, a := range d.Areas {
		a.Mount(e)
		if shower, ok := a.(ErrorShower); ok {
			for _, p := range shower.ErrorPrefixes() {
				s.shapes = append(s.shapes, shape{prefix: p, show: shower.ShowError})
			}
		}
	}
}

// known says whether a pattern is one of our routes.
func (s *Server) known(pattern string) bool { return s.patterns[pattern] }

// Handler is the whole site.
func (s *Server) Handler() http.Handler { return s.echo }

// Draining is closed when a shutdown begins: whoever holds a request open for long lets go of it then.
func (s *Server) Draining() <-chan struct{} { return s.drain }

// Timeouts of a connection. Writing ends with the request's deadline and what a slow reader gets on top (middleware.Deadline); the one
// here is the longest of them.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeader         = 16 << 10
)

// Serve answers on a listener until the context ends, then drains: readiness goes off, waiting pages are let go, requests
// under way have DrainTimeout to finish. It owns the listener. Nil after an orderly end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, l, s.echo)
}

// ServeOps answers health, readiness and metrics on a listener of their own.
func (s *Server) ServeOps(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, l, s.OpsHandler())
}

func (s *Server) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	// HTTP/1 alone: what proxies in front speak to a service. HTTP/2 would let one connection ask for as much as all others together.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	server := &http.Server{
		Handler: s.parting(h), Protocols: protocols, ConnState: s.sockets.state, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		// net/http logs what peers do wrong (TLS handshakes, early ends): worth a look, not an alarm.
		ErrorLog: slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.sockets.listen(l)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.Drain()
	// The parent has ended, and the drain has a time of its own.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.deps.DrainTimeout)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		s.deps.Log.WarnContext(ctx, "requests under way were cut off", "after", s.deps.DrainTimeout)
		return server.Close()
	}
	return err
}

// Unready turns readiness off while everything is still answered, so that a load balancer has time to notice. Each answer says that its
// connection is closed behind it: one that is kept open between proxies would carry a request that comes just when it is shut.
func (s *Server) Unready() { s.unready.Store(true) }

// parting ends connections with their next answer once the server is not ready any more.
func (s *Server) parting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.unready.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// Drain turns readiness off and lets go of waiting pages. Serve calls it; calling it again changes nothing.
func (s *Server) Drain() {
	s.Unready()
	if s.draining.CompareAndSwap(false, true) {
		close(s.drain)
	}
}

// discard takes what echo would print.
type discard struct{}

// Write implements io.Writer.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
