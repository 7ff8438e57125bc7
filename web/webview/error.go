package webview

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/templates/page"
	"passerelle/web/middleware"
	"passerelle/web/respond"
)

// mostError caps what it may take to show an error.
const mostError = 5 * time.Second

// ShowError shows an error as a page, or as JSON to a script of ours. It implements web.Pages. The request's own deadline has
// ended with its handler, and nothing can be asked or rendered in its context: an error has a time of its own.
func (h *Handler) ShowError(c echo.Context, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), mostError)
	defer cancel()
	c.SetRequest(c.Request().WithContext(ctx))
	if errors.Is(err, connect.ErrNotYours) {
		err = fault.New(fault.Forbidden, "This browser did not start the visit.")
	}
	if wantsJSON(c.Request()) {
		respond.Problem(c, err)
		return
	}
	respond.Page(h.errorPage)(c, err)
}

// again is what to ask for once more after a while: the same, or the visit that a form was of. Nothing was done of what was asked,
// so that it is all still there.
func (h *Handler) again(c echo.Context, visit string) string {
	r := c.Request()
	switch {
	case visit != "":
		return visit
	case r.Method != http.MethodGet:
		return ""
	}
	return h.PublicURL.Scheme + "://" + h.PublicURL.Host + "/" + strings.TrimLeft(r.URL.RequestURI(), "/")
}

// errorPage renders the page of an error. Where the path names an attempt, the page leads back to it: nobody is left without
// a way on.
func (h *Handler) errorPage(c echo.Context, status int, f *fault.Error, reference string) error {
	if status == http.StatusNotFound {
		if shown, err := h.showGone(c); shown || err != nil {
			return err
		}
	}
	view := page.ErrorPage{Base: h.base(c, h.langOf(c)), Status: status}
	if status >= http.StatusInternalServerError {
		view.Reference = reference
	}
	if lang, id, err := h.attempt(c); err == nil {
		view.ReturnURL = h.PublicURL.Scheme + "://" + h.PublicURL.Host + pathOf(lang, id)
		h.frameError(c, id)
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		view.RetryAfter, view.RetryURL = f.RetryAfter, h.again(c, view.ReturnURL)
	}
	middleware.Tidy(c.Response().Header())
	return h.render(c, status, view.View(), false)
}
