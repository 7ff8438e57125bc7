package webview

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// widgetVisit is an entry point of the widget being opened: a session that is good, in its first browser or about to be.
type widgetVisit struct {
	widgetEntry

	lang    string
	query   *startQuery
	session grant.WidgetSession
	client  grant.Client
	frames  []string
}

// enterWidget takes an entry point of the widget: read once, find the session, check the parameters, tie the session to this
// browser, and lead to the visit that it has under way for this, or to a new one. The session leaves the address bar at once (R12).
func (h *Handler) enterWidget(c echo.Context, entry widgetEntry) error {
	q, shown := readWidget(c.Request().URL.RawQuery)
	if shown != nil {
		return h.display(c, h.langOf(c), shown)
	}
	e := &widgetVisit{widgetEntry: entry, query: q, lang: h.widgetLang(q, c.Request().Header.Get("Accept-Language"))}
	if answered, err := h.findSession(c, e); answered || err != nil {
		return err
	}
	if middleware.InFrame(c.Request()) {
		h.warnOfFrame(c, e.client)
		if e.frames = e.client.Options.AllowedOrigins; len(e.frames) == 0 {
			return h.display(c, e.lang, &displayed{problem: problemFramed})
		}
		middleware.Frame(c, e.frames)
	}
	request, err := h.widgetRequest(c.Request().Context(), e)
	if err != nil {
		return h.showWidgetError(c, e, err)
	}
	err = h.claimSession(c, e)
	known, lookup := h.Widgets.WidgetVisit(c.Request().Context(), e.session, e.asked())
	if lookup != nil {
		return lookup
	}
	if known != "" && (err == nil || errors.Is(err, grant.ErrWidgetElsewhere)) {
		// A browser that has the visit is the one, whatever became of the session's cookie: of two answers at once it keeps one.
		if goesOn, err := h.goesOn(c, e, known); goesOn || err != nil {
			return h.toWidget(c, e, known, err)
		}
	}
	switch {
	case errors.Is(err, grant.ErrWidgetElsewhere):
		return h.showLost(c, e.lang, e.client)
	case err != nil:
		return err
	}
	return h.beginWidget(c, e, request)
}

// asked is what a session is asked for: of that it has one visit under way. What the entry point does not read makes no other visit.
func (e *widgetVisit) asked() string {
	if !e.on {
		return e.action + ":"
	}
	return e.action + ":" + e.query.values.Get("connection_id")
}

// findSession finds the session that the link names. One that is unknown or over is told on a page of ours and redirected nowhere:
// where to is known from parameters alone, which anybody can write. True where that was done.
func (h *Handler) findSession(c echo.Context, e *widgetVisit) (bool, error) {
	given := e.query.values.Get("session_id")
	if given == "" {
		return true, h.display(c, e.lang, &displayed{problem: problemSession, parameter: "session_id"})
	}
	var err error
	e.session, e.client, err = h.Widgets.OpenWidget(c.Request().Context(), bank.NewSecret(given))
	switch {
	case fault.Is(err, fault.NotFound):
		// What was given is not shown: it may be a session all the same, mistyped.
		return true, h.displayAs(c, http.StatusNotFound, e.lang, &displayed{problem: problemNoSession, parameter: "session_id"})
	case fault.Is(err, fault.Gone):
		b, home := clientBase(h.base(c, e.lang), e.client), ""
		if len(e.client.RedirectURIs) > 0 {
			home = homeOf(e.client.RedirectURIs[0])
		}
		if middleware.InFrame(c.Request()) {
			middleware.Frame(c, e.client.Options.AllowedOrigins)
			return true, h.render(c, statusGone, page.FrameEnd{Base: b, End: page.EndGone, ReturnURL: home}.View(), false)
		}
		return true, h.render(c, statusGone, page.Ended{Base: b, End: page.EndGone, ReturnURL: home}.View(), false)
	}
	return false, err
}

// showWidgetError shows who integrates which parameter is wrong; other errors pass.
func (h *Handler) showWidgetError(c echo.Context, e *widgetVisit, err error) error {
	f := fault.As(err)
	if f.Kind != fault.Invalid {
		return err
	}
	d := &displayed{problem: problem{what: page.Plain(f.Message)}, parameter: f.Field, given: e.query.values.Get(f.Field)}
	if f.Code == codeRedirect {
		d.problem = unregistered(f.Field, e.client)
	}
	return h.display(c, e.lang, d)
}

