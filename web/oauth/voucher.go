package oauth

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/web/params"
	"passerelle/web/respond"
)

// ParamVoucher is the parameter of the sign-in page that carries a voucher, and its name in the answer that gives one.
const ParamVoucher = "signin_voucher"

// voucherAnswer is what is given for an e-mail address.
type voucherAnswer struct {
	Voucher   string `json:"signin_voucher"`
	ExpiresIn int    `json:"expires_in"`
}

// voucher is POST /signin/voucher: a client backend that says who it is gets the word that lets one e-mail address try its password
// beside whatever strangers try. It is told nothing of whether anybody has that address.
//
// [INF] No dialect documents one. It is asked for, and not put into every link: an application that gave one to whoever opens its
// own page would give it to whoever guesses.
func (h *Handler) voucher(c echo.Context) error {
	p, err := params.Read(c.Request())
	if err != nil {
		return err
	}
	email, err := p.Required("email")
	if err != nil {
		return err
	}
	q, err := h.authenticate(c, p)
	if err != nil {
		return err
	}
	given, err := h.Grants.NewVoucher(c.Request().Context(), q.client, email)
	if err != nil {
		return err
	}
	noStore(c)
	return respond.JSON(c, http.StatusOK, voucherAnswer{Voucher: given.Value.Reveal(), ExpiresIn: int(given.ExpiresIn.Seconds())})
}
