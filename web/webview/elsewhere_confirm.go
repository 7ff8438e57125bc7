package webview

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/seal"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// elsewhereConfirm takes the words chosen in the browser that the bank sent the end user back to. The state that it answers
// is in a sealed cookie of this browser, so that it stands in no address and no page of ours.
func (h *Handler) elsewhereConfirm(c echo.Context) error {
	if !middleware.SameOrigin(c.Request(), h.PublicURL) {
		return fault.New(fault.Forbidden, "This form was sent from another site.")
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	kind := c.Param("kind")
	state := h.elsewhereState(c, kind)
	if !h.CSRF.Valid(form.Get("csrf"), state, elsewhereScope(kind)) {
		return fault.New(fault.Forbidden, "This browser has forgotten the return from the bank, or was not asked.")
	}
	accepted, lang, err := h.Visits.ConfirmElsewhere(c.Request().Context(), kind, state.Reveal(), form.Get("words"), psuOf(c, h.langOf(c)))
	if err != nil && !errors.Is(err, connect.ErrStale) {
		return err
	}
	h.dropElsewhere(c)
	to := "/callback/" + url.PathEscape(kind)
	switch {
	case accepted, errors.Is(err, connect.ErrStale):
		// A second press of the button finds the attempt gone on: it was accepted, or has ended where it began.
		to += "/done"
	default:
		to += "/refused"
	}
	if h.knows(lang) {
		to += "?lang=" + lang
	}
	return seeOther(c, to)
}

// elsewhereDone says that the visit goes on where it began.
func (h *Handler) elsewhereDone(c echo.Context) error {
	b := h.base(c, h.pickedLang(c))
	return h.render(c, http.StatusOK, page.DoneElsewhere{Base: b, Connector: page.Connector{Name: b.Tr("stage.bank")}}.View(), false)
}

// elsewhereRefused says that nothing was shared.
func (h *Handler) elsewhereRefused(c echo.Context) error {
	return h.render(c, http.StatusOK, page.Ended{Base: h.base(c, h.pickedLang(c)), End: page.EndFailed}.View(), false)
}

func (h *Handler) pickedLang(c echo.Context) string {
	if l := c.QueryParam("lang"); h.knows(l) {
		return l
	}
	return h.langOf(c)
}

func elsewhereScope(kind string) string { return "callback/" + kind }

// elsewhereLifetime is how long the words may take, in seconds.
const elsewhereLifetime = 15 * 60

func (h *Handler) elsewhereCookie(value string, maxAge int) *http.Cookie {
	https := h.PublicURL.Scheme == "https"
	name := "passerelle-return"
	if https {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func elsewhereAD(kind string) seal.AD { return seal.AD{Table: "cookie", Column: "return", Row: kind} }

func (h *Handler) keepElsewhere(c echo.Context, kind string, state bank.Secret) error {
	sealed, err := h.Ring.Seal([]byte(state.Reveal()), elsewhereAD(kind))
	if err != nil {
		return err
	}
	c.SetCookie(h.elsewhereCookie(base64.RawURLEncoding.EncodeToString(sealed), elsewhereLifetime))
	return nil
}

// elsewhereState is the state that this browser came back with; zero when it did not, or its cookie is not ours.
func (h *Handler) elsewhereState(c echo.Context, kind string) bank.Secret {
	cookie, err := c.Cookie(h.elsewhereCookie("", 0).Name)
	if err != nil {
		return bank.Secret{}
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cookie.Value)
	if err != nil {
		return bank.Secret{}
	}
	plain, err := h.Ring.Open(sealed, elsewhereAD(kind))
	if err != nil {
		return bank.Secret{}
	}
	return bank.NewSecret(string(plain))
}

func (h *Handler) dropElsewhere(c echo.Context) { c.SetCookie(h.elsewhereCookie("", -1)) }
