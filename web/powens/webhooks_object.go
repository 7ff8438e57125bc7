package powens

import (
	"encoding/json"

	"passerelle/internal/webhook"
)

// webhookObject is a receiver. event, disabled and the members of health_data are ours.
type webhookObject struct {
	ID         int64           `json:"id"`
	URL        string          `json:"url"`
	IDEvent    int             `json:"id_event"`
	Event      string          `json:"event"`
	IDUser     *int64          `json:"id_user"`
	IDService  *int64          `json:"id_service"`
	IDAuth     *int64          `json:"id_auth"`
	Params     json.RawMessage `json:"params"`
	AddToData  []string        `json:"add_to_data"`
	Created    string          `json:"created"`
	Updated    string          `json:"updated"`
	Deleted    *string         `json:"deleted"`
	Disabled   *string         `json:"disabled"`
	HealthData healthObject    `json:"health_data"`
	Warning    *string         `json:"warning"`
}

// healthObject says how deliveries go: since when none arrives, what failed in a row, and until when none is tried.
type healthObject struct {
	FailingSince *string `json:"failing_since"`
	Failures     int     `json:"failures"`
	NextTry      *string `json:"next_try"`
}

func newWebhook(r webhook.Receiver) webhookObject {
	kind, _ := webhook.KindOf(r.Event)
	o := webhookObject{
		ID: r.ID, URL: r.URL, IDEvent: kind.ID, Event: r.Event, IDUser: optionalID(r.UserID), IDService: optionalID(r.ServiceID),
		IDAuth: optionalID(r.AuthID), AddToData: texts(r.Params.AddToData), Created: stamp(r.Created), Updated: stamp(r.Updated),
		Deleted: optionalStamp(r.Deleted), Disabled: text(r.Disabled),
		HealthData: healthObject{optionalStamp(r.Failing), r.Failures, optionalStamp(r.RetryAt)},
	}
	o.Params = json.RawMessage("null")
	if r.Params.Given != "" {
		o.Params = json.RawMessage(r.Params.Given)
	}
	switch {
	case r.Disabled == webhook.DisabledGone:
		o.Warning = text("The receiver answered 410 Gone, so nothing is sent to it. Enable it again when it is back.")
	case r.Disabled != "":
		o.Warning = text("Nothing is sent to it: it was disabled by hand.")
	case webhook.Broken(r.Failures):
		o.Warning = text("Nothing has arrived for a while: deliveries rest and one is tried now and then.")
	case !kind.Sent:
		o.Warning = text("This event is known and never happens here.")
	}
	return o
}

type eventObject struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Sent        bool   `json:"sent"`
	Description string `json:"description"`
}

// authObject is an auth provider. Its secrets are there in the one moment that they are known.
type authObject struct {
	ID      int64       `json:"id"`
	Type    string      `json:"type"`
	Name    string      `json:"name"`
	Created string      `json:"created"`
	Config  *authConfig `json:"config"`
}

type authConfig struct {
	SecretKey string `json:"secret_key,omitzero"`
	URL       string `json:"url,omitzero"`
	ClientID  string `json:"client_id,omitzero"`
	GrantType string `json:"grant_type,omitzero"`
}

func newAuth(a webhook.Auth, shown bool) authObject {
	o := authObject{ID: a.ID, Type: string(a.Type), Name: a.Name, Created: stamp(a.Created), Config: &authConfig{}}
	switch {
	case a.Type == webhook.AuthOAuth:
		*o.Config = authConfig{URL: a.Config.TokenURL, ClientID: a.Config.ClientID, GrantType: grantClientCredentials}
	case shown:
		o.Config.SecretKey = a.Config.SecretKey.Reveal()
	}
	return o
}

// deliveryObject is one payload on its way; its id is the id_webhook_data of what is sent.
type deliveryObject struct {
	ID           int64   `json:"id"`
	IDWebhook    int64   `json:"id_webhook"`
	Event        string  `json:"event"`
	IDUser       *int64  `json:"id_user"`
	IDConnection *int64  `json:"id_connection"`
	State        string  `json:"state"`
	Tries        int     `json:"tries"`
	Created      string  `json:"created"`
	NextTry      *string `json:"next_try"`
	Ended        *string `json:"ended"`
}

func newDelivery(d webhook.Delivery) deliveryObject {
	return deliveryObject{
		d.ID, d.ReceiverID, d.Event, optionalID(d.UserID), optionalID(d.ConnectionID), string(d.State), d.Tries, stamp(d.Created),
		optionalStamp(d.NextTry), optionalStamp(d.Ended),
	}
}

// webhookLogObject is one try to deliver.
type webhookLogObject struct {
	ID            int64   `json:"id"`
	IDWebhook     int64   `json:"id_webhook"`
	IDWebhookData int64   `json:"id_webhook_data"`
	Event         string  `json:"event"`
	Timestamp     string  `json:"timestamp"`
	ResponseCode  *int    `json:"response_code"`
	ResponseDate  *string `json:"response_date"`
	Response      *string `json:"response"`
	Error         *string `json:"error"`
	NextTry       *string `json:"next_try"`
}

func newWebhookLog(l webhook.Log) webhookLogObject {
	o := webhookLogObject{
		ID: l.ID, IDWebhook: l.ReceiverID, IDWebhookData: l.DeliveryID, Event: l.Event, Timestamp: stamp(l.Sent),
		ResponseDate: optionalStamp(l.Answered), Response: text(l.Answer), Error: text(l.Problem), NextTry: optionalStamp(l.NextTry),
	}
	if l.Status != 0 {
		o.ResponseCode = &l.Status
	}
	return o
}
