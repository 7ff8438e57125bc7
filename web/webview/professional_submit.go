package webview

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
)

// professionalSubmit takes the details of a professional account's holder. Not acceptable, the form is shown again with what was typed
// and what is wrong with it.
func (h *Handler) professionalSubmit(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	wrong, err := h.Visits.SubmitProfessional(ctx, d.Act, professionalOf(d.form))
	if err != nil || len(wrong) == 0 {
		return err
	}
	v, err := h.Visits.Look(ctx, d.ID, d.Bind, d.PSU)
	if err != nil {
		return err
	}
	if v.Page != connect.PageProfessional {
		return connect.ErrStale
	}
	b, err := h.attemptBase(c, d.lang, v)
	if err != nil {
		return err
	}
	return h.renderAttempt(c, http.StatusUnprocessableEntity, professionalView(b, v, d.form, wrong).View(), v)
}
