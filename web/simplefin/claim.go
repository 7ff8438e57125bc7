package simplefin

import (
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// SetupToken is what an end user pastes into a program: base64 of the claim address, as the protocol has it. public is our address.
func SetupToken(public string, setup bank.Secret) bank.Secret {
	return bank.NewSecret(base64.StdEncoding.EncodeToString([]byte(public + pathClaim + setup.Reveal())))
}

// info is GET /simplefin/info: the versions spoken.
func (*Handler) info(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.JSON(http.StatusOK, map[string][]string{"versions": {"1.0", "2.0"}}) //nolint:wrapcheck // echo's own
}

// claim is POST /simplefin/claim/TOKEN: a setup token for an access URL, once. The token is in the address because the protocol has it
// there; it lives an hour and is good for one claim, and the log keeps the route's pattern, never the path.
func (h *Handler) claim(c echo.Context) error {
	if err := h.Limits.Known(c); err != nil {
		return err
	}
	if err := h.Limits.Begin(c); err != nil {
		return err
	}
	access, err := h.Grants.Claim(c.Request().Context(), bank.NewSecret(c.Param("token")))
	if err != nil {
		return h.wrong(c, err)
	}
	to, err := url.Parse(h.PublicURL + Path)
	if err != nil {
		return err //nolint:wrapcheck // the public address was checked at the start
	}
	to.User = url.UserPassword(grant.AccessUser(access), access.Reveal())
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.String(http.StatusOK, to.String()) //nolint:wrapcheck // echo's own
}

// wrong counts a wrong setup token or access as what it is, a wrong credential, whatever status the protocol answers it with.
func (h *Handler) wrong(c echo.Context, err error) error {
	if fault.Is(err, fault.Forbidden) {
		_ = h.Limits.Wrong(c, fault.New(fault.Unauthenticated, "").WithCause(err))
	}
	return err
}

// caller says whose the access URL is that a program presents by HTTP Basic, and holds them to their limits.
func (h *Handler) caller(c echo.Context) (grant.Caller, error) {
	if err := h.Limits.Known(c); err != nil {
		return grant.Caller{}, err
	}
	user, password, ok := c.Request().BasicAuth()
	if !ok {
		return grant.Caller{}, fault.New(fault.Unauthenticated, "Send the user and the password of the access URL by HTTP Basic.")
	}
	caller, err := h.Grants.Access(c.Request().Context(), user, bank.NewSecret(password))
	if err != nil {
		return grant.Caller{}, h.wrong(c, err)
	}
	return caller, h.Limits.OfUser(c, caller.UserID)
}
