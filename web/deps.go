package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// Area is a part of the site that mounts its own routes.
type Area interface{ Mount(e *echo.Echo) }

// ErrorShower is an Area that answers errors below its prefixes in a shape of its own (JSON, say). Errors anywhere else are
// shown as pages.
type ErrorShower interface {
	Area
	// ErrorPrefixes are path prefixes such as "/2.0/".
	ErrorPrefixes() []string
	// ShowError answers a request that failed. The response is not committed.
	ShowError(c echo.Context, err error)
}

// Pages shows an error as a page. webview.Handler implements it.
type Pages interface {
	ShowError(c echo.Context, err error)
}

// Deps is what the server is built from.
type Deps struct {
	// PublicURL is the address that browsers reach us at: scheme and host, nothing else. Links, cookies and the Host check
	// are made from it, never from a header.
	PublicURL *url.URL
	// Areas are mounted in this order.
	Areas []Area
	// Pages shows errors outside every ErrorShower.
	Pages Pages
	// Static serves /static/…, Favicon /favicon.ico; nil leaves them out.
	Static, Favicon http.Handler
	// Ready says whether what the service leans on answers (the store's ping). It gets a short deadline.
	Ready func(ctx context.Context) error
	// TrustedProxies are believed about the client's address (X-Forwarded-For). None means the peer is the client.
	TrustedProxies []netip.Prefix
	// Registry takes our metrics and is served at /metrics; nil means a registry of its own.
	Registry *prometheus.Registry
	// MetricsOnMain serves /metrics beside the pages; OpsHandler serves it in any case.
	MetricsOnMain bool
	// Draining is closed by the server when a shutdown begins. The wiring makes it when areas need it before the server is
	// there; nil means one of the server's own.
	Draining chan struct{}
	// Parts are what else the service leans on, told by readiness beside the store.
	Parts []Part
	// StoreDeadline caps a request that waits for the store alone (default 1.7 s), Deadline one that may wait for a bank (default
	// 30 s), DrainTimeout a shutdown (default 10 s).
	StoreDeadline, Deadline, DrainTimeout time.Duration
	// MostRequests is how many requests are answered at a time (default 1,024), and as many again that wait for banks; more are
	// refused at once. MostConnections is how many connections are open at a time (default 8,192, or fewer where the system allows
	// fewer open files).
	MostRequests, MostConnections int
	Log                           *slog.Logger
	// Clock times requests; nil means time.Now.
	Clock func() time.Time
}

// check fills in defaults and names what is missing.
func (d *Deps) check() error {
	switch {
	case d.PublicURL == nil || d.PublicURL.Host == "":
		return errors.New("web: Deps.PublicURL is needed, with scheme and host")
	case d.Pages == nil:
		return errors.New("web: Deps.Pages is needed")
	case d.Ready == nil:
		return errors.New("web: Deps.Ready is needed")
	case d.Log == nil:
		return errors.New("web: Deps.Log is needed")
	}
	if d.Registry == nil {
		d.Registry = prometheus.NewRegistry()
	}
	if d.Deadline <= 0 {
		d.Deadline = 30 * time.Second
	}
	if d.StoreDeadline <= 0 {
		d.StoreDeadline = storeDeadline
	}
	if d.MostRequests <= 0 {
		d.MostRequests = defaultRequests
	}
	if d.MostConnections <= 0 {
		d.MostConnections = defaultConnections()
	}
	if d.DrainTimeout <= 0 {
		d.DrainTimeout = 10 * time.Second
	}
	if d.Draining == nil {
		d.Draining = make(chan struct{})
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	return nil
}

// Group makes an Area of something that mounts itself below a prefix, with the shape of its errors.
func Group(prefix string, mounter interface{ Mount(g *echo.Group) }, show func(c echo.Context, err error)) Area {
	return group{prefix: prefix, mounter: mounter, show: show}
}

type group struct {
	prefix  string
	mounter interface{ Mount(g *echo.Group) }
	show    func(c echo.Context, err error)
}

// Mount implements Area.
func (g group) Mount(e *echo.Echo) { g.mounter.Mount(e.Group(g.prefix)) }

// ErrorPrefixes implements ErrorShower.
func (g group) ErrorPrefixes() []string { return []string{g.prefix + "/"} }

// ShowError implements ErrorShower.
func (g group) ShowError(c echo.Context, err error) { g.show(c, err) }