// codeRedirect is the code of an address that is not registered.
const codeRedirect = "invalid_redirect_uri"

// unregistered says to who integrates that an address is not one of the client application's, and who can change that.
func unregistered(parameter string, client grant.Client) problem {
	return problem{
		page.Plain(fmt.Sprintf("%s is not registered for %s.", parameter, client.Name)),
		page.Plain(fmt.Sprintf("Each address that the widget may lead to is registered, character for character, by whoever runs this service: "+
			"passerelle client redirect-uri add %d ADDRESS. For your safety nobody is sent to an address that is not.", client.ID)),
	}
}

// claimSession ties the session to this browser, or finds that it is.
func (h *Handler) claimSession(c echo.Context, e *widgetVisit) error {
	r := c.Request()
	secret, err := h.Widgets.ClaimWidget(r.Context(), e.session, h.Browser.Bind(r, e.session.ID), r.UserAgent(), c.RealIP())
	if err != nil || secret.IsZero() {
		return err
	}
	return h.Browser.KeepFor(r, c.Response(), e.session.ID, e.client.ID, secret)
}

// beginWidget begins a visit and leads to it.
func (h *Handler) beginWidget(c echo.Context, e *widgetVisit, request connect.Request) error {
	if err := h.Limits.Visit(c, e.client.ID); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if e.queue && h.Queues != nil {
		queue, err := h.Queues.OpenForSession(ctx, e.session.ID, e.session.UserID, e.client.ID)
		if err != nil {
			return err
		}
		request.Widget.Queue = queue
	}
	in := connect.BeginInput{
		Client: e.client, Request: request, PSU: psuOf(c, e.lang),
		// The session stands in a code's place.
		Code: &grant.Code{Kind: grant.CodeStandard, UserID: e.session.UserID},
	}
	a, secret, err := h.Visits.Begin(ctx, in)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
		return h.refuseWidget(c, e, request, err)
	case err != nil:
		return h.showWidgetError(c, e, err)
	}
	h.begun.Inc()
	if err := h.Browser.KeepFor(c.Request(), c.Response(), a.ID, a.ClientID, secret); err != nil {
		return err
	}
	return h.toWidget(c, e, a.ID, h.Widgets.NoteWidgetVisit(ctx, e.session, e.asked(), a.ID))
}

// goesOn says whether a visit of the session is this browser's and has not ended.
func (h *Handler) goesOn(c echo.Context, e *widgetVisit, id string) (bool, error) {
	v, err := h.Visits.Look(c.Request().Context(), id, h.Browser.Bind(c.Request(), id), psuOf(c, e.lang))
	switch {
	case errors.Is(err, connect.ErrNotYours), fault.Is(err, fault.NotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	switch v.Page {
	case connect.PageDone, connect.PageCancelled, connect.PageExpired:
		return false, nil
	}
	return true, nil
}

// toWidget leads to a visit, or gives the error that is in the way.
func (h *Handler) toWidget(c echo.Context, e *widgetVisit, id string, err error) error {
	if err != nil {
		return err
	}
	h.openedBy(c, e, id)
	return seeOther(c, pathOf(e.lang, id))
}

// refuseWidget tells the client application of a visit that could not begin, because what it was to be about is not there: a
// connection may have been removed since the link was made.
func (h *Handler) refuseWidget(c echo.Context, e *widgetVisit, r connect.Request, err error) error {
	f := fault.As(err)
	if r.RedirectURI == "" && len(e.frames) == 0 {
		return h.display(c, e.lang, &displayed{
			problem: problem{what: page.Plain(f.Message)}, parameter: "connection_id", given: e.query.values.Get("connection_id"),
		})
	}
	a := answer{state: r.State, widget: &widgetAnswer{status: statusFailed, result: resultNone, err: "RESOURCE_UNKNOWN", description: f.Message, to: r.RedirectURI}}
	if f.Kind == fault.Conflict {
		a.widget.err = "CONFLICT"
	}
	if len(e.frames) > 0 {
		return h.endFrame(c, clientBase(h.base(c, e.lang), e.client), page.EndFailed, a, r.RedirectURI, e.frames)
	}
	return seeOther(c, a.appendTo(r.RedirectURI))
}
