package powens

import "passerelle/internal/webhook"

// connection renders the connection of an event, with nothing expanded.
func (p payloads) connection(f *webhook.Facts) connectionObject {
	c := *f.Connection
	return connectionObject{
		ID: c.ID, IDUser: c.UserID, IDConnector: c.ConnectorID, ConnectorUUID: c.ConnectorUUID, IDBank: c.ConnectorID,
		State: text(string(c.State)), Error: text(string(c.State)), ErrorMessage: text(c.ErrorMessage),
		LastUpdate: optionalStamp(c.LastUpdate), Created: stamp(c.Created), Active: c.Active, LastPush: optionalStamp(c.LastPush),
		NextTry: optionalStamp(c.NextTry),
	}
}
