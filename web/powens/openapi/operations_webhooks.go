package openapi

import "passerelle/web/describe"

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

func webhookOperations() []describe.Row {
	const one = "/webhooks/{webhook}"
	out := []describe.Row{
		{
			At: "GET /webhooks", Summary: "List receivers", Auth: ConfigToken, Answers: describe.OK("WebhookList", "the receivers"),
			Params: paging + `
				all flag honoured deleted ones too`,
		},
		{
			At: "POST /webhooks", Params: onceKey, Summary: "Register a receiver", Auth: ConfigToken, Answers: describe.OK("Webhook", "the receiver"), Refusals: "400 missingParameter",
			Detail: "Parameters may stand in the query instead.",
			Body: `
				url! uri honoured the address; https, and none in a private network unless the operator allows it e.g. https://shop.example/connection-synced
				event! string honoured the event e.g. CONNECTION_SYNCED` + webhookBody,
		},
		{At: "DELETE /webhooks", Summary: "Remove all receivers", Auth: ConfigToken, Answers: describe.None("nothing is sent any more")},
		{At: "GET " + one, Summary: "Read a receiver", Auth: ConfigToken, Answers: describe.OK("Webhook", "the receiver")},
	}
	for _, method := range []string{"POST", "PUT"} {
		out = append(out, describe.Row{
			At: method + " " + one, Summary: "Change a receiver", Auth: ConfigToken, Answers: describe.OK("Webhook", "the receiver, as it is now"),
			Refusals: "400 missingParameter",
			Body: `
				url uri honoured the address e.g. https://shop.example/connection-synced
				event string honoured the event` + webhookBody + `
				disabled boolean honoured true stops it, false starts it again; ours
				deleted boolean honoured true removes it`,
		})
	}
	out = append(out, []describe.Row{
		{At: "DELETE " + one, Summary: "Remove a receiver", Auth: ConfigToken, Answers: describe.None("nothing is sent to it any more")},
		{At: "GET " + one + "/logs", Summary: "List tries to deliver", Auth: ConfigToken, Answers: describe.OK("WebhookLogList", "the tries"), Params: paging},
		{
			At: "GET " + one + "/deliveries", Summary: "List payloads of a receiver", Auth: ConfigToken, Answers: describe.OK("DeliveryList", "the payloads"),
			Params: paging + deliveryFilter, Ours: true,
		},
		{
			At: "POST " + one + "/deliveries/{delivery}/redeliver", Summary: "Send a payload again", Auth: ConfigToken, Answers: describe.OK("Redelivered", "it is sent"), Ours: true, Refusals: "409 conflict",
		},
		{
			At: "POST " + one + "/redeliver", Summary: "Send payloads again", Auth: ConfigToken, Answers: describe.OK("Redelivered", "they are sent"), Ours: true,
			Detail: "Those that were given up, unless state says otherwise.", Body: deliveryFilter,
		},
		{At: "GET " + one + "/add_to_data", Summary: "List names to add to payloads", Auth: ConfigToken, Answers: describe.OK("AddToData", "the names")},
	}...)
	for _, key := range []string{"", "/{key}"} {
		set := describe.Row{
			At: "POST " + one + "/add_to_data" + key, Summary: "Add names to add to payloads", Auth: ConfigToken, Support: describe.Ignored,
			Answers: describe.OK("Webhook", "the receiver, as it is now"), Why: "the names are kept and add nothing: users have no settings here",
		}
		if key == "" {
			set.Body = `keys stringarray ignored the names e.g. ["tenant"]`
		}
		out = append(out, set, describe.Row{
			At: "DELETE " + one + "/add_to_data" + key, Summary: "Remove names to add to payloads", Auth: ConfigToken, Answers: describe.OK("Webhook", "the receiver, as it is now"),
		})
	}
	return append(out, authProviderOperations()...)
}

// newKey is a provider whose key is shown.
const newKey = `{"config": {"secret_key": "…43 characters…"}}`

func authProviderOperations() []describe.Row {
	return []describe.Row{
		{At: "GET /webhooks_events", Summary: "List events", Auth: ConfigToken, Answers: describe.OK("WebhookEventList", "the events")},
		{At: "GET /webhooks/auth", Summary: "List what authenticates deliveries", Auth: ConfigToken, Answers: describe.OK("AuthProviderList", "the providers")},
		{
			At: "POST /webhooks/auth", Params: onceKey, Summary: "Make something that authenticates deliveries", Auth: ConfigToken,
			Answers: []describe.Answer{{Status: 200, Type: "AuthProvider", Meaning: "the provider; a secret is shown this once", Example: newKey}}, Detail: "Parameters may stand in the query instead, but for config: what holds a secret stands in the body.",
			Body: `
				type! AuthType honoured how
				name! string honoured what you call it e.g. mine
				config open honoured of oauth: url, client_id, client_secret, grant_type; they may stand beside the others; certificates are refused`,
			Sample: `{"type": "hmac_signature", "name": "mine"}`, Refusals: "400 missingParameter; 409 conflict",
		},
		{At: "GET /webhooks/auth/{auth}", Summary: "Read a provider", Auth: ConfigToken, Answers: describe.OK("AuthProvider", "the provider, without its secret")},
		{At: "DELETE /webhooks/auth/{auth}", Summary: "Remove a provider", Auth: ConfigToken, Answers: describe.None("it authenticates nothing any more"), Refusals: "409 conflict"},
		{
			At: "POST /webhooks/auth/{auth}/rotate", Summary: "Make a new key", Auth: ConfigToken, Ours: true,
			Answers: []describe.Answer{{Status: 200, Type: "AuthProvider", Meaning: "the provider, with its new key", Example: newKey}}, Detail: "Standard Webhooks are signed with both keys for a while.",
		},
		{
			At: "POST /test/webhooks", Summary: "Send something to a receiver", Auth: ConfigToken, Answers: describe.OK("Delivery", "the payload on its way"),
			Body: `id_webhook! integer honoured the receiver e.g. 3`, Refusals: "400 missingParameter; 404 notFound; 409 conflict",
		},
		{
			At: "POST /test/sync", Summary: "Read a connection and send its events", Auth: ConfigToken, Answers: describe.OK("SyncQueued", "it will be read"),
			Body: `id_connection! integer honoured the connection e.g. 17`, Refusals: "400 missingParameter; 404 notFound",
		},
	}
}
