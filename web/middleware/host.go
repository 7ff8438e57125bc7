package middleware

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Host refuses requests that name another host than the public one (421), and absolute-form request targets, which echo would
// route: links and cookies are made from the public address alone, so a request that believes it is elsewhere is an attack or
// a mistake (R70, A67). The paths in open (health checks) answer to every name, and to none (HTTP/1.0): a prober may have another
// name for us, and they show nothing that depends on it.
func Host(public *url.URL, open ...string) echo.MiddlewareFunc {
	want := canonicalHost(public.Scheme, public.Host)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.URL.IsAbs() || r.URL.Host != "" {
				return misdirected(public)
			}
			if seeded.HostTrusted || strings.EqualFold(r.Host, public.Host) || canonicalHost(public.Scheme, r.Host) == want {
				return next(c)
			}
			if slices.Contains(open, r.URL.Path) {
				return next(c)
			}
			return misdirected(public)
		}
	}
}

func misdirected(public *url.URL) error {
	return fault.New(fault.Misdirected, "This service answers at %s only: use that address.", public)
}

// canonicalHost is host and port in lower case, without the scheme's own port.
func canonicalHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch {
	case scheme == "https" && strings.HasSuffix(host, ":443"):
		return strings.TrimSuffix(host, ":443")
	case scheme == "http" && strings.HasSuffix(host, ":80"):
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// NoTrace refuses TRACE everywhere, known path or not: it echoes headers, cookies among them (R71).
func NoTrace() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if m := c.Request().Method; m == http.MethodTrace || m == http.MethodConnect {
				c.Response().Header().Set(echo.HeaderAllow, "GET, HEAD, POST")
				return fault.New(fault.MethodNotAllowed, "The method %s is not answered here.", m)
			}
			return next(c)
		}
	}
}
