package webview

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
)

// challengeAnswer takes the answer to what the bank asked in between. Like identifiers, it renews the browser's claim (R36).
func (h *Handler) challengeAnswer(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	secret, wrong, err := h.Visits.AnswerChallenge(ctx, d.Act, fieldValues(d.form))
	if err != nil {
		return err
	}
	if len(wrong) == 0 {
		return h.renew(c, d, secret)
	}
	v, err := h.Visits.Look(ctx, d.ID, d.Bind, d.PSU)
	if err != nil {
		return err
	}
	if v.Page != connect.PageChallenge {
		return connect.ErrStale
	}
	b, err := h.attemptBase(c, d.lang, v)
	if err != nil {
		return err
	}
	return h.renderAttempt(c, http.StatusUnprocessableEntity, h.challengeView(b, v, d.form, wrong).View(), v)
}
