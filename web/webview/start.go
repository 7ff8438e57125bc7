package webview

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// start takes the entry URL of a flow: parse once, check client application and redirect URI, check the rest, begin an attempt,
// bind it to the browser, and lead to the attempt's clean address: code and state leave the address bar at once (R12).
func (h *Handler) start(flow connect.Flow) echo.HandlerFunc {
	elsewhere := h.entry(flow)
	return func(c echo.Context) error {
		lang, ok := h.lang(c)
		if !ok {
			return elsewhere(c)
		}
		e, err := h.enter(c, flow, lang)
		if e == nil {
			return err
		}
		request, err := e.query.request(flow, lang, e.redirectURI, e.client)
		if err == nil {
			err = h.noSecrets(request)
		}
		if err != nil {
			return h.redirectError(c, e, err)
		}
		h.nameOnce(&request)
		id, err := h.begin(c, e, request)
		if id == "" {
			return err
		}
		return seeOther(c, pathOf(lang, id))
	}
}

// noSecrets refuses a prefilled value that is a secret, as /webauth does: an address is kept in histories and logs.
func (h *Handler) noSecrets(r connect.Request) error {
	for name := range r.Prefill {
		con, ok := h.Connectors.ByUUID(name[:36])
		if !ok {
			continue
		}
		for _, f := range con.Fields {
			if f.Name == name[37:] && isSecret(f) {
				return refuseSecret(f)
			}
		}
	}
	return nil
}

func isSecret(f bank.Field) bool { return f.Secret || f.Type == bank.FieldPassword }

func refuseSecret(f bank.Field) error {
	return refuse(f.Name, "The value of %s is a secret, and secrets are not read from an address.", clean(f.Name))
}

// nameOnce takes away the number of a connector that is named by its UUID too: one connector skips the picker, by whatever names.
func (h *Handler) nameOnce(r *connect.Request) {
	r.ConnectorIDs = slices.DeleteFunc(r.ConnectorIDs, func(id int64) bool {
		con, ok := h.Connectors.ByID(id)
		return ok && slices.Contains(r.ConnectorUUIDs, con.UUID)
	})
	if len(r.ConnectorIDs) == 0 {
		r.ConnectorIDs = nil
	}
}

// entrance is an entry URL whose client application and redirect URI are good: from here on errors go back to it.
type entrance struct {
	flow   connect.Flow
	lang   string
	query  *startQuery
	client grant.Client
	// redirectURI is empty where the manage flow has none.
	redirectURI string
	frames      []string
}

// enter reads an entry URL as far as errors are shown and not redirected. A nil entrance was answered, or failed with the error.
func (h *Handler) enter(c echo.Context, flow connect.Flow, lang string) (*entrance, error) {
	if ahead(c.Request()) { // it would use up a code that opens one visit
		return nil, h.notAhead(c)
	}
	raw, extra := c.Request().URL.RawQuery, []string(nil)
	if flow == connect.FlowWebauth {
		extra = webauthKnown
	} else {
		var err error
		if raw, err = h.mended(c.Request().Context(), raw); err != nil {
			return nil, err
		}
	}
	q, shown := readStart(raw, extra...)
	if shown != nil {
		return nil, h.display(c, lang, shown)
	}
	if flow == connect.FlowWebauth {
		q.code = q.values.Get("token")
	}
	e := &entrance{flow: flow, lang: lang, query: q}
	shown, err := h.caller(c.Request().Context(), e)
	switch {
	case err != nil:
		return nil, err
	case shown != nil:
		return nil, h.display(c, lang, shown)
	}
	if middleware.InFrame(c.Request()) {
		h.warnOfFrame(c, e.client)
		if e.frames = e.client.Options.AllowedOrigins; len(e.frames) == 0 {
			// Nobody could see the visit's pages: it is not begun, and a single-use code is not spent for it.
			return nil, h.display(c, lang, &displayed{problem: problemFramed})
		}
	}
	return e, nil
}

