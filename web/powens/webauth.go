package powens

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"passerelle/internal/connect/direct"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// pathWebauth is where a browser begins to authorise at a bank.
const pathWebauth = "/webauth"

// mostState is the longest state that a visit takes.
const mostState = 1024

// webauthURL is GET /webauth-url: an address of ours that leads a browser to the bank. It carries a code that opens one visit,
// so it is as secret as the code until it was used.
func (h *Handler) webauthURL(q *request) error {
	if q.caller.UserID == 0 {
		return errScope("This address needs a user's access token.")
	}
	p, err := h.webauthQuery(q)
	if err != nil {
		return err
	}
	in, err := q.webauthTarget()
	if err != nil {
		return err
	}
	connector, source, err := h.Direct.WebauthSource(q.Request().Context(), in)
	if err != nil {
		return absent(err)
	}
	if in.ConnectionID != 0 {
		p.Set("id_connection", strconv.FormatInt(in.ConnectionID, 10))
	} else {
		p.Set("connector_uuid", connector.UUID)
	}
	p.Set("source", source)
	code, err := h.Grants.TemporaryCode(q.Request().Context(), q.caller, grant.CodeSingle)
	if err != nil {
		return err
	}
	p.Set("token", code.Plain.Reveal())
	return respond.JSON(q, http.StatusOK, map[string]string{"url": h.PublicURL + Prefix + pathWebauth + "?" + p.Encode()})
}

// webauthQuery checks client application, redirect URI and state, and begins the address with them. A temporary code that is
// made for another client application than the named one would open nothing, so it is refused here.
func (h *Handler) webauthQuery(q *request) (url.Values, error) {
	id, err := queryID(q, "client_id")
	if err != nil {
		return nil, err
	}
	redirectURI := q.Query["redirect_uri"]
	if redirectURI == "" {
		return nil, params.ErrMissing("redirect_uri")
	}
	if strings.ContainsAny(redirectURI, "?#") {
		return nil, params.ErrValue("redirect_uri", "must not contain query parameters")
	}
	client, _, err := h.Grants.CheckRedirectURI(q.Request().Context(), id, redirectURI)
	if err != nil {
		return nil, err
	}
	if client.Domain != q.caller.Domain || client.ID != q.caller.ClientID {
		return nil, fault.New(fault.Forbidden, "The access token was made for another client application than client_id names.").WithField("client_id")
	}
	p := url.Values{"client_id": {strconv.FormatInt(id, 10)}, "redirect_uri": {redirectURI}}
	if state, has := q.Query["state"]; has {
		if len(state) > mostState {
			return nil, params.ErrValue("state", "must be at most 1024 bytes")
		}
		p.Set("state", state)
	}
	return p, nil
}

// webauthTarget reads what is to be authorised: a connection, or a new one at a connector.
func (q *request) webauthTarget() (in direct.Webauth, err error) {
	in = direct.Webauth{UserID: q.caller.UserID, ConnectorUUID: q.Query["connector_uuid"], Source: q.Query["source"]}
	if q.Query["id_connection"] != "" {
		if in.ConnectionID, err = pathID(q.Query["id_connection"], "id_connection"); err != nil {
			return in, err
		}
		if in.ConnectorUUID != "" || q.Query["id_connector"] != "" {
			return in, params.ErrValue("id_connection", "must not be sent beside a connector")
		}
		return in, nil
	}
	if s := q.Query["id_connector"]; s != "" {
		in.ConnectorID, err = pathID(s, "id_connector")
	}
	return in, err
}

// queryID reads a number that the query must have.
func queryID(q *request, name string) (int64, error) {
	s := q.Query[name]
	if s == "" {
		return 0, params.ErrMissing(name)
	}
	id, err := pathID(s, name)
	if fault.Is(err, fault.NotFound) {
		err = params.ErrValue(name, "is too large")
	}
	return id, err
}
