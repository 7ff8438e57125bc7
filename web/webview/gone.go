package webview

import (
	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// showGone shows a browser that its visit is no more: its user was deleted, or its client application, while the page was open. The
// attempt went with them; the browser's claim says where it was begun, and with that the way back. False for whoever has no claim, and
// for a visit that is still there.
func (h *Handler) showGone(c echo.Context) (bool, error) {
	lang, id, err := h.attempt(c)
	if err != nil || h.Browser.Bind(c.Request(), id).IsZero() {
		return false, nil
	}
	ctx := c.Request().Context()
	if _, err := h.Visits.ClientOf(ctx, id); !fault.Is(err, fault.NotFound) {
		return false, nil
	}
	var client grant.Client
	if known := h.Browser.ClientOf(c.Request(), id); known != 0 {
		// One that is gone too leaves a page without a way back.
		if client, err = h.Grants.FindClient(ctx, known); err != nil && !fault.Is(err, fault.Invalid) {
			return false, err
		}
	}
	b, home := clientBase(h.base(c, lang), client), ""
	if len(client.RedirectURIs) > 0 {
		home = homeOf(client.RedirectURIs[0])
	}
	middleware.Tidy(c.Response().Header())
	if middleware.InFrame(c.Request()) {
		middleware.Frame(c, client.Options.AllowedOrigins)
		return true, h.render(c, statusGone, page.FrameEnd{Base: b, End: page.EndGone, ReturnURL: home}.View(), false)
	}
	return true, h.render(c, statusGone, page.Ended{Base: b, End: page.EndGone, ReturnURL: home}.View(), false)
}
