package powens

import (
	"net/http"

	"passerelle/internal/bank"
)

type connectionObject struct {
	ID               int64                    `json:"id"`
	IDUser           int64                    `json:"id_user"`
	IDConnector      int64                    `json:"id_connector"`
	ConnectorUUID    string                   `json:"connector_uuid"`
	IDBank           *int64                   `json:"id_bank"`
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

// statusOf says how a call that may have spoken to a bank is answered: 202 while the loop of the states has another turn to
// take, 200 when it has none.
func statusOf(c bank.Connection) int {
	switch c.State {
	case bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateValidating, bank.StateWebauthRequired, bank.StateSCARequired:
		return http.StatusAccepted
	}
	return http.StatusOK
}

// bareConnection renders a connection with nothing expanded. Its connector may have left the directory meanwhile.
func (h *Handler) bareConnection(c bank.Connection, lang string) connectionObject {
	o := connectionObject{
		ID: c.ID, IDUser: c.UserID, IDConnector: c.ConnectorID, ConnectorUUID: c.ConnectorUUID, IDBank: &c.ConnectorID,
		State: text(string(c.State)), Error: text(string(c.State)), ErrorMessage: text(c.ErrorMessage),
		LastUpdate: optionalStamp(c.LastUpdate), Created: stamp(c.Created), Active: c.Active, LastPush: optionalStamp(c.LastPush),
		Expire: optionalStamp(c.ExpireAt), NextTry: optionalStamp(c.NextTry),
	}
	connector, known := h.Directory.ByUUID(c.ConnectorUUID)
	if known && connector.SwitchedOff(c.Source) {
		o.NextTry = nil
	}
	if known && documentsAlone(connector) {
		o.IDBank, o.IDProvider = nil, o.IDBank
	}
	o.Fields = askedFields(c, connector, lang)
	return o
}

func (h *Handler) newConnection(q *request, c bank.Connection, expand expansion) (connectionObject, error) {
	o := h.bareConnection(c, q.language())
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
		if o.Accounts, err = h.accountsOf(q, c, false); err != nil {
			return o, err
		}
	}
	if expand.has("all_accounts") {
		o.AllAccounts, err = h.accountsOf(q, c, true)
	}
	return o, err
}

// documentsAlone says whether a connector is what Powens calls a provider and no bank.
func documentsAlone(c *bank.Connector) bool {
	for _, capability := range c.Capabilities {
		if products[capability] != "bill" {
			return false
		}
	}
	return len(c.Capabilities) > 0
}

// askedFields renders what must be asked of the end user now, in the shape of a connector's fields; null when nothing must.
func askedFields(c bank.Connection, connector *bank.Connector, lang string) []fieldObject {
	if len(c.Asked) == 0 {
		return nil
	}
	of := bank.Connector{Fields: c.Asked}
	if connector != nil {
		of.Sources = connector.Sources
	}
	return newFields(&of, lang)
}

// newConnectionSource renders the one source of a connection. The connector may have left the directory meanwhile.
func newConnectionSource(c bank.Connection, connector *bank.Connector) connectionSourceObject {
	o := connectionSourceObject{
		ID: c.ID, IDConnection: c.ID, Name: c.Source, State: text(string(c.State)), LastUpdate: optionalStamp(c.LastUpdate),
		Disabled: optionalStamp(c.PausedAt), Created: stamp(c.Created), AccessExpire: optionalStamp(c.ConsentUntil),
		Expire: optionalStamp(c.ExpireAt), NextTry: optionalStamp(c.NextTry),
	}
	if connector == nil {
		return o
	}
	if connector.SwitchedOff(c.Source) {
		o.NextTry = nil
	}
	for _, s := range newSources(connector) {
		if s.Name == c.Source {
			o.IDConnectorSource, o.Source = &s.ID, &s
		}
	}
	return o
}
