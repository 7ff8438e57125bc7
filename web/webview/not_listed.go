package webview

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// mostQuery is the longest search text that is kept, in bytes; a longer one is cut at a character.
const mostQuery = 80

// notListed takes "my bank is not listed".
func (h *Handler) notListed(c echo.Context, d doing) error {
	query := strings.TrimSpace(d.form.Get("query"))
	if len(query) > mostQuery {
		query = strings.ToValidUTF8(query[:mostQuery], "")
	}
	return h.Visits.NotListed(c.Request().Context(), d.Act, query)
}
