package webview

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// credentialsSubmit takes the identifiers. Accepted, the browser's claim is renewed: what it held before is worth nothing
// from here on (R36, A48). Not acceptable, the form is shown again with what is wrong and nothing secret in it.
func (h *Handler) credentialsSubmit(c echo.Context, d doing) error {
	ctx := c.Request().Context()
	secret, wrong, err := h.Visits.SubmitCredentials(ctx, d.Act, fieldValues(d.form))
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
	if v.Page != connect.PageCredentials {
		return connect.ErrStale
	}
	b, err := h.attemptBase(c, d.lang, v)
	if err != nil {
		return err
	}
	return h.renderAttempt(c, http.StatusUnprocessableEntity, credentialsView(b, v, d.form, wrong).View(), v)
}

// renew gives the browser its new secret.
func (h *Handler) renew(c echo.Context, d doing, secret bank.Secret) error {
	if secret.IsZero() {
		return nil
	}
	return h.Browser.Keep(c.Request(), c.Response(), d.ID, secret)
}

// fieldPrefix marks the form fields that a connector asked for.
const fieldPrefix = "field."

// fieldValues are the connector's fields of a form, by name.
func fieldValues(form url.Values) map[string]bank.Secret {
	out := make(map[string]bank.Secret)
	for name, v := range form {
		if field, ok := strings.CutPrefix(name, fieldPrefix); ok {
			out[field] = bank.NewSecret(v[0])
		}
	}
	return out
}
