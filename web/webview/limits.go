package webview

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
)

// limited holds a route to the limits of its class. Below a prefix of the API a refusal is a page too: people are led there.
func (h *Handler) limited(r route, handle echo.HandlerFunc) echo.HandlerFunc {
	if h.Limits == nil {
		return handle
	}
	class := classOf(r)
	limited := h.Limits.Limit(class, handle)
	if !strings.Contains(r.path, "/widget/") && !strings.HasPrefix(r.path, "/2.0/") {
		return limited
	}
	return func(c echo.Context) error {
		err := limited(c)
		if err != nil && !c.Response().Committed {
			h.ShowError(c, err)
		}
		return err
	}
}

// classOf says what a route costs. Addresses that only lead to one with a language are counted there.
func classOf(r route) middleware.Class {
	below, ofAttempt := strings.CutPrefix(r.path, attemptPath)
	switch {
	case strings.Contains(r.path, "/widget/"), strings.HasSuffix(r.path, "/webauth"),
		r.path == "/:lang/connect", r.path == "/:lang/reconnect", r.path == "/:lang/manage":
		return middleware.ClassEntry
	case !ofAttempt:
		return middleware.ClassPage
	case below == "/search":
		return middleware.ClassSearch
	case below == "/status":
		return middleware.ClassPoll
	case below == "/credentials", below == "/challenge":
		return middleware.ClassSubmit
	case r.method == http.MethodPost:
		return middleware.ClassAct
	}
	return middleware.ClassPage
}
