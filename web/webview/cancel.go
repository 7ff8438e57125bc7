package webview

import (
	"errors"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
)

// cancel ends the visit at any step. A visit that has ended already is led back to the client application all the same:
// whoever presses this wants to leave.
func (h *Handler) cancel(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	err := h.Visits.Cancel(ctx, d.Act)
	if !errors.Is(err, connect.ErrStale) {
		return err
	}
	v, lerr := h.Visits.Look(ctx, d.ID, d.Bind, d.PSU)
	if lerr != nil {
		return lerr
	}
	if v.Page == connect.PageCancelled {
		return seeOther(c, d.path())
	}
	return err
}
