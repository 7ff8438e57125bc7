package webview

import "github.com/labstack/echo/v4"

// back leads to the picker again.
func (h *Handler) back(c echo.Context, d doing) error {
	return h.Visits.Back(c.Request().Context(), d.Act)
}
