package webview

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// termsDecide takes accept or decline. What is recorded with an acceptance is the hash of the text in the language shown.
func (h *Handler) termsDecide(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	switch d.form.Get("decision") {
	case "accept":
		hash, err := h.termsHash(c, d)
		if err != nil {
			return err
		}
		return h.Visits.AcceptTerms(ctx, d.Act, hash)
	case "decline":
		return h.Visits.RefuseTerms(ctx, d.Act)
	}
	return fault.New(fault.Invalid, "The decision must be accept or decline.").WithField("decision")
}
