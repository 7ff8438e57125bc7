package webview

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/templates/page"
)

// accountsChoose takes the consent: the accounts ticked, and the text that was agreed to.
func (h *Handler) accountsChoose(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	err := h.Visits.ChooseAccounts(ctx, d.Act, d.form["account"], func(v *connect.View) connect.Consented {
		return connect.Consented{Text: consentText(clientBase(h.plainBase(d.lang), v.Client), v), Lang: d.lang}
	})
	if f := fault.As(err); err == nil || f.Kind != fault.Invalid || f.Field != "account" {
		return err
	}
	v, err := h.Visits.Look(ctx, d.ID, d.Bind, d.PSU)
	if err != nil {
		return err
	}
	if v.Page != connect.PageSelection && v.Page != connect.PagePick || v.Attempt.Step != d.Step {
		return connect.ErrStale
	}
	b, err := h.attemptBase(c, d.lang, v)
	if err != nil {
		return err
	}
	return h.renderAttempt(c, http.StatusUnprocessableEntity, h.selectionView(b, v, page.ErrorNoAccount).View(), v)
}

// consentText is what the page said that the end user agreed to, for the record.
func consentText(b page.Base, v *connect.View) string {
	parts := []string{b.Tr("accounts.lead", "Client", b.Client()), purposeOf(v.Client, b.Lang)}
	if v.ConsentUntil.IsZero() {
		parts = append(parts, b.Tr("accounts.consent", "Client", b.Client()))
	} else {
		parts = append(parts, b.Tr("accounts.consent_until", "Client", b.Client(), "Date", b.Date(v.ConsentUntil)))
	}
	parts = append(parts, b.Tr("accounts.withdraw"))
	return strings.Join(parts, "\n")
}
