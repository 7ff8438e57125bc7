package webview

import (
	"errors"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
)

// cancel ends the visit at any step, or, in the manage flow, the step. A visit that has ended already is led back to the client
// application all the same: whoever presses this wants to leave.
func (h *Handler) cancel(c echo.Context, d doing) error {
	return h.leaving(c, d, h.Visits.Cancel(c.Request().Context(), d.Act), connect.PageCancelled)
}

// leaving goes on after an attempt to end the visit: a second click, whose step is over, leads to the end that the first made.
func (h *Handler) leaving(c echo.Context, d doing, err error, end connect.Page) error {
	if !errors.Is(err, connect.ErrStale) {
		return err
	}
	v, lerr := h.Visits.Look(c.Request().Context(), d.ID, d.Bind, d.PSU)
	if lerr != nil {
		return lerr
	}
	if v.Page == end {
		return seeOther(c, d.path())
	}
	return err
}
