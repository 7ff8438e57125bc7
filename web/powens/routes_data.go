package powens

import "net/http"

// dataRoutes are users, accounts and transactions, and the words about them.
var dataRoutes = []route{
	{http.MethodGet, "/users", manageUsers, (*Handler).users},
	{http.MethodGet, "/users/:user", themselvesOrManage, (*Handler).user},
	{http.MethodDelete, "/users/:user", themselves, (*Handler).userDelete},
	{http.MethodGet, "/users/:user/connections/:connection/accounts", themselves, (*Handler).accounts},
	{http.MethodGet, "/users/:user/connections/:connection/transactions", themselves, (*Handler).transactions},
	{http.MethodGet, "/users/:user/accounts", themselves, (*Handler).accounts},
	{http.MethodGet, "/users/:user/accounts/:account", themselves, (*Handler).account},
	{http.MethodGet, "/users/:user/accounts/:account/transactions", themselves, (*Handler).transactions},
	{http.MethodGet, "/users/:user/transactions", themselves, (*Handler).transactions},
	{http.MethodGet, "/users/:user/transactions/:transaction", themselves, (*Handler).transaction},
}
