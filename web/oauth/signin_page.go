package oauth

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
	"passerelle/web/respond"
)

// show shows the form, with what it holds already and what was wrong. It may be framed by nobody: who types a password must see whose
// page it is in the address bar (RFC 9700 §4.16).
func (h *SignIn) show(c echo.Context, status int, q *authorization, p page.SignIn) error {
	bind := h.bind(c)
	token, err := h.CSRF.Token(bind, q.scope())
	if err != nil {
		return err
	}
	b := h.base(c, q.lang)
	b.ClientName, b.Accent, b.Errand = q.client.Name, q.client.Options.PrimaryColor, page.ErrandSignIn
	b.Notice, b.CSRF, b.CancelAction = p.Notice, token, q.address(PathCancel, q.lang)
	for _, l := range h.Languages {
		b.Languages = append(b.Languages, page.Language{Tag: l.Tag, Name: l.Name, URL: q.address(PathAuthorize, l.Tag)})
	}
	p.Base, p.PostURL, p.Days = b, q.address(PathAuthorize, q.lang), int(grant.RefreshLifetime/(24*time.Hour))
	for _, s := range q.scopes {
		p.Scopes = append(p.Scopes, string(s))
	}
	return h.render(c, status, p.View(), true, formSource(q.redirectURI))
}

// showReload shows the form again after one that had lost its protection (an old page, a lost cookie): nothing was tried.
func (h *SignIn) showReload(c echo.Context, q *authorization, form url.Values) error {
	p := page.SignIn{Email: form.Get("field.email")}
	p.Notice = page.NoticeReload
	return h.show(c, http.StatusUnprocessableEntity, q, p)
}

// mostGiven caps what is shown of a wrong value.
const mostGiven = 200

// display shows a mistake of the integrator's: 400, no Location, nothing of the request but escaped text.
func (h *SignIn) display(c echo.Context, lang string, d *integrator) error {
	given := []rune(strings.ToValidUTF8(d.given, "\uFFFD"))
	if len(given) > mostGiven {
		given = append(given[:mostGiven], '…')
	}
	view := page.IntegratorError{Base: h.base(c, lang), Problem: d.problem, Remedy: d.remedy, Parameter: d.parameter, Given: string(given)}
	return h.render(c, http.StatusBadRequest, view.View(), false)
}

func (h *SignIn) base(c echo.Context, lang string) page.Base {
	return page.Base{
		Lang: lang, Dir: "ltr", T: h.Translator(lang), Assets: h.Assets, Operator: h.Operator, PublicHost: h.PublicURL.Host,
		Secure: h.PublicURL.Scheme == "https", Nonce: middleware.Nonce(c),
	}
}

// render writes a page in one piece, so that one that fails half-way is an error page instead.
func (h *SignIn) render(c echo.Context, status int, view templ.Component, forms bool, formTo ...string) error {
	var out bytes.Buffer
	if err := page.Render(c.Request().Context(), &out, view); err != nil {
		return err
	}
	middleware.Page(c, forms, formTo...)
	c.Response().Header().Add("Vary", "Accept-Language")
	return middleware.WriteCompressed(c, status, out.Bytes())
}

// formSource is where the form may end beside here: at the client application.
func formSource(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return ""
	}
	return middleware.FormSource(u.Scheme, u.Host)
}

func pair(name, value string) respond.Pair { return respond.Pair{Name: name, Value: value} }

// back leads to the client application: 303, which never sends a form on to it (RFC 9700 §4.12).
func (h *SignIn) back(c echo.Context, q *authorization, pairs ...respond.Pair) error {
	to := respond.Return{RedirectURI: q.redirectURI, State: q.state}
	if q.client.Options.SendIssuer {
		to.Issuer = strings.TrimRight(h.PublicURL.String(), "/")
	}
	middleware.Tidy(c.Response().Header())
	c.Response().Header().Set(echo.HeaderLocation, to.Callback(pairs...))
	return c.NoContent(http.StatusSeeOther)
}

// waitOf is a wait in whole minutes, for people, and in seconds, for programs; both rounded up, and never nothing.
func waitOf(d time.Duration) (minutes int, seconds string) {
	d = max(d, time.Second)
	return int((d + time.Minute - 1) / time.Minute), strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
