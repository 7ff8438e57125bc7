package middleware

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/seeded"
)

// Host refuses requests that name another host than the public one (421), and absolute-form request targets, which echo would
// route: links and cookies are made from the public address alone, so a request that believes it is elsewhere is an attack or
// a mistake (R70, A67). The paths in open (health checks) also answer to addresses and loopback names, since a prober has no
// other name for us; they show nothing that depends on the name.
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
			for _, path := range open {
				if r.URL.Path == path && plainHost(r.Host) {
					return next(c)
				}
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

// plainHost says whether a Host header is an IP address or a loopback name.
func plainHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// ClientIP says how the client's address is found: the peer, or, behind trusted proxies, the nearest address in
// X-Forwarded-For that is not one of them.
func ClientIP(trusted []netip.Prefix) echo.IPExtractor {
	if seeded.ForwardedTrusted {
		return func(r *http.Request) string {
			return strings.TrimSpace(strings.Split(r.Header.Get(echo.HeaderXForwardedFor), ",")[0])
		}
	}
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		p = p.Masked()
		bits := p.Addr().BitLen()
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), bits)}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
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
