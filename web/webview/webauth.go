package webview

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
	"passerelle/web/middleware"
)

// webauthKnown are the parameters that /webauth has beside those of the webview's entry URLs. All others are values of the
// connector's fields.
var webauthKnown = []string{"connector_uuid", "id_connector", "id_connection", "source", "token"}

var problemWebauthQuery = problem{
	page.Plain("The redirect_uri has a query string."), page.Plain("Register and name one without; state comes back as it was given."),
}

// webauthQuerySentence is the one that Powens' own library has for it.
const webauthQuerySentence = "Redirect URIs must not contain query parameters"

// webauth leads straight to a bank's own page, for client applications that ask for everything else themselves. It has no page of
// ours on the good way: the browser is sent on at once, and comes back to the client application after the bank's callback.
func (h *Handler) webauth(c echo.Context) error {
	lang := h.Negotiate(c.Request().Header.Get("Accept-Language"))
	e, err := h.enter(c, connect.FlowWebauth, lang)
	if e == nil {
		return err
	}
	if strings.Contains(e.redirectURI, "?") {
		return h.display(c, lang, &displayed{
			problem: problemWebauthQuery, parameter: "redirect_uri", given: e.redirectURI, detail: webauthQuerySentence,
		})
	}
	request, err := h.webauthRequest(c, e)
	if err != nil {
		return h.redirectError(c, e, err)
	}
	id, secret, err := h.begin(c, e, request)
	if id == "" {
		return err
	}
	v, err := h.Visits.Look(c.Request().Context(), id, secret, psuOf(c, lang))
	if err != nil || v.Page != connect.PageAway || len(e.frames) > 0 {
		return seeOther(c, pathOf(lang, id))
	}
	middleware.Tidy(c.Response().Header())
	c.Response().Header().Set(echo.HeaderLocation, v.RedirectURL)
	return c.NoContent(http.StatusFound)
}

// webauthRequest makes the attempt's request. Its errors go back to the client application.
func (h *Handler) webauthRequest(c echo.Context, e *entrance) (connect.Request, error) {
	q := e.query
	r := connect.Request{
		Dialect: "powens", Flow: connect.FlowWebauth, Lang: e.lang, RedirectURI: e.redirectURI, State: q.state,
		Challenge: q.values.Get("code_challenge"), ConnectorUUIDs: q.list("connector_uuid"),
	}
	if len(q.state) > maxState {
		return r, refuse("state", "state is longer than %d bytes: send a shorter one.", maxState)
	}
	// Only a visit without a token ends with a code, which a challenge is for.
	if err := grant.CheckChallenge(r.Challenge, q.values.Get("code_challenge_method"), e.client.Options.RequirePKCE && q.code == ""); err != nil {
		return r, err
	}
	var err error
	if r.Sources, err = q.sources("source"); err != nil {
		return r, err
	}
	if err := q.connectorFilters(&r); err != nil {
		return r, err
	}
	if err := q.connection(connect.FlowWebauth, &r); err != nil {
		return r, err
	}
	con, err := h.webauthConnector(c, e, &r)
	if err != nil {
		return r, err
	}
	r.Prefill, err = q.fieldValues(con)
	return r, err
}

// webauthConnector finds the connector: the one that is named, or that of the connection. Both may be named, if they agree.
func (h *Handler) webauthConnector(c echo.Context, e *entrance, r *connect.Request) (*bank.Connector, error) {
	unknown := refuse("connector_uuid", "There is no such connector: name one with connector_uuid, id_connector or id_connection.")
	var found []*bank.Connector
	for _, id := range r.ConnectorUUIDs {
		con, ok := h.Connectors.ByUUID(id)
		if !ok {
			return nil, unknown
		}
		found = append(found, con)
	}
	for _, id := range r.ConnectorIDs {
		con, ok := h.Connectors.ByID(id)
		if !ok {
			return nil, unknown
		}
		found = append(found, con)
	}
	if r.ConnectionID != 0 && e.query.code != "" && h.ConnectionOf != nil {
		code, err := h.temporaryCode(c.Request().Context(), e.query.code, e.client)
		if err != nil {
			return nil, err
		}
		connection, err := h.ConnectionOf(c.Request().Context(), code.UserID, r.ConnectionID)
		if err != nil {
			return nil, err
		}
		if con, ok := h.Connectors.ByUUID(connection.ConnectorUUID); ok {
			found = append(found, con)
		}
	}
	if len(found) == 0 && r.ConnectionID == 0 {
		return nil, unknown
	}
	for _, con := range found {
		if con.UUID != found[0].UUID {
			return nil, refuse("connector_uuid", "connector_uuid, id_connector and id_connection name different connectors.")
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	// One name is enough from here on.
	r.ConnectorUUIDs, r.ConnectorIDs = []string{found[0].UUID}, nil
	return found[0], nil
}

// fieldValues reads the values of a connector's fields, each a parameter by the field's name, or by {connector uuid}.{name} as in
// the webview. A value that is a secret is refused: an address is kept in histories and logs, where no password may stand.
func (q *startQuery) fieldValues(con *bank.Connector) (map[string]string, error) {
	if con == nil {
		return nil, nil
	}
	given := q.prefill()
	out := make(map[string]string)
	for _, f := range con.Fields {
		name := con.UUID + "." + f.Name
		value, has := given[name]
		if !has && !isKnown(f.Name) && !slices.Contains(webauthKnown, f.Name) {
			has, value = q.values.Has(f.Name), q.values.Get(f.Name)
		}
		switch {
		case !has:
			continue
		case isSecret(f):
			return nil, refuseSecret(f)
		case len(q.values[f.Name]) > 1:
			return nil, refuse(f.Name, "%s was sent more than once.", clean(f.Name))
		case len(value) > maxState:
			return nil, refuse(f.Name, "The value of %s is longer than %d bytes.", clean(f.Name), maxState)
		case !utf8Text(value):
			return nil, refuse(f.Name, "The value of %s holds characters that cannot be read: send UTF-8 without NUL.", clean(f.Name))
		}
		out[name] = value
	}
	return out, nil
}
