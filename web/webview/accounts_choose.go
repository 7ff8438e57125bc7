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
		return connect.Consented{Text: consentText(h.selectionView(clientBase(h.plainBase(d.lang), v.Client), v, page.Text{})), Lang: d.lang}
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
func consentText(p page.AccountSelection) string {
	parts := []string{p.Lead(), p.Purpose, p.Consent()}
	if p.None {
		parts = append(parts, p.Nothing())
	}
	return strings.Join(append(parts, p.Tr("accounts.withdraw")), "\n")
}
