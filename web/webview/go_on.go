package webview

import "github.com/labstack/echo/v4"

// goOn ends the wait for a first reading; what is read goes on being read.
func (h *Handler) goOn(c echo.Context, d doing) error {
	return h.Visits.GoOn(c.Request().Context(), d.Act)
}
