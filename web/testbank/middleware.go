package testbank

import (
	"context"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// policy is the bank's Content-Security-Policy: its own style sheet and nothing else; image data for the image challenge.
// form-action is left out: Chromium applies it to the redirects that follow a form, and the consent form ends at the client
// and wherever that sends the browser next.
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

// under applies a middleware to the paths of one area.
func under(prefix string, m echo.MiddlewareFunc) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		with := m(next)
		return func(c echo.Context) error {
			if path := c.Request().URL.Path; path == prefix || strings.HasPrefix(path, prefix+"/") {
				return with(c)
			}
			return next(c)
		}
	}
}

// weather makes the bank slow or down, as the control API said.
func (s *Server) weather(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		down, delay := s.bank.Weather()
		if err := pause(c.Request().Context(), delay); err != nil {
			return err
		}
		if down {
			return &bank.Refusal{Code: bank.CodeUnavailable, Message: "The bank is closed for maintenance.", RetryAfter: 30 * time.Second}
		}
		return next(c)
	}
}

// slowly waits when a scenario says that every answer takes its time.
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

// loopbackOnly guards the control API. The peer must be on this machine and not a proxy that speaks for somebody else, the
// host must be a loopback address, so that a rebound DNS name does not get in, and a body must be JSON, which a form on a
// foreign page cannot send.
func (s *Server) loopbackOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		peer, _, err := net.SplitHostPort(r.RemoteAddr)
		forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
		if err != nil || forwarded || !loopback(peer) || !loopback(hostname(r.Host)) {
			return echo.NewHTTPError(http.StatusForbidden, "The control API answers this machine alone.")
		}
		if r.Method == http.MethodPost {
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != echo.MIMEApplicationJSON {
				return echo.NewHTTPError(http.StatusUnsupportedMediaType, "Send Content-Type: application/json.")
			}
		}
		return next(c)
	}
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
