package webview

import "github.com/labstack/echo/v4"

// recognized finds out what the browser holds of the visit that a page is of before the page looks: where that cannot be found out, the
// request fails as one that may be sent again, and nobody is told that their visit is another's.
func (h *Handler) recognized(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if id := c.Param("id"); id != "" {
			if err := h.Browser.Recognize(c.Request(), id); err != nil {
				return err
			}
		}
		return next(c)
	}
}
