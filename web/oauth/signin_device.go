package oauth

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// mostDeviceCookie caps what is read of a cookie: the vouchers that one device keeps, and no more.
const mostDeviceCookie = 512

// deviceCookie keeps the vouchers of those who signed in with this device, so that a stranger's guesses do not hold them up. It opens
// nothing and names nobody; without it the page works as well, held up by whatever others try. Lax: the browser comes from the client
// application.
func (h *SignIn) deviceCookie(value string) *http.Cookie {
	https := h.PublicURL.Scheme == "https"
	name := "passerelle-device"
	if https {
		name = "__Host-" + name
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(grant.DeviceLifetime / time.Second),
	}
}

// vouchers are those that a request brings: the one of the client application's own link first, then the device's.
func (h *SignIn) vouchers(c echo.Context, q *authorization) []bank.Secret {
	var out []bank.Secret
	if v := q.values.Get(ParamVoucher); v != "" {
		out = append(out, bank.NewSecret(v))
	}
	cookies := c.Request().CookiesNamed(h.deviceCookie("").Name)
	if len(cookies) != 1 || len(cookies[0].Value) > mostDeviceCookie { // none, or a second one planted beside ours
		return out
	}
	for v := range strings.SplitSeq(cookies[0].Value, ".") {
		out = append(out, bank.NewSecret(v))
	}
	return out
}

// knowDevice has the browser keep that somebody signed in with it.
func (h *SignIn) knowDevice(c echo.Context, asked grant.SignInRequest) error {
	kept, err := h.Grants.KnowDevice(asked)
	if err != nil {
		return err
	}
	words := make([]string, len(kept))
	for i, v := range kept {
		words[i] = v.Reveal()
	}
	c.SetCookie(h.deviceCookie(strings.Join(words, ".")))
	return nil
}
