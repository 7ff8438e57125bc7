package webview

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// frameAwayView sends the end user to the bank's page in a tab of its own.
func (h *Handler) frameAwayView(c echo.Context, b page.Base, v *connect.View) (page.FrameAway, error) {
	away := h.awayView(b, v)
	a := v.Attempt
	t, err := h.sealTicket(c.Request(), ticket{attempt: a.ID, step: a.Step, secret: h.Browser.Bind(c.Request(), a.ID)})
	// Where the bank's page takes the whole window, this page is gone with it; whoever sees it came back.
	whole := bankReturn(v) != ""
	return page.FrameAway{
		Base: b, Connector: away.Connector, Ticket: t, Left: !whole && a.Public.LeftStep == a.Step, Denied: away.Denied, Words: away.Words,
		Refresh: away.Refresh, First: away.First, Whole: whole,
	}, err
}

// leave opens the bank's page in the tab that a framed visit's form opened. The tab is given a claim of its own, with which it
// brings the bank's answer and nothing else.
//
// The form must have been sent by a page of ours, and this browser must say so itself: a form of somebody else's, with a ticket of
// a visit of theirs, would have the end user approve that visit at the bank, and them read the accounts. So no missing header is
// taken for a yes here.
func (h *Handler) leave(c echo.Context) error {
	lang, id, err := h.attempt(c)
	if err != nil {
		return err
	}
	if c.Request().Header.Get("Sec-Fetch-Site") != "same-origin" || !middleware.SameOrigin(c.Request(), h.PublicURL) {
		return fault.New(fault.Forbidden, "This form was sent from another site.")
	}
	form, err := readForm(c)
	if err != nil {
		return err
	}
	t, ok := h.openTicket(c.Request(), form.Get("ticket"), id)
	if !ok || !h.CSRF.Valid(form.Get("csrf"), t.secret, id) {
		return h.usedTicket(c, lang, id)
	}
	bankURL, err := h.Visits.Leave(c.Request().Context(), connect.Act{ID: id, Bind: t.secret, Step: t.step, PSU: psuOf(c, lang)})
	switch {
	case errors.Is(err, connect.ErrStale), errors.Is(err, connect.ErrNotYours):
		return h.usedTicket(c, lang, id)
	case err != nil:
		return err
	}
	v, err := h.Visits.Look(c.Request().Context(), id, t.secret, psuOf(c, lang))
	if err != nil {
		return err
	}
	if err := h.Browser.KeepOutside(c.Request(), c.Response(), id, t.secret); err != nil {
		return err
	}
	// No redirect: what a form leads to, hop by hop, must be named in the policy of the page that it stands on, and nobody knows the
	// hops between a bank's hosts. The page leads on by itself.
	b := clientBase(h.base(c, lang), v.Client)
	b.Errand = errandOf(v)
	view := page.FrameOpening{Base: b, Connector: connectorView(v.Connector), URL: bankURL}
	return h.render(c, http.StatusOK, view.View(), false)
}

// bankReturn is the page of the client application that is loaded after the bank's own, with the frame in it again; "" where the
// bank's page opens in a tab beside the frame.
func bankReturn(v *connect.View) string {
	if w := v.Attempt.Request.Widget; w != nil {
		return w.BankReturnURL
	}
	return ""
}

// usedTicket answers a ticket that is not good. The tab that has used it is led to its page: a reload, or a second press of the
// button. To all others it says no more than that.
func (h *Handler) usedTicket(c echo.Context, lang, id string) error {
	if !h.Browser.Outside(c.Request(), id).IsZero() {
		return seeOther(c, pathOf(lang, id)+"/outside")
	}
	return h.render(c, http.StatusForbidden, page.LostSession{Base: h.base(c, lang), Used: true}.View(), false)
}

// outside is the page of the tab that a framed visit opened its bank's page in. The visit goes on in the frame; here it says so, or
// leads to the bank again as long as nothing has come back from there.
func (h *Handler) outside(c echo.Context) error {
	lang, id, err := h.attempt(c)
	if err != nil {
		return err
	}
	v, err := h.Visits.Look(c.Request().Context(), id, h.Browser.Outside(c.Request(), id), psuOf(c, lang))
	if errors.Is(err, connect.ErrNotYours) {
		var client grant.Client
		if v != nil {
			client = v.Client
		}
		return h.showLost(c, lang, client)
	}
	if err != nil {
		return err
	}
	p := v.Attempt.Public
	if to := bankReturn(v); to != "" && (v.Page != connect.PageAway || p.DeniedAt != nil) {
		return seeOther(c, to)
	}
	b := clientBase(h.base(c, lang), v.Client)
	b.Errand = errandOf(v)
	if v.Page == connect.PageAway {
		away := h.awayView(b, v)
		view := page.FrameOutside{Base: b, Connector: away.Connector, URL: away.URL, Denied: away.Denied, Words: away.Words}
		return h.render(c, http.StatusOK, view.View(), false)
	}
	return h.render(c, http.StatusOK, page.FrameOutside{Base: b, Connector: connectorView(v.Connector)}.View(), false)
}
