package openapi

const webhookBody = `
	url! uri honoured the address; https, and none in a private network unless the operator allows it e.g. https://shop.example/connection-synced
	event! string honoured the event e.g. CONNECTION_SYNCED
	id_user integer honoured only events of this user
	id_auth integer honoured what authenticates deliveries; left out, a user access token of 30 minutes
	id_service integer ignored there are no services
	params any ignored no event takes any`

func webhookOperations() []operation {
	out := []operation{
		{at: "GET /webhooks", summary: "List receivers", auth: ConfigToken, answers: ok("WebhookList", "the receivers")},
		{
			at: "POST /webhooks", summary: "Register a receiver", auth: ConfigToken, body: webhookBody, answers: ok("Webhook", "the receiver"),
			refusals: "400 missingParameter",
		},
		{at: "DELETE /webhooks", summary: "Remove all receivers", auth: ConfigToken, answers: none("nothing is sent any more")},
	}
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, operation{
			at: method + " /webhooks/{webhook}", summary: "Change a receiver", auth: ConfigToken, answers: ok("Webhook", "the receiver, as it is now"),
			body: `
				url uri honoured the address e.g. https://shop.example/connection-synced
				event string honoured the event
				id_user integer honoured only events of this user
				id_auth integer honoured what authenticates deliveries
				deleted boolean honoured true stops it, false starts it again
				id_service integer ignored there are no services
				params any ignored no event takes any`,
		})
	}
	return append(out, []operation{
		{at: "DELETE /webhooks/{webhook}", summary: "Remove a receiver", auth: ConfigToken, answers: none("nothing is sent to it any more")},
		{at: "GET /webhooks/{webhook}/logs", summary: "List tries to deliver", auth: ConfigToken, answers: ok("WebhookLogList", "the tries"), params: paging},
		{at: "GET /webhooks_events", summary: "List events", auth: ConfigToken, answers: ok("WebhookEventList", "the events")},
		{at: "GET /webhooks/auth", summary: "List what authenticates deliveries", auth: ConfigToken, answers: ok("AuthProviderList", "the providers")},
		{
			at: "POST /webhooks/auth", summary: "Make something that authenticates deliveries", auth: ConfigToken, answers: ok("AuthProvider", "the provider; a secret is shown this once"),
			body: `
				type! enum(hmac_signature,oauth,standard) honoured how: BI-Signature, OAuth 2 client credentials, or Standard Webhooks
				name! string honoured short and alphanumeric e.g. mine
				config open honoured of oauth: url, client_id, client_secret, grant_type`,
			sample: `{"type": "hmac_signature", "name": "mine"}`, refusals: "400 missingParameter",
		},
		{at: "DELETE /webhooks/auth/{auth}", summary: "Remove a provider", auth: ConfigToken, answers: none("it authenticates nothing any more")},
	}...)
}
