package webview

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

// start takes the entry URL: parse once, check client application and redirect URI, check the rest, begin an attempt, bind it
// to the browser, and lead to the attempt's clean address: code and state leave the address bar at once (R12).
func (h *Handler) start(c echo.Context) error {
	lang, ok := h.lang(c)
	if !ok {
		return h.entry(c)
	}
	q, shown := readStart(c.Request().URL.RawQuery)
	if shown != nil {
		return h.display(c, lang, shown)
	}
	client, redirectURI, shown, err := h.caller(c, q)
	switch {
	case err != nil:
		return err
	case shown != nil:
		return h.display(c, lang, shown)
	}
	request, err := q.request(lang, redirectURI, client)
	if err != nil {
		return h.redirectError(c, client, redirectURI, q.state, err)
	}
	in := connect.BeginInput{Client: client, Request: request}
	if q.code != "" {
		code, err := h.temporaryCode(c, q.code, client)
		if err != nil {
			return h.redirectError(c, client, redirectURI, q.state, err)
		}
		if code.Kind == grant.CodeSingle && code.OpenedAt != nil {
			return h.reopen(c, lang, client, redirectURI, q.state, code.ID)
		}
		in.Code = &code
	}
	a, secret, err := h.Visits.Begin(c.Request().Context(), in)
	if errors.Is(err, connect.ErrCodeSpent) {
		return h.reopen(c, lang, client, redirectURI, q.state, in.Code.ID)
	}
	if err != nil {
		return h.redirectError(c, client, redirectURI, q.state, err)
	}
	h.begun.Inc()
	if err := h.Browser.Keep(c.Request(), c.Response(), a.ID, secret); err != nil {
		return err
	}
	return seeOther(c, pathOf(lang, a.ID))
}

// caller finds the client application and the redirect URI that the answer may go to. Until both are known nothing is
// redirected anywhere (R5).
func (h *Handler) caller(c echo.Context, q *startQuery) (grant.Client, string, *displayed, error) {
	if q.clientID == "" {
		return grant.Client{}, "", &displayed{problem: problemMissingClient, parameter: "client_id"}, nil
	}
	id, err := strconv.ParseInt(q.clientID, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != q.clientID {
		return grant.Client{}, "", &displayed{problem: problemUnknownClient, parameter: "client_id", given: q.clientID}, nil
	}
	client, redirectURI, err := h.Grants.CheckRedirectURI(c.Request().Context(), id, q.redirectURI)
	if fault.Is(err, fault.Invalid) {
		// Which of the two is wrong is not told: client_ids are no secret, but nobody needs to try them out here.
		d := &displayed{
			problem: problemRedirectURI, parameter: "client_id, redirect_uri", given: q.clientID + ", " + q.redirectURI, detail: redirectSentence,
		}
		if q.redirectURI == "" {
			d.problem, d.parameter, d.given = problemMissingRedirect, "redirect_uri", ""
		}
		return client, "", d, nil
	}
	if err != nil {
		return client, "", nil, err
	}
	if !domainFits(q.domain, client.Domain) {
		return client, "", &displayed{problem: problemUnknownDomain, parameter: "domain", given: q.domain}, nil
	}
	return client, redirectURI, nil, nil
}

// temporaryCode reads the code that the visit is opened with. One of another client application or domain is as unknown, and so
// is one of no client application at all: anybody can make such a user (POST /auth/init without credentials), send a victim to
// a page that asks in a client application's name, and read what the victim shares with the code they kept.
func (h *Handler) temporaryCode(c echo.Context, plain string, client grant.Client) (grant.Code, error) {
	code, err := h.Grants.InspectCode(c.Request().Context(), bank.NewSecret(plain))
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
func (h *Handler) reopen(c echo.Context, lang string, client grant.Client, redirectURI, state, codeID string) error {
	bindFor := func(id string) bank.Secret { return h.Browser.Bind(c.Request(), id) }
	a, err := h.Visits.Reopen(c.Request().Context(), codeID, bindFor)
	switch {
	case errors.Is(err, connect.ErrNotYours):
		b := clientBase(h.base(c, lang), client)
		return h.render(c, http.StatusForbidden, page.LostSession{Base: b, Used: true, ReturnURL: homeOf(redirectURI)}.View(), false)
	case err != nil:
		return h.redirectError(c, client, redirectURI, state, err)
	}
	return seeOther(c, pathOf(lang, a.ID)+"?n="+noticeResume)
}