// begin begins the visit of an entrance, and binds it to the browser. An empty id was answered, or failed with the error.
func (h *Handler) begin(c echo.Context, e *entrance, request connect.Request) (id string, err error) {
	ctx := c.Request().Context()
	request.FrameOrigins = e.frames
	in := connect.BeginInput{Client: e.client, Request: request, PSU: psuOf(c, e.lang)}
	switch {
	case e.query.code != "":
		code, err := h.temporaryCode(ctx, e.query.code, e.client)
		if err != nil {
			return "", h.redirectError(c, e, err)
		}
		if code.Kind == grant.CodeSingle && code.OpenedAt != nil {
			return "", h.reopen(c, e, code.ID)
		}
		in.Code = &code
	case e.flow == connect.FlowReconnect, e.flow == connect.FlowManage:
		return "", h.redirectError(c, e, refuse("code", "code is missing: ask for one with GET /auth/token/code."))
	}
	if err := h.Limits.Visit(c, e.client.ID); err != nil {
		return "", err
	}
	a, secret, err := h.Visits.Begin(ctx, in)
	if errors.Is(err, connect.ErrCodeSpent) {
		return "", h.reopen(c, e, in.Code.ID)
	}
	if err != nil {
		return "", h.redirectError(c, e, err)
	}
	h.begun.Inc()
	if err := h.Browser.KeepFor(c.Request(), c.Response(), a.ID, a.ClientID, secret); err != nil {
		return "", err
	}
	return a.ID, nil
}

// caller finds the client application and the redirect URI that the answer may go to. Until both are known nothing is
// redirected anywhere (R5).
func (h *Handler) caller(ctx context.Context, e *entrance) (*displayed, error) {
	q := e.query
	if q.clientID == "" {
		return &displayed{problem: problemMissingClient, parameter: "client_id"}, nil
	}
	id, ok := clientID(q.clientID)
	if !ok {
		return &displayed{problem: problemUnknownClient, parameter: "client_id", given: q.clientID}, nil
	}
	var err error
	if q.redirectURI == "" && e.flow == connect.FlowManage {
		// Without one there is no way back, and no button for it.
		e.client, err = h.Grants.FindClient(ctx, id)
	} else {
		e.client, e.redirectURI, err = h.Grants.CheckRedirectURI(ctx, id, q.redirectURI)
	}
	if fault.Is(err, fault.Invalid) {
		// Which of the two is wrong is not told: client_ids are no secret, but nobody needs to try them out here.
		d := &displayed{
			problem: problemRedirectURI, parameter: "client_id, redirect_uri", given: q.clientID + ", " + q.redirectURI, detail: redirectSentence,
		}
		if q.redirectURI == "" && e.flow != connect.FlowManage {
			d.problem, d.parameter, d.given = problemMissingRedirect, "redirect_uri", ""
		}
		return d, nil
	}
	if err != nil {
		return nil, err
	}
	if !domainFits(q.domain, e.client.Domain) {
		return &displayed{problem: problemUnknownDomain, parameter: "domain", given: q.domain}, nil
	}
	return nil, nil
}

// clientID reads the number of a client application, in its one spelling.
func clientID(given string) (int64, bool) {
	id, err := strconv.ParseInt(given, 10, 64)
	return id, err == nil && id >= 1 && strconv.FormatInt(id, 10) == given
}

// temporaryCode reads the code that the visit is opened with. One of another client application or domain is as unknown, and so
// is one of no client application at all: anybody can make such a user (POST /auth/init without credentials), send a victim to
// a page that asks in a client application's name, and read what the victim shares with the code they kept.
func (h *Handler) temporaryCode(ctx context.Context, plain string, client grant.Client) (grant.Code, error) {
	code, err := h.Grants.InspectCode(ctx, bank.NewSecret(plain))
	if err != nil {
		return code, err
	}
	if code.Domain != client.Domain || code.ClientID != client.ID {
		return code, fault.New(fault.Invalid, "The code is not known or has expired.").WithCode("invalid_grant").WithField("code")
	}
	return code, nil
}

// reopen leads the browser that opened a single-use code back to its attempt: Back and Reload lead to the entry URL again.
// Any other browser is refused, and the attempt goes on where it was begun (R13, A40).
func (h *Handler) reopen(c echo.Context, e *entrance, codeID string) error {
	bindFor := func(id string) bank.Secret { return h.Browser.Bind(c.Request(), id) }
	a, err := h.Visits.Reopen(c.Request().Context(), codeID, bindFor)
	switch {
	case errors.Is(err, connect.ErrNotYours):
		b := clientBase(h.base(c, e.lang), e.client)
		middleware.Frame(c, e.frames)
		return h.render(c, http.StatusForbidden, page.LostSession{Base: b, Used: true, ReturnURL: homeOf(e.redirectURI)}.View(), false)
	case err != nil:
		return h.redirectError(c, e, err)
	}
	return seeOther(c, pathOf(e.lang, a.ID)+"?n="+noticeResume)
}
