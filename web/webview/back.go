package webview

import (
	"errors"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
)

// back leads to the picker again. From the page of a bank that is not listed the visit has ended already, so that is a
// fresh one with the same request.
func (h *Handler) back(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	err := h.Visits.Back(ctx, d.Act)
	if !errors.Is(err, connect.ErrStale) {
		return err
	}
	v, lerr := h.Visits.Look(ctx, d.ID, d.Bind, d.PSU)
	if lerr != nil {
		return lerr
	}
	if v.Page != connect.PageCancelled || v.Outcome.Ending != connect.EndingNotListed {
		return err
	}
	return h.restart(c, d)
}
