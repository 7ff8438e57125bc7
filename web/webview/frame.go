package webview

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/seeded"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// frameRoutes are the addresses that only framed visits have.
func (h *Handler) frameRoutes() []route {
	return []route{
		{http.MethodPost, attemptPath + "/leave", h.leave},
		{http.MethodGet, attemptPath + "/outside", h.outside},
		{http.MethodGet, attemptPath + "/end", h.frameEnd},
	}
}

// framers are the origins whose pages may frame a visit and hear how it ends: those that its client application allowed when the
// visit was begun in a frame, and still allows. None for a visit that was begun in a tab of its own.
func framers(v *connect.View) []string {
	var out []string
	for _, origin := range v.Attempt.Request.FrameOrigins {
		if v.Client.Options.Frames(origin) {
			out = append(out, origin)
		}
	}
	return out
}

// showFramed lets the page of a framed visit be framed, and shows those that differ in a frame: the bank's page opens outside,
// and the end is told in a message. False for all others, and for visits that are not framed.
func (h *Handler) showFramed(c echo.Context, lang string, v *connect.View) (bool, error) {
	origins := framers(v)
	if len(origins) == 0 {
		return false, nil
	}
	middleware.Frame(c, origins)
	switch v.Page {
	case connect.PageAway:
		b, err := h.attemptBase(c, lang, v)
		if err != nil {
			return true, err
		}
		view, err := h.frameAwayView(c, b, v)
		if err != nil {
			return true, err
		}
		return true, h.renderAttempt(c, http.StatusOK, view.View(), v)
	case connect.PageDone, connect.PageCancelled:
		return true, h.tellFrame(c, lang, v, origins)
	case connect.PageExpired:
		b, err := h.attemptBase(c, lang, v)
		if err != nil {
			return true, err
		}
		b.CancelAction = ""
		back := h.PublicURL.Scheme + "://" + h.PublicURL.Host + pathOf(lang, v.Attempt.ID) + "/end"
		return true, h.renderAttempt(c, statusGone, page.Ended{Base: b, End: expiredEnd(v), Restart: true, ReturnURL: back}.View(), v)
	}
	return false, nil
}

// frameError lets an error of a framed visit be seen in its frame: only there, and only by the browser that holds the visit. Every
// other error page is framed by nobody (A55).
func (h *Handler) frameError(c echo.Context, id string) {
	if !middleware.InFrame(c.Request()) || h.Browser.Bind(c.Request(), id).IsZero() {
		return
	}
	if client, err := h.Visits.ClientOf(c.Request().Context(), id); err == nil {
		middleware.Frame(c, client.Options.AllowedOrigins)
	}
}

// showFrameLost is showLost in a frame, where a browser that keeps no cookies of framed pages comes to. It tells nothing of the
// visit, and so may be framed by whom the client application allows.
func (h *Handler) showFrameLost(c echo.Context, lang string, client grant.Client) error {
	out := page.FrameLost{Base: clientBase(h.base(c, lang), client)}
	if len(client.RedirectURIs) > 0 {
		out.ReturnURL = homeOf(client.RedirectURIs[0])
	}
	middleware.Frame(c, client.Options.AllowedOrigins)
	return h.render(c, http.StatusForbidden, out.View(), false)
}

// frameEnd ends a framed visit that nobody goes on with: the way back from a page that cannot lead there itself.
func (h *Handler) frameEnd(c echo.Context) error {
	lang, v, err := h.look(c)
	if err != nil {
		return h.lost(c, lang, v, err)
	}
	origins := framers(v)
	if v.Outcome == nil || v.Page == connect.PageFailed || len(origins) == 0 {
		return seeOther(c, pathOf(lang, v.Attempt.ID))
	}
	middleware.Frame(c, origins)
	return h.tellFrame(c, lang, v, origins)
}

// tellFrame shows the end of a framed visit. One whose code was exchanged is told without it: a page that hears of it again, after
// a reload of the frame, would exchange it again, and lose what it got.
func (h *Handler) tellFrame(c echo.Context, lang string, v *connect.View, origins []string) error {
	b := withTheme(clientBase(h.base(c, lang), v.Client), v.Attempt.Request)
	b.Errand = errandOf(v)
	if v.Page == connect.PageDone && h.spent(c, v.Outcome) {
		return h.render(c, http.StatusOK, page.FrameEnd{Base: b, End: page.EndFinished, ReturnURL: homeOf(v.Outcome.RedirectURI)}.View(), false)
	}
	h.returns.WithLabelValues(string(v.Outcome.Ending)).Inc()
	end := endOf(v.Outcome.Ending)
	if end == page.EndFinished && v.Outcome.Flow == connect.FlowManage {
		// Nothing was to be finished: whoever looked at their connections closes them, and what they changed is saved.
		end = page.EndClosed
	}
	return h.endFrame(c, b, end, h.answer(v), v.Outcome.RedirectURI, origins)
}

// frameWait is when the widget's frame goes back by itself, in seconds: the page around it has heard of the end long before.
const frameWait = "5"

// endFrame tells the framing page how the visit ended, to these origins and to no other, and has a link for the whole window as
// the way without JavaScript.
func (h *Handler) endFrame(c echo.Context, b page.Base, end page.End, a answer, redirectURI string, origins []string) error {
	message, err := json.Marshal(a.message())
	if err != nil {
		return fmt.Errorf("the message to the framing page: %w", err)
	}
	if seeded.MessageToAnyone {
		origins = []string{"*"}
	}
	to, err := json.Marshal(origins)
	if err != nil {
		return fmt.Errorf("the origins of the framing page: %w", err)
	}
	view := page.FrameEnd{Base: b, End: end, Message: string(message), Origins: string(to), ReturnURL: a.appendTo(redirectURI)}
	if back := a.appendTo(""); back != "" && middleware.InFrame(c.Request()) {
		// The widget's frame goes back by itself where the page around it does nothing: it carries no code that could be handed over twice.
		view.Leads = true
		c.Response().Header().Set("Refresh", frameWait+";url="+back)
	}
	return h.render(c, http.StatusOK, view.View(), false)
}

// message is what the framing page is told, in the visit's dialect.
func (a answer) message() any {
	if a.widget != nil {
		return a.widget.message(a.state)
	}
	return termination{Type: terminationType, Data: a.result()}
}

// terminationType and the members of result are those that Powens' component for web pages listens for.
const terminationType = "powensWebviewTermination"

type termination struct {
	Type string `json:"type"`
	Data result `json:"data"`
}

type result struct {
	ConnectionID      int64   `json:"connectionId,omitempty"`
	ConnectionIDs     []int64 `json:"connectionIds,omitempty"`
	ConnectionDeleted bool    `json:"connectionDeleted,omitempty"`
	Code              string  `json:"code,omitempty"`
	State             string  `json:"state,omitempty"`
	Error             string  `json:"error,omitempty"`
	ErrorDescription  string  `json:"errorDescription,omitempty"`
	// Issuer goes along where the client application wants it (RFC 9207).
	Issuer string `json:"iss,omitempty"`
}

func (a answer) result() result {
	return result{
		ConnectionID: a.connectionID, ConnectionIDs: slices.Clone(a.connectionIDs), ConnectionDeleted: a.deleted, Code: a.code.Reveal(),
		State: a.state, Error: a.err, ErrorDescription: a.description, Issuer: a.issuer,
	}
}
