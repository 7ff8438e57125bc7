package webview

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// route is one address of the pages. What a GET does may be repeated; effects are POSTs.
type route struct {
	method, path string
	handle       echo.HandlerFunc
}

const attemptPath = "/:lang/attempt/:id"

func (h *Handler) routes() []route {
	get, post := http.MethodGet, http.MethodPost
	return slices.Concat(h.entryRoutes(), h.widgetRoutes(), h.frameRoutes(), h.manageRoutes(), []route{
		{get, "/", h.home},
		{get, attemptPath, h.dispatch},
		{get, attemptPath + "/search", h.connectorSearch},
		{get, attemptPath + "/status", h.status},
		{post, attemptPath + "/terms", h.act(h.termsDecide)},
		{post, attemptPath + "/connector", h.act(h.connectorChoose)},
		{post, attemptPath + "/not-listed", h.act(h.notListed)},
		{post, attemptPath + "/source", h.act(h.sourceChoose)},
		{post, attemptPath + "/credentials", h.act(h.credentialsSubmit)},
		{post, attemptPath + "/challenge", h.act(h.challengeAnswer)},
		{post, attemptPath + "/check", h.act(h.check)},
		{post, attemptPath + "/accounts", h.act(h.accountsChoose)},
		{post, attemptPath + "/another", h.act(h.another)},
		{post, attemptPath + "/professional", h.act(h.professionalSubmit)},
		{post, attemptPath + "/go-on", h.act(h.goOn)},
		{post, attemptPath + "/back", h.act(h.back)},
		{post, attemptPath + "/retry", h.act(h.retry)},
		{post, attemptPath + "/cancel", h.act(h.cancel)},
		{post, attemptPath + "/restart", h.act(h.restart)},
		{get, "/callback/:kind", h.callback},
		{post, "/callback/:kind/confirm", h.elsewhereConfirm},
		{get, "/callback/:kind/done", h.elsewhereDone},
		{get, "/callback/:kind/refused", h.elsewhereRefused},
	})
}

// Mount implements web.Area. HEAD answers like a GET that did nothing: link checkers and mail scanners send it, and an entry
// URL or a callback must not be used up by them (R71).
func (h *Handler) Mount(e *echo.Echo) {
	for _, r := range h.routes() {
		e.Add(r.method, r.path, h.limited(r, h.recognized(h.keepOpener(r.handle))))
		if r.method == http.MethodGet {
			e.HEAD(r.path, h.head)
		}
	}
}

func (h *Handler) head(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	return c.NoContent(http.StatusOK)
}
