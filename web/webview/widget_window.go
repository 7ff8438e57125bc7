package webview

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// A client application can open the widget in a window of its own and be told the end by a message, as from a frame. For that the two
// windows must keep knowing one another, which Cross-Origin-Opener-Policy: same-origin, in force on all other pages, prevents. So the
// pages of such a visit are sent without it, in the one browser that opened it, and only where the client application has origins
// that may hear the message: it asked to be spoken to.

// windowLifetime is how long that lasts, in seconds: as long as a visit may.
const windowLifetime = int(connect.MostLifetime / 1e9)

func (h *Handler) windowCookie(value string) *http.Cookie {
	https := h.PublicURL.Scheme == "https"
	name := "passerelle-window"
	if https {
		name = "__Host-" + name
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: windowLifetime, Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

const openerPolicy = "Cross-Origin-Opener-Policy"

// openedBy remembers the visit that this browser has in a window that somebody may have opened. It holds the attempt's id, which is
// no secret.
func (h *Handler) openedBy(c echo.Context, e *widgetVisit, id string) {
	if middleware.InFrame(c.Request()) || len(e.client.Options.AllowedOrigins) == 0 {
		return
	}
	c.SetCookie(h.windowCookie(id))
	c.Response().Header()[openerPolicy] = []string{"unsafe-none"}
}

// keepOpener lets the window of such a visit be known to the one that opened it, redirects included: each answer decides.
func (h *Handler) keepOpener(next echo.HandlerFunc) echo.HandlerFunc {
	if h.Widgets == nil {
		return next
	}
	return func(c echo.Context) error {
		if cookie, err := c.Cookie(h.windowCookie("").Name); err == nil && len(cookie.Value) == len(noID) {
			path := c.Request().URL.Path
			if strings.Contains(path, "/attempt/"+cookie.Value) || strings.HasPrefix(path, "/callback/") {
				c.Response().Header()[openerPolicy] = []string{"unsafe-none"}
			}
		}
		return next(c)
	}
}

// noID is as long as an attempt's id.
const noID = "00000000-0000-0000-0000-000000000000"

// speaks gives the origins that may have opened the window of a visit and hear its end; none for a visit that nobody listens to.
func speaks(client grant.Client, r connect.Request) []string {
	if r.Widget == nil || len(r.FrameOrigins) > 0 {
		return nil
	}
	return client.Options.AllowedOrigins
}

// windowWait is when a window that nobody closed goes back by itself, in seconds. Its script goes at once where nobody opened it.
const windowWait = "2"

// leadWindow ends a visit whose window somebody may have opened: it tells them, and goes back.
func (h *Handler) leadWindow(c echo.Context, b page.Base, v *connect.View, origins []string) error {
	a := h.answer(v)
	if to := a.appendTo(""); to != "" {
		c.Response().Header().Set("Refresh", windowWait+";url="+to)
	}
	return h.endFrame(c, b, endOf(v.Outcome.Ending), a, v.Outcome.RedirectURI, origins)
}
