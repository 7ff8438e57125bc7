package openapi

const webhookBody = `
	id_event integer honoured the event by its number, in place of event
	id_user integer honoured only events of this user
	id_auth integer honoured what authenticates deliveries; left out, a user access token of 30 minutes
	id_service integer ignored it is kept; there are no services
	params open honoured compression: pack bodies; the rest is kept and not read`

const deliveryFilter = `
	state DeliveryState honoured only those there
	min_date string honoured none before: a day or a time
	max_date string honoured none after: a day or a time`

func webhookOperations() []operation {
	const one = "/webhooks/{webhook}"
	out := []operation{
		{
			at: "GET /webhooks", summary: "List receivers", auth: ConfigToken, answers: ok("WebhookList", "the receivers"),
			params: paging + `
				all flag honoured deleted ones too`,
		},
		{
			at: "POST /webhooks", summary: "Register a receiver", auth: ConfigToken, answers: ok("Webhook", "the receiver"), refusals: "400 missingParameter",
			detail: "Parameters may stand in the query instead.",
			body: `
				url! uri honoured the address; https, and none in a private network unless the operator allows it e.g. https://shop.example/connection-synced
				event! string honoured the event e.g. CONNECTION_SYNCED` + webhookBody,
		},
		{at: "DELETE /webhooks", summary: "Remove all receivers", auth: ConfigToken, answers: none("nothing is sent any more")},
		{at: "GET " + one, summary: "Read a receiver", auth: ConfigToken, answers: ok("Webhook", "the receiver")},
	}
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, operation{
			at: method + " " + one, summary: "Change a receiver", auth: ConfigToken, answers: ok("Webhook", "the receiver, as it is now"),
			refusals: "400 missingParameter",
			body: `
				url uri honoured the address e.g. https://shop.example/connection-synced
				event string honoured the event` + webhookBody + `
				disabled boolean honoured true stops it, false starts it again; ours
				deleted boolean honoured true removes it`,
		})
	}
	out = append(out, []operation{
		{at: "DELETE " + one, summary: "Remove a receiver", auth: ConfigToken, answers: none("nothing is sent to it any more")},
		{at: "GET " + one + "/logs", summary: "List tries to deliver", auth: ConfigToken, answers: ok("WebhookLogList", "the tries"), params: paging},
		{
			at: "GET " + one + "/deliveries", summary: "List payloads of a receiver", auth: ConfigToken, answers: ok("DeliveryList", "the payloads"),
			params: paging + deliveryFilter, ours: true,
		},
		{
			at: "POST " + one + "/deliveries/{delivery}/redeliver", summary: "Send a payload again", auth: ConfigToken, answers: ok("Redelivered", "it is sent"), ours: true, refusals: "409 conflict",
		},
		{
			at: "POST " + one + "/redeliver", summary: "Send payloads again", auth: ConfigToken, answers: ok("Redelivered", "they are sent"), ours: true,
			detail: "Those that were given up, unless state says otherwise.", body: deliveryFilter,
		},
		{at: "GET " + one + "/add_to_data", summary: "List names to add to payloads", auth: ConfigToken, answers: ok("AddToData", "the names")},
	}...)
	for _, key := range []string{"", "/{key}"} {
		set := operation{
			at: "POST " + one + "/add_to_data" + key, summary: "Add names to add to payloads", auth: ConfigToken, support: Ignored,
			answers: ok("Webhook", "the receiver, as it is now"), why: "the names are kept and add nothing: users have no settings here",
		}
		if key == "" {
			set.body = `keys stringarray ignored the names e.g. ["tenant"]`
		}
		out = append(out, set, operation{
			at: "DELETE " + one + "/add_to_data" + key, summary: "Remove names to add to payloads", auth: ConfigToken, answers: ok("Webhook", "the receiver, as it is now"),
		})
	}
	return append(out, authProviderOperations()...)
}

// newKey is a provider whose key is shown.
const newKey = `{"config": {"secret_key": "…43 characters…"}}`

func authProviderOperations() []operation {
	return []operation{
		{at: "GET /webhooks_events", summary: "List events", auth: ConfigToken, answers: ok("WebhookEventList", "the events")},
		{at: "GET /webhooks/auth", summary: "List what authenticates deliveries", auth: ConfigToken, answers: ok("AuthProviderList", "the providers")},
		{
			at: "POST /webhooks/auth", summary: "Make something that authenticates deliveries", auth: ConfigToken,
			answers: []Answer{{Status: 200, Type: "AuthProvider", Meaning: "the provider; a secret is shown this once", Example: newKey}}, detail: "Parameters may stand in the query instead, but for config: what holds a secret stands in the body.",
			body: `
				type! AuthType honoured how
				name! string honoured what you call it e.g. mine
				config open honoured of oauth: url, client_id, client_secret, grant_type; they may stand beside the others; certificates are refused`,
			sample: `{"type": "hmac_signature", "name": "mine"}`, refusals: "400 missingParameter; 409 conflict",
		},
		{at: "GET /webhooks/auth/{auth}", summary: "Read a provider", auth: ConfigToken, answers: ok("AuthProvider", "the provider, without its secret")},
		{at: "DELETE /webhooks/auth/{auth}", summary: "Remove a provider", auth: ConfigToken, answers: none("it authenticates nothing any more"), refusals: "409 conflict"},
		{
			at: "POST /webhooks/auth/{auth}/rotate", summary: "Make a new key", auth: ConfigToken, ours: true,
			answers: []Answer{{Status: 200, Type: "AuthProvider", Meaning: "the provider, with its new key", Example: newKey}}, detail: "Standard Webhooks are signed with both keys for a while.",
		},
		{
			at: "POST /test/webhooks", summary: "Send something to a receiver", auth: ConfigToken, answers: ok("Delivery", "the payload on its way"),
			body: `id_webhook! integer honoured the receiver e.g. 3`, refusals: "400 missingParameter; 404 notFound; 409 conflict",
		},
		{
			at: "POST /test/sync", summary: "Read a connection and send its events", auth: ConfigToken, answers: ok("SyncQueued", "it will be read"),
			body: `id_connection! integer honoured the connection e.g. 17`, refusals: "400 missingParameter; 404 notFound",
		},
	}
}
