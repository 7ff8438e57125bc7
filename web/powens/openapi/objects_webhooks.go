package openapi

import "passerelle/web/describe"

func webhookObjects() []describe.Object {
	return []describe.Object{
		describe.Members("Webhook", "A receiver: an address that is told of events.", `
			id integer its number e.g. 3
			url uri the address e.g. https://shop.example/connection-synced
			id_event integer the event's number
			event string the event's name; ours e.g. CONNECTION_SYNCED
			id_user integer|null only events of this user
			id_service integer|null kept and not used
			id_auth integer|null what authenticates deliveries; null is a user access token
			params open|null as they were given; compression is read
			add_to_data []string names that were asked to be added to payloads; users have no settings here, so that none is e.g. []
			created datetime when it was made
			updated datetime when it was changed
			deleted datetime|null since when nothing is sent
			disabled string|null why nothing is sent for now; ours
			health_data WebhookHealth how deliveries go
			warning string|null what is wrong with it
		`),
		describe.Members("WebhookHealth", "How deliveries to a receiver go.", `
			failing_since datetime|null since when none arrives
			failures integer failures in a row e.g. 0
			next_try datetime|null until when none is tried
		`),
		describe.Members("WebhookList", "Receivers of the domain.", `
			webhooks []Webhook the receivers
			total integer how many are listed
		`),
		describe.Members("WebhookEvent", "An event that a receiver can be told of.", `
			id integer its number
			name string its name e.g. CONNECTION_SYNCED
			sent boolean false when nothing here causes it e.g. true
			description string when it is sent e.g. A connection was read, or could not be: see connection.state.
		`),
		describe.Members("WebhookEventList", "Events.", `
			webhookevents []WebhookEvent the events
			total integer how many there are
		`),
		describe.Members("WebhookLog", "One try to deliver.", `
			id integer its number
			id_webhook integer the receiver e.g. 3
			id_webhook_data integer the delivery e.g. 9
			event string the event's name e.g. CONNECTION_SYNCED
			timestamp datetime when it was tried
			response_code integer|null the receiver's status e.g. 200
			response_date datetime|null when the receiver answered
			response string|null the beginning of its answer, null where an access token was sent: the receiver may have repeated it
			error string|null what went wrong when it did not answer
			next_try datetime|null when it is tried again
		`),
		describe.Members("WebhookLogList", "Tries to deliver, newest first.", `
			webhooklogs []WebhookLog the tries
			total integer how many are listed
		`),
	}
}

// deliveryObjects are what is sent to receivers, and what authenticates it.
func deliveryObjects() []describe.Object {
	return []describe.Object{
		describe.Enum("DeliveryState", "Where a delivery is.", "held", "waiting", "delivered", "given_up", "dropped"),
		describe.Members("Delivery", "One payload on its way.", `
			id integer its number: id_webhook_data of what is sent e.g. 9
			id_webhook integer the receiver e.g. 3
			event string the event's name e.g. CONNECTION_SYNCED
			id_user integer|null whom it is about e.g. 42
			id_connection integer|null what it is about e.g. 17
			state DeliveryState where it is e.g. delivered
			tries integer how often it was tried
			created datetime when it was made
			next_try datetime|null when it is tried again
			ended datetime|null when it was delivered or given up
		`),
		describe.Members("DeliveryList", "Payloads of a receiver, newest first.", `
			deliveries []Delivery the payloads
			total integer how many are listed
		`),
		describe.Members("Redelivered", "How many payloads are sent again.", `
			redelivered integer how many
		`),
		describe.Members("AddToData", "Names that were asked to be added to payloads.", `
			add_to_data []string the names e.g. ["tenant"]
		`),
		describe.Members("SyncQueued", "A reading that was asked for.", `
			id_connection integer the connection e.g. 17
			queued boolean always true e.g. true
		`),
		describe.Enum("AuthType", "How deliveries are authenticated: BI-Signature, OAuth 2 client credentials, or Standard Webhooks.", "hmac_signature", "oauth", "standard"),
		describe.Members("AuthProvider", "What authenticates deliveries to a receiver.", `
			id integer its number e.g. 1
			type AuthType how
			name string its name e.g. mine
			created datetime when it was made
			config AuthConfig its settings
		`),
		describe.Members("AuthConfig", "Settings of a provider. A secret is shown when it was made and never again.", `
			secret_key? string the key of signatures
			url? uri of oauth: the token endpoint
			client_id? string of oauth: who we are there
			grant_type? enum(client_credentials) of oauth
		`),
		describe.Members("AuthProviderList", "What authenticates deliveries.", `
			authproviders []AuthProvider the providers
			total integer how many there are
		`),
	}
}
