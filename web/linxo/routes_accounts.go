package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// Scopes of reading and changing accounts.
var (
	accountsRead   = grant.Scopes{grant.ScopeAccountsRead, grant.ScopeAccountsManage}
	accountsManage = grant.Scopes{grant.ScopeAccountsManage}
)

func accountRoutes() []route {
	const all, one = "/accounts", "/accounts/:id"
	return []route{
		{http.MethodGet, all, accountsRead, 0, (*Handler).accounts},
		{http.MethodGet, one, accountsRead, 0, (*Handler).account},
		{http.MethodPatch, one, accountsManage, 0, (*Handler).accountChange},
		{http.MethodPut, one, accountsManage, 0, (*Handler).accountChange},
		{http.MethodDelete, one, accountsManage, 0, (*Handler).accountDelete},
	}
}
