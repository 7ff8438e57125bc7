package oauth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/web/params"
)

// revoke is POST /revoke (RFC 7009 §2.1). The hint is not needed: a token tells by itself what it is. Unknown tokens are answered like
// those that were revoked (§2.2).
func (h *Handler) revoke(c echo.Context) error {
	p, err := params.Read(c.Request())
	if err != nil {
		return err
	}
	token, err := p.Required("token")
	if err != nil {
		return err
	}
	q, err := h.authenticate(c, p)
	if err != nil {
		return err
	}
	if err := h.Grants.Revoke(c.Request().Context(), q.client, bank.NewSecret(token)); err != nil {
		return err
	}
	noStore(c)
	return c.NoContent(http.StatusOK)
}
