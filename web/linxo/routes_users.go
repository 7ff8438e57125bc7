package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// Scopes of users. A client application's own access token makes them, and deletes its own; a person's reads, changes and deletes that
// person.
var (
	usersCreate = grant.Scopes{grant.ScopeUsersCreate}
	usersRead   = grant.Scopes{grant.ScopeProfile, grant.ScopeProfileEdit}
	usersEdit   = grant.Scopes{grant.ScopeProfileEdit}
	usersDelete = grant.Scopes{grant.ScopeProfileEdit, grant.ScopeUsersCreate}
)

func userRoutes() []route {
	const all, one = "/users", "/users/:id"
	return []route{
		{http.MethodPost, all, usersCreate, 0, once((*Handler).userCreate)},
		{http.MethodGet, one, usersRead, 0, (*Handler).user},
		{http.MethodPatch, one, usersEdit, 0, (*Handler).userChange},
		{http.MethodPut, one, usersEdit, 0, (*Handler).userChange},
		{http.MethodDelete, one, usersDelete, 0, (*Handler).userDelete},
	}
}
