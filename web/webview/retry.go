package webview

import "github.com/labstack/echo/v4"

// retry tries the same connector again after a failure or a refusal.
func (h *Handler) retry(c echo.Context, d doing) error {
	return h.Visits.Retry(c.Request().Context(), d.Act)
}
