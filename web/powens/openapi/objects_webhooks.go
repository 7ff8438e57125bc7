package openapi

func webhookObjects() []named {
	return []named{
		obj("Webhook", "A receiver: an address that is told of events.", `
			id integer its number e.g. 3
			created datetime when it was made
			updated datetime|null when it was changed
			deleted datetime|null since when nothing is sent
			id_service integer|null not used here: null
			id_user integer|null only events of this user
			id_event integer the event's number
			event string the event's name e.g. CONNECTION_SYNCED
			id_auth integer|null what authenticates deliveries
			url uri the address e.g. https://shop.example/connection-synced
			params open not used here e.g. {}
			add_to_data open values copied into payloads e.g. {}
			health_data open how deliveries go e.g. {}
			warning string|null what is wrong with it
		`),
		obj("WebhookList", "Receivers of the domain.", `
			webhooks []Webhook the receivers
		`),
		obj("WebhookEvent", "An event that a receiver can be told of.", `
			id integer its number
			name string its name e.g. CONNECTION_SYNCED
		`),
		obj("WebhookEventList", "Events.", `
			webhooks_events []WebhookEvent the events
		`),
		obj("WebhookLog", "One try to deliver.", `
			id integer its number
			id_webhook integer the receiver e.g. 3
			timestamp datetime when it was tried
			response_code integer|null the receiver's status e.g. 200
			response_date datetime|null when the receiver answered
			next_try datetime|null when it is tried again
		`),
		obj("WebhookLogList", "Tries to deliver, newest first.", `
			webhooklogs []WebhookLog the tries
		`),
		obj("AuthProvider", "What authenticates deliveries to a receiver.", `
			id integer its number e.g. 1
			type enum(hmac_signature,oauth,standard) how
			name string its name e.g. mine
			config open its settings; a secret is shown when it was made and never again e.g. {"secret_key": "c2VjcmV0"}
		`),
		obj("AuthProviderList", "What authenticates deliveries.", `
			authproviders []AuthProvider the providers
		`),
	}
}
