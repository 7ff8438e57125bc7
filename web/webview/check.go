package webview

import "github.com/labstack/echo/v4"

// check is "I approved, check now": the bank is asked at once.
func (h *Handler) check(c echo.Context, d doing) error {
	return h.Visits.Check(c.Request().Context(), d.Act)
}
