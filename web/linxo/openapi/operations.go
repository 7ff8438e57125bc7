package openapi

import "passerelle/web/describe"

// nouns are the groups of operations, in the order of the description.
func (v version) nouns() []describe.Noun {
	return []describe.Noun{
		{Name: "auth", Title: "Access", Meaning: "The authorization server: access tokens. It stands at the root, whatever the version.", Rows: authOperations},
		{Name: "users", Title: "Users", Meaning: "The end users of a client application.", Rows: v.userOperations},
		{Name: "widget", Title: "Widget", Meaning: "The pages in which an end user connects banks and manages what is shared: a session is made by the client backend, and the end user's browser opens one of its links.", Rows: v.widgetOperations},
		{Name: "connections", Title: "Connections", Meaning: "The lasting links between a user and a provider.", Rows: v.connectionOperations},
		{Name: "accounts", Title: "Accounts", Meaning: "Bank accounts.", Rows: v.accountOperations},
		{Name: "transactions", Title: "Transactions", Meaning: "Movements on shared accounts.", Rows: v.transactionOperations},
		{Name: "providers", Title: "Providers", Meaning: "The institutions that an end user can connect.", Rows: v.providerOperations},
		{Name: "queues", Title: "Event queues", Meaning: "What happens to a user, step by step.", Rows: v.queueOperations},
		{Name: "description", Title: "Description", Meaning: "This description.", Rows: v.descriptionOperations},
	}
}

// ours is said of what no public source shows.
const ours = "the name is our decision: no public source tells it"

// user is the parameter that says whose data is asked for.
func (v version) user() string {
	if v.v3 {
		return `
			user_id id honoured whose; needed with a client application's own access token
			x-linxo-user-id id honoured the same, as a header`
	}
	return `
		x-linxo-user-id id honoured whose; needed with a client application's own access token
		user_id id honoured the same, as version 3 has it`
}

const paging = `
	page integer honoured which page, from 1
	limit integer honoured how many to list at most, from 1 to 500; default 100`

// pathParams are the parameters of paths.
var pathParams = map[string]describe.Line{
	"user":        {Type: "string", Meaning: "the user's id, or me for the user of the token", Example: "me"},
	"connection":  {Type: "string", Meaning: "the connection's id", Example: "17"},
	"account":     {Type: "string", Meaning: "the account's id", Example: "7"},
	"transaction": {Type: "string", Meaning: "the transaction's id", Example: "980787"},
	"provider":    {Type: "string", Meaning: "the provider's id", Example: "41"},
	"queue":       {Type: "string", Meaning: "the queue's id", Example: "019cb000-0000-7000-8000-000000000001"},
	"entry":       {Type: "string", Meaning: "add_connection, manage_connections, edit_credentials, user_input, manage_accounts, terms or professional-account", Example: "add_connection"},
}

func (v version) descriptionOperations() []describe.Row {
	out := describe.Itself()
	if v.v3 {
		return out
	}
	return append(out, describe.Row{
		At: "GET /postman.json", Summary: "A Postman collection", Below: true, Ours: true,
		Detail:  "Version 2.1 of the format. Set client_id, client_secret, user_email and user_password; the folder after the widget tells when to open it.",
		Answers: []describe.Answer{{Status: 200, Type: "application/json", Meaning: "the collection, with the address of this service"}, {Status: 304, Meaning: "it has not changed"}},
	})
}
