package testbank

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// hosts refuses requests that name another host than the bank's own. A page of somebody else whose name is made to lead here
// (DNS rebinding) is a foreign page to the bank and the bank's own to the browser, which would let it read the pages and press
// their buttons. An address cannot be rebound, and localhost is never asked of a name server, so that both are let in under
// whatever name the bank is known: they reach it from the same machine or network.
func (s *Server) hosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := c.Request().Host
		name := strings.ToLower(hostname(host))
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if err == nil || name == "localhost" || strings.EqualFold(host, s.public.Host) || strings.EqualFold(host, withPort(s.public.Scheme, s.public.Host)) {
			return next(c)
		}
		return echo.NewHTTPError(http.StatusMisdirectedRequest, "The bank answers at "+s.public.String()+" only.")
	}
}

// withPort names the scheme's own port, which some programs write out.
func withPort(scheme, host string) string {
	if scheme == "https" {
		return host + ":443"
	}
	return host + ":80"
}

// ownForms refuses what a page of somebody else sends: a form of theirs could approve what waits on a phone, or end a consent.
// Programs send neither Sec-Fetch-Site nor Origin and pass.
func (s *Server) ownForms() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
	// A proxy may have put another host in the place of the one that the browser named. An origin of a URL that was checked
	// cannot be refused.
	_ = protection.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := protection.Check(c.Request()); err != nil {
				return echo.NewHTTPError(http.StatusForbidden, "This was sent from a page of another site.")
			}
			return next(c)
		}
	}
}
