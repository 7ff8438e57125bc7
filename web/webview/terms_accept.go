package webview

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// termsDecide takes accept or decline. What is recorded with an acceptance is the hash of the text in the language shown.
func (h *Handler) termsDecide(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	switch d.form.Get("decision") {
	case "accept":
		return h.Visits.AcceptTerms(ctx, d.Act, func(client grant.Client) (string, error) { return h.terms.hash(ctx, h, d.lang, client) })
	case "decline":
		return h.Visits.RefuseTerms(ctx, d.Act)
	}
	return fault.New(fault.Invalid, "The decision must be accept or decline.").WithField("decision")
}
