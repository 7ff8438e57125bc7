package webview

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/templates/page"
)

// webauthKnown are the parameters that /webauth has beside those of the webview's entry URLs. All others are values of the
// connector's fields.
var webauthKnown = []string{"connector_uuid", "id_connector", "id_connection", "source", "token"}

var problemWebauthQuery = problem{
	page.Plain("The redirect_uri has a query string."), page.Plain("Register and name one without; state comes back as it was given."),
}

// webauthQuerySentence is the one that Powens' own library has for it.
const webauthQuerySentence = "Redirect URIs must not contain query parameters"

// webauth leads to a bank's own page, for client applications that ask for everything else themselves. The visit has one page of ours
// on the good way, the one with the button to the bank: it names who asks. Whoever is handed the address, by somebody who wants to read
// their accounts, hears it there before they log in at their bank (R57); a program that looks into links gets no further.
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
	id, err := h.begin(c, e, request)
	if id == "" {
		return err
	}
	return seeOther(c, pathOf(lang, id))
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
	if err := leadsToBank(con, r.Sources); err != nil {
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

// leadsToBank refuses a source that has no page of the bank's, as GET /webauth-url does. Another one in its place would be a surprise.
func leadsToBank(con *bank.Connector, sources []string) error {
	if con == nil {
		return nil
	}
	for _, name := range sources {
		leads := func(s bank.Source) bool { return s.Name == name && s.Auth == bank.AuthWebauth }
		if !slices.ContainsFunc(con.EnabledSources(), leads) {
			return refuse("source", "source must be a source of the connector whose auth_mechanism is webauth.")
		}
	}
	return nil
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
