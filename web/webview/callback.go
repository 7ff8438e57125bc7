package webview

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/templates/page"
)

// mostCallback caps what a bank may send back in an address.
const mostCallback = 8 << 10

// callback takes a browser that a bank sent back. Whatever its cookie jar holds, the attempt is found by the state alone and
// finished on the server; what the browser is shown depends on whether it is the one that began.
func (h *Handler) callback(c echo.Context) error {
	ctx, raw := c.Request().Context(), c.Request().URL.RawQuery
	q, err := url.ParseQuery(raw)
	if err != nil || len(raw) > mostCallback {
		return fault.New(fault.Invalid, "The bank's answer cannot be read.")
	}
	for name, v := range q {
		if len(v) > 1 {
			return fault.New(fault.Invalid, "The bank sent a parameter twice.").WithField(clean(name))
		}
	}
	if raw == "" {
		return h.behindHash(c)
	}
	kind := c.Param("kind")
	outside := false
	bindFor := func(id string) bank.Secret {
		if own := h.Browser.Bind(c.Request(), id); !own.IsZero() {
			return own
		}
		// The tab that a framed visit opened the bank's page in. What it may do with its claim is this.
		secret := h.Browser.Outside(c.Request(), id)
		outside = !secret.IsZero()
		return secret
	}
	res, err := h.Visits.Callback(ctx, kind, q, bindFor, psuOf(c, h.langOf(c)))
	if err != nil {
		return err
	}
	lang := res.Lang
	if !h.knows(lang) {
		lang = h.langOf(c)
	}
	switch {
	case res.Owned && outside:
		return seeOther(c, pathOf(lang, res.AttemptID)+"/outside")
	case res.Owned:
		if last := h.rememberedLanguage(c); last != "" {
			lang = last
		}
		return seeOther(c, pathOf(lang, res.AttemptID))
	case res.Outcome == connect.CallbackConfirm:
		return h.askElsewhere(c, lang, kind, res)
	}
	// Nothing more to do here, and nothing to be told: the visit goes on where it began.
	client, err := h.Visits.ClientOf(ctx, res.AttemptID)
	if err != nil {
		return err
	}
	return h.showLost(c, lang, client)
}

// behindHash is for banks that put their answer behind the # of the address, as the hybrid flow does (OpenID Connect Core section
// 3.3.2.5): no server is ever sent that part, and a script of the page asks again with it as a query.
func (h *Handler) behindHash(c echo.Context) error {
	return h.render(c, http.StatusOK, page.BehindHash{Base: h.base(c, h.langOf(c))}.View(), false)
}

// askElsewhere asks a browser that did not begin the visit for the words of the one that did.
func (h *Handler) askElsewhere(c echo.Context, lang, kind string, res connect.CallbackResult) error {
	client, err := h.Visits.ClientOf(c.Request().Context(), res.AttemptID)
	if err != nil {
		return err
	}
	if err := h.keepElsewhere(c, kind, res.State); err != nil {
		return err
	}
	b := clientBase(h.base(c, lang), client)
	if b.CSRF, err = h.CSRF.Token(res.State, elsewhereScope(kind)); err != nil {
		return err
	}
	view := page.ConfirmElsewhere{
		Base: b, Connector: page.Connector{Name: res.Connector}, ActionURL: "/callback/" + url.PathEscape(kind) + "/confirm",
	}
	for _, w := range res.Words {
		view.Options = append(view.Options, page.WordPair{Value: w, Words: w})
	}
	return h.render(c, http.StatusOK, view.View(), true)
}
