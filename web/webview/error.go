package webview

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// statuses are the HTTP status codes of the kinds of fault, for pages.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Gone: http.StatusGone,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unsupported: http.StatusUnsupportedMediaType,
	fault.MethodNotAllowed: http.StatusMethodNotAllowed, fault.Misdirected: http.StatusMisdirectedRequest,
	fault.Limited: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// ShowError shows an error as a page, or as JSON to a script of ours. It implements web.Pages. Where the path names an
// attempt, the page leads back to it: nobody is left without a way on.
func (h *Handler) ShowError(c echo.Context, err error) {
	f := fault.As(err)
	if errors.Is(err, connect.ErrNotYours) {
		f = fault.New(fault.Forbidden, "This browser did not start the visit.")
	}
	status := statuses[f.Kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if f.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	reference := middleware.ID(c.Request().Context())
	if wantsJSON(c.Request()) {
		h.note(c, c.JSON(status, map[string]string{"error": f.Message, "reference": reference}))
		return
	}
	view := page.ErrorPage{Base: h.base(c, h.langOf(c)), Status: status}
	if status >= http.StatusInternalServerError {
		view.Reference = reference
	}
	if lang, id, aerr := h.attempt(c); aerr == nil {
		view.ReturnURL = h.PublicURL.Scheme + "://" + h.PublicURL.Host + pathOf(lang, id)
	}
	h.note(c, h.render(c, status, view.View(), false))
}

// note logs that an error page itself could not be made, and answers with a line of text.
func (h *Handler) note(c echo.Context, err error) {
	if err == nil {
		return
	}
	h.Log.ErrorContext(c.Request().Context(), "the error page failed", "error", err)
	if !c.Response().Committed {
		_ = c.String(http.StatusInternalServerError, "Something went wrong on our side.\n") // nobody is left to tell
	}
}
