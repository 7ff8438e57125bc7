package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// Scopes of reading and changing connections. The quick start reads them with accounts_read alone.
var (
	connectionsRead = grant.Scopes{grant.ScopeAccountsRead, grant.ScopeAccountsManage, grant.ScopeConnectionManage}
	connectionsEdit = grant.Scopes{grant.ScopeConnectionManage}
	connectionsSync = grant.Scopes{grant.ScopeConnectionSync}
)

func connectionRoutes() []route {
	const all, one = "/connections", "/connections/:id"
	return []route{
		{http.MethodGet, all, connectionsRead, 0, (*Handler).connections},
		{http.MethodPost, all, connectionsEdit, 0, (*Handler).connectionCreate},
		{http.MethodGet, one, connectionsRead, 0, (*Handler).connection},
		{http.MethodPatch, one, connectionsEdit, 0, (*Handler).connectionChange},
		{http.MethodPut, one, connectionsEdit, 0, (*Handler).connectionChange},
		{http.MethodDelete, one, connectionsEdit, 0, (*Handler).connectionDelete},
		{http.MethodPost, one + "/synchronize", connectionsSync, 0, (*Handler).connectionSync},
	}
}
