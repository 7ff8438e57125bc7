package powens

import (
	"net/http"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

type connectionObject struct {
	ID               int64                    `json:"id"`
	IDUser           int64                    `json:"id_user"`
	IDConnector      int64                    `json:"id_connector"`
	ConnectorUUID    string                   `json:"connector_uuid"`
	IDBank           int64                    `json:"id_bank"`
	IDProvider       *int64                   `json:"id_provider"`
	State            *string                  `json:"state"`
	Error            *string                  `json:"error"`
	ErrorMessage     *string                  `json:"error_message"`
	Fields           []fieldObject            `json:"fields"`
	LastUpdate       *string                  `json:"last_update"`
	Created          string                   `json:"created"`
	Active           bool                     `json:"active"`
	LastPush         *string                  `json:"last_push"`
	Expire           *string                  `json:"expire"`
	NextTry          *string                  `json:"next_try"`
	Connector        *connectorObject         `json:"connector,omitzero"`
	Sources          []connectionSourceObject `json:"sources,omitzero"`
	Accounts         []accountObject          `json:"accounts,omitzero"`
	AllAccounts      []accountObject          `json:"all_accounts,omitzero"`
	Subscriptions    []struct{}               `json:"subscriptions,omitzero"`
	AllSubscriptions []struct{}               `json:"all_subscriptions,omitzero"`
}

type connectionSourceObject struct {
	ID                int64         `json:"id"`
	IDConnection      int64         `json:"id_connection"`
	IDConnectorSource *int64        `json:"id_connector_source"`
	Name              string        `json:"name"`
	State             *string       `json:"state"`
	LastUpdate        *string       `json:"last_update"`
	Disabled          *string       `json:"disabled"`
	Created           string        `json:"created"`
	AccessExpire      *string       `json:"access_expire"`
	Expire            *string       `json:"expire"`
	NextTry           *string       `json:"next_try"`
	Source            *sourceObject `json:"source"`
}

// connections is GET /users/{id|me}/connections.
func (h *Handler) connections(q *request) error {
	expand, err := q.expand()
	if err != nil {
		return err
	}
	all, err := h.Reader.Connections(q.Request().Context(), q.userID)
	if err != nil {
		return absent(err)
	}
	out := make([]connectionObject, 0, len(all))
	for _, c := range all {
		o, err := h.newConnection(q, c, expand)
		if err != nil {
			return err
		}
		out = append(out, o)
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"connections": out, "total": len(out)})
}

// connection is GET /users/{id|me}/connections/{cid}.
func (h *Handler) connection(q *request) error {
	expand, err := q.expand()
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("connection"), "id_connection")
	if err != nil {
		return err
	}
	c, err := h.Reader.Connection(q.Request().Context(), q.userID, id)
	if err != nil {
		return absent(err)
	}
	o, err := h.newConnection(q, c, expand)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, o)
}

// connectionDelete is DELETE /users/{id|me}/connections/{cid}: the connection and all that was read through it.
func (h *Handler) connectionDelete(q *request) error {
	id, err := pathID(q.Param("connection"), "id_connection")
	if err != nil {
		return err
	}
	// Looked at first, so that for another's connection nothing is waited for and no bank is asked.
	if _, err := h.Reader.Connection(q.Request().Context(), q.userID, id); err != nil {
		return absent(err)
	}
	if err := h.Connections.RemoveConnection(q.Request().Context(), q.userID, id); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}

func (h *Handler) newConnection(q *request, c bank.Connection, expand expansion) (connectionObject, error) {
	o := connectionObject{
		ID: c.ID, IDUser: c.UserID, IDConnector: c.ConnectorID, ConnectorUUID: c.ConnectorUUID, IDBank: c.ConnectorID,
		State: text(string(c.State)), Error: text(string(c.State)), ErrorMessage: text(c.ErrorMessage),
		LastUpdate: optionalStamp(c.LastUpdate), Created: stamp(c.Created), Active: c.Active, NextTry: optionalStamp(c.NextTry),
	}
	connector, known := h.Directory.ByUUID(c.ConnectorUUID)
	if expand.has("connector") && known {
		made := h.newConnector(connector, expand["connector"], q.language())
		o.Connector = &made
	}
	if expand.has("sources") {
		o.Sources = []connectionSourceObject{newConnectionSource(c, connector)}
	}
	if expand.has("subscriptions") {
		o.Subscriptions = []struct{}{}
	}
	if expand.has("all_subscriptions") {
		o.AllSubscriptions = []struct{}{}
	}
	var err error
	if expand.has("accounts") {
		if o.Accounts, err = h.accountsOf(q, c, connector, false); err != nil {
			return o, err
		}
	}
	if expand.has("all_accounts") {
		o.AllAccounts, err = h.accountsOf(q, c, connector, true)
	}
	return o, err
}

func (h *Handler) accountsOf(q *request, c bank.Connection, connector *bank.Connector, all bool) ([]accountObject, error) {
	accounts, err := h.Reader.UserAccounts(q.Request().Context(), c.UserID, c.ID, all)
	if err != nil {
		return nil, absent(err)
	}
	out := make([]accountObject, 0, len(accounts))
	for i := range accounts {
		out = append(out, newAccount(&accounts[i]))
	}
	return out, nil
}

// newConnectionSource renders the one source of a connection. The connector may have left the directory meanwhile.
func newConnectionSource(c bank.Connection, connector *bank.Connector) connectionSourceObject {
	o := connectionSourceObject{
		ID: c.ID, IDConnection: c.ID, Name: c.Source, State: text(string(c.State)), LastUpdate: optionalStamp(c.LastUpdate),
		Created: stamp(c.Created), AccessExpire: optionalStamp(c.ConsentUntil), NextTry: optionalStamp(c.NextTry),
	}
	if connector == nil {
		return o
	}
	for _, s := range newSources(connector) {
		if s.Name == c.Source {
			o.IDConnectorSource, o.Source = &s.ID, &s
		}
	}
	return o
}
