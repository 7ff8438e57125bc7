package openapi

import "passerelle/web/describe"

// nouns are the groups of operations, in the order of the description.
var nouns = []describe.Noun{
	{Name: "auth", Title: "Access", Meaning: "Users, codes and access tokens: how a client application begins.", Rows: authOperations},
	{Name: "users", Title: "Users", Meaning: "The end users of a domain.", Rows: userOperations},
	{Name: "connectors", Title: "Connectors", Meaning: "The institutions that an end user can connect, and what an operator sets in the catalogue.", Rows: connectorOperations},
	{Name: "connections", Title: "Connections", Meaning: "The lasting links between a user and a connector.", Rows: connectionOperations},
	{Name: "accounts", Title: "Accounts", Meaning: "Bank accounts, and the end user's consent to share them.", Rows: accountOperations},
	{Name: "transactions", Title: "Transactions", Meaning: "Movements on shared accounts.", Rows: transactionOperations},
	{Name: "webhooks", Title: "Webhooks", Meaning: "Receivers of events, what authenticates deliveries to them, and their logs.", Rows: webhookOperations},
	{Name: "settings", Title: "Settings", Meaning: "Client applications and the settings of a domain.", Rows: settingOperations},
	{Name: "webview", Title: "Webview", Meaning: "The addresses of the webview that stand below /2.0. The end user's browser opens them; they answer with pages and redirects.", Rows: webviewOperations},
	{Name: "description", Title: "Description", Meaning: "This description.", Rows: describe.Itself},
}

// Parameters that several operations take.
const (
	paging = `
		limit integer honoured how many to list at most
		offset integer honoured how many to pass over`
	expand = `
		expand string honoured what to put inside, separated by commas; brackets for what is inside that: accounts,connector[countries]. Unknown names are ignored`
	background = `
		background flag honoured answer at once and go on in the background; read the connection to see how it went`
)

// pathParams are the parameters of paths.
var pathParams = map[string]describe.Line{
	"user":        {Type: "string", Meaning: "the user's number, or me for the user of the token", Example: "me"},
	"connection":  {Type: "string", Meaning: "the connection's number", Example: "17"},
	"account":     {Type: "string", Meaning: "the account's number", Example: "7"},
	"logo":        {Type: "string", Meaning: "main or thumbnail", Example: "main"},
	"transaction": {Type: "string", Meaning: "the transaction's number", Example: "980787"},
	"connector":   {Type: "string", Meaning: "the connector's UUID; its number is accepted and deprecated", Example: "338178e6-3d01-564f-9a7b-52ca442459bf"},
	// a connection's source has the connection's number, a connector's its own
	"connections.source": {Type: "string", Example: "17"},
	"source":             {Type: "string", Meaning: "the source's number", Example: "401"},
	"client":             {Type: "string", Meaning: "the client application's number", Example: "39038450"},
	"webhook":            {Type: "string", Meaning: "the receiver's number", Example: "3"},
	"auth":               {Type: "string", Meaning: "the provider's number", Example: "1"},
	"key":                {Type: "string", Meaning: "the name of the value", Example: "tenant"},
	"delivery":           {Type: "string", Meaning: "the delivery's number: id_webhook_data of its body", Example: "9"},
	"type":               {Type: "string", Meaning: "the type's number or name", Example: "checking"},
	"currency":           {Type: "string", Meaning: "the currency's ISO 4217 code", Example: "EUR"},
	"flow":               {Type: "string", Meaning: "connect, reconnect, manage or payment", Example: "connect"},
	"lang":               {Type: "string", Meaning: "de, en, es, fr, it, nl or pt", Example: "fr"},
}
