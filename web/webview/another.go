package webview

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// another takes the answer to "add another?".
func (h *Handler) another(c echo.Context, d doing) error {
	switch d.form.Get("decision") {
	case "add":
		return h.Visits.Another(c.Request().Context(), d.Act, true)
	case "finish":
		return h.Visits.Another(c.Request().Context(), d.Act, false)
	}
	return fault.New(fault.Invalid, "The decision must be add or finish.").WithField("decision")
}
