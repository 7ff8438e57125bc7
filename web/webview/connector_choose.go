package webview

import "github.com/labstack/echo/v4"

// connectorChoose takes the connector picked from the list.
func (h *Handler) connectorChoose(c echo.Context, d doing) error {
	return h.Visits.ChooseConnector(c.Request().Context(), d.Act, d.form.Get("connector"))
}
