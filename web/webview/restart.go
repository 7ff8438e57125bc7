package webview

import "github.com/labstack/echo/v4"

// restart begins a fresh attempt with the request of one that has ended without success: nobody has to go back to the client
// application because a page was left open.
func (h *Handler) restart(c echo.Context, d doing) error {
	a, secret, err := h.Visits.Restart(c.Request().Context(), d.ID, d.Bind, d.PSU)
	if err != nil {
		return err
	}
	h.begun.Inc()
	if err := h.Browser.KeepFor(c.Request(), c.Response(), a.ID, a.ClientID, secret); err != nil {
		return err
	}
	return seeOther(c, pathOf(d.lang, a.ID))
}
