package sandboxbank

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/testbank"
)

// policy is the bank's Content-Security-Policy: its own style sheet and nothing else. form-action is left out: Chromium applies it to
// the redirects that follow a form, and the consent form ends wherever the third party sends the browser next.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		// With no-referrer a browser sends "Origin: null" with the bank's own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		return next(c)
	}
}

// hosts refuses requests that name another host than the bank's own, so that a name of somebody else's that is made to lead here
// (DNS rebinding) is no page of the bank's to a browser.
func (s *Server) hosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := c.Request().Host
		name := strings.ToLower(hostname(host))
		_, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if err == nil || name == "localhost" || strings.EqualFold(host, s.public.Host) || strings.EqualFold(name, s.public.Hostname()) {
			return next(c)
		}
		return echo.NewHTTPError(http.StatusMisdirectedRequest, "The bank answers at "+s.public.String()+" only.")
	}
}

// ownForms refuses what a page of somebody else sends: a form of theirs could approve what waits on a phone, or end a consent.
func (s *Server) ownForms() echo.MiddlewareFunc {
	protection := http.NewCrossOriginProtection()
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

// weather makes an API slow or down, as the operator said.
func (s *Server) weather(c echo.Context) error {
	down, delay := s.bank.People().Weather()
	if err := pause(c.Request().Context(), delay); err != nil {
		return err
	}
	if down {
		return &testbank.Refusal{Code: testbank.CodeUnavailable, Message: "The bank is closed for maintenance.", RetryAfter: 30 * time.Second}
	}
	return nil
}

// slowly waits when a customer acts out that every answer takes its time.
func (s *Server) slowly(c echo.Context, slow bool) error {
	if !slow {
		return nil
	}
	return pause(c.Request().Context(), s.slow)
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}
