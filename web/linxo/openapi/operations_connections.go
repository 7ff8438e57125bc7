package openapi

import "passerelle/web/describe"

func (v version) connectionOperations() []describe.Row {
	out := []describe.Row{
		{
			At: "GET /connections", Summary: "List connections", Auth: readChannels, Answers: v.list("Connection", "a user's, oldest first"),
			Params: v.user() + `
				status list honoured only those with one of these statuses e.g. SUCCESS,PARTIAL_SUCCESS
				provider_id list honoured only those with these providers e.g. 41` + paging,
			Refusals: v.whose(),
		},
		{
			At: "POST /connections", Summary: "Not open", Auth: editChannels, Support: describe.Refused,
			Why:      "connections are made in the widget; the vendor closed this to new integrations too",
			Refusals: "403 FORBIDDEN",
		},
		{At: "GET /connections/{connection}", Summary: "Read a connection", Auth: readChannels, Params: v.user(), Answers: describe.OK("Connection", "the connection"), Refusals: v.whose()},
	}
	for _, method := range []string{"PATCH", "PUT"} {
		out = append(out, describe.Row{
			At: method + " /connections/{connection}", Summary: "Switch automatic reading", Auth: editChannels, Answers: describe.OK("Connection", "the connection, as it is now"),
			Params: v.user(), Body: `
				auto_sync! boolean honoured whether it is read by itself e.g. false
				consent_per_account boolean refused it is what the end user agreed to; they change it in the widget's manage_accounts`,
			Refusals: v.whose() + "; 400 PARAMETER_MISSING",
		})
	}
	return append(out,
		describe.Row{
			At: "DELETE /connections/{connection}", Summary: "Delete a connection", Auth: editChannels, Params: v.user(), Refusals: v.whose(),
			Detail: "Its accounts and transactions go with it, and the bank is told that the consent has ended.", Answers: describe.None("it is gone"),
		},
		describe.Row{
			At: "POST /connections/{connection}/synchronize", Summary: "Read a connection now", Auth: syncChannels, Params: v.user(),
			Detail:   "What can be read without the end user is read soon; follow its status, or a queue. With auto_sync false it is read this once. " + ours + ".",
			Answers:  []describe.Answer{{Status: 202, Type: "Connection", Meaning: "the connection; it is being read"}},
			Refusals: v.whose() + "; 409 USER_ACTION_REQUIRED AUTO_SYNC_OFF CONFLICT; 429 TOO_MANY_SYNCHRONIZATIONS",
		},
	)
}

// whose are the refusals of an operation that must know whose data is asked for.
func (v version) whose() string { return "400 PARAMETER_MISSING; 404 RESOURCE_UNKNOWN" }

func (v version) providerOperations() []describe.Row {
	return []describe.Row{
		{
			At: "GET /providers", Summary: "List providers", Auth: readProviders, Answers: v.list("Provider", "the most used first, or with q the best first"),
			Params: `
				q string honoured those that these words mean e.g. test
				country list honoured those in one of these countries, ISO 3166-1 e.g. FR
				countries list honoured the same, as the widget calls it
				locale string honoured the language of labels; else Accept-Language
				lng string honoured the older name of locale
				page integer honoured which page, from 1
				limit integer honoured how many to list at most, from 1 to 500; default 250`,
		},
		{At: "GET /providers/{provider}", Summary: "Read a provider", Auth: readProviders, Answers: describe.OK("Provider", "the provider")},
	}
}

// readProviders is any access token: who the institutions are is no secret.
const readProviders describe.Auth = "openid profile profile_edit users_create accounts_read accounts_manage connections_manage connections_sync transactions_read"
