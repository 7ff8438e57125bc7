package powens

import (
	"net/http"
	"slices"

	"passerelle/internal/fault"
)

// dataRoutes are users, accounts and transactions, and the words about them.
var dataRoutes = slices.Concat([]route{
	{http.MethodGet, "/users", manageUsers, (*Handler).users},
	{http.MethodGet, "/users/:user", themselvesOrManage, (*Handler).user},
	{http.MethodDelete, "/users/:user", themselves, (*Handler).userDelete},
	{http.MethodGet, "/users/:user/export", themselvesOrManage, (*Handler).userExport},
	{http.MethodGet, "/account_types", nothing, (*Handler).accountTypeList},
	{http.MethodGet, "/account_types/:type", nothing, (*Handler).accountType},
	{http.MethodGet, "/currencies", nothing, (*Handler).currencyList},
	{http.MethodGet, "/currencies/:currency", nothing, (*Handler).currency},
	{http.MethodGet, "/users/:user/transactions/:transaction", themselves, (*Handler).transaction},
	{http.MethodPost, "/users/:user/transactions/:transaction", themselves, (*Handler).transactionChange},
	{http.MethodPut, "/users/:user/transactions/:transaction", themselves, (*Handler).transactionChange},
},
	accountRoutes("/users/:user"), accountRoutes("/users/:user/connections/:connection"),
	listRoutes("/users/:user"), listRoutes("/users/:user/connections/:connection"), listRoutes("/users/:user/accounts/:account"),
	[]route{
		{http.MethodGet, "/users/:user/subscriptions", themselves, none("subscriptions")},
		{http.MethodGet, "/users/:user/connections/:connection/subscriptions", themselves, none("subscriptions")},
		{http.MethodGet, "/users/:user/documents", themselves, none("documents")},
		{http.MethodGet, "/users/:user/connections/:connection/documents", themselves, none("documents")},
	},
	refusedRoutes)

// accountRoutes are the accounts of a user or of a connection.
func accountRoutes(below string) []route {
	return []route{
		{http.MethodGet, below + "/accounts", themselves, (*Handler).accounts},
		{http.MethodGet, below + "/accounts/:account", themselves, (*Handler).account},
		{http.MethodPost, below + "/accounts/:account", themselves, (*Handler).accountChange},
		{http.MethodPut, below + "/accounts/:account", themselves, (*Handler).accountChange},
	}
}

// listRoutes are what a user, a connection and an account have lists of.
func listRoutes(below string) []route {
	return []route{
		{http.MethodGet, below + "/transactions", themselves, (*Handler).transactions},
		{http.MethodGet, below + "/balances", themselves, (*Handler).balances},
		{http.MethodGet, below + "/investments", themselves, none("investments")},
	}
}

// refusedRoutes are addresses of old documents whose work is done elsewhere here. They say where, with an error that a client
// can read, rather than look like a typing mistake.
var refusedRoutes = slices.Concat(
	refused("/users/:user/config", "Values of a user are not kept here.", http.MethodGet, http.MethodPost),
	refused("/users/:user/terms", "What an end user agreed to is recorded by the webview.", http.MethodGet, http.MethodPost),
	refused("/terms", "The terms are those of the webview; the operator sets their address.", http.MethodGet, http.MethodPost),
	refused("/users/:user/token", "Use POST /auth/renew.", http.MethodPost),
	refused("/admin/jwt", "Manage access tokens are made with: passerelle token create.", http.MethodPost),
	refused("/auth/jwt", "Use POST /auth/renew.", http.MethodPost),
	refused("/auth/token", "Service tokens are for payments, which are out of scope. Use POST /auth/renew for a user.", http.MethodPost),
)

func refused(path, instead string, methods ...string) []route {
	out := make([]route, 0, len(methods))
	for _, m := range methods {
		out = append(out, route{m, path, nothing, func(*Handler, *request) error {
			return fault.New(fault.Invalid, "This address is not supported. %s", instead).WithCode("notSupported")
		}})
	}
	return out
}
