package oauth

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/web/middleware"
)

// bindLifetime is how long a form stays good in a browser that was left open.
const bindLifetime = 2 * time.Hour

// bindCookie is what ties a form to the browser that it was shown in. It is no session and says nothing of anybody; a sign-in that a
// page elsewhere makes a browser send is refused by it (login CSRF).
func (h *SignIn) bindCookie(value string) *http.Cookie {
	https := h.PublicURL.Scheme == "https"
	name := "passerelle-signin"
	if https {
		name = "__Host-" + name
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(bindLifetime / time.Second),
	}
}

const bindSize = 16

// held is the secret that the browser has; zero for none, or for one that is none of ours.
func (h *SignIn) held(r *http.Request) bank.Secret {
	cookies := r.CookiesNamed(h.bindCookie("").Name)
	if len(cookies) != 1 { // none, or a second one planted beside ours
		return bank.Secret{}
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookies[0].Value)
	if err != nil || len(raw) != bindSize {
		return bank.Secret{}
	}
	return bank.NewSecret(cookies[0].Value)
}

// bind is the secret that the browser has, or a new one that it gets: two tabs share one.
func (h *SignIn) bind(c echo.Context) bank.Secret {
	if held := h.held(c.Request()); !held.IsZero() {
		return held
	}
	var b [bindSize]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
	value := base64.RawURLEncoding.EncodeToString(b[:])
	c.SetCookie(h.bindCookie(value))
	return bank.NewSecret(value)
}

// form reads a posted form. False says that it is not to be trusted: not shown by us to this browser for this request.
func (h *SignIn) form(c echo.Context, q *authorization) (url.Values, bool, error) {
	r := c.Request()
	if !middleware.SameOrigin(r, h.PublicURL) {
		return nil, false, fault.New(fault.Forbidden, "This form was sent from another site.")
	}
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationForm {
		return nil, false, fault.New(fault.Unsupported, "Forms are read as application/x-www-form-urlencoded only.")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, false, middleware.BodyError(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		// The cause would quote the body, and with it what was typed.
		return nil, false, fault.New(fault.Invalid, "The form cannot be read: percent-encode each value.")
	}
	for _, values := range form {
		if len(values) > 1 || !utf8.ValidString(values[0]) {
			return nil, false, fault.New(fault.Invalid, "The form cannot be read: send each field once, as UTF-8.")
		}
	}
	return form, h.CSRF.Valid(form.Get("csrf"), h.held(r), q.scope()), nil
}

// posted reads the request and its form. Where it gives no request, everything was answered, or the error says why not: a form that
// is not to be trusted shows the page again.
func (h *SignIn) posted(c echo.Context) (*authorization, url.Values, error) {
	q, err := h.read(c)
	if q == nil {
		return nil, nil, err
	}
	form, ok, err := h.form(c, q)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, h.showReload(c, q, form)
	}
	return q, form, nil
}
