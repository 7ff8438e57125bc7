package webview

import "github.com/labstack/echo/v4"

// sourceChoose takes the way into the connector.
func (h *Handler) sourceChoose(c echo.Context, d doing) error {
	return h.Visits.ChooseSource(c.Request().Context(), d.Act, d.form.Get("source"))
}
