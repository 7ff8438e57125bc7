package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// providerRoutes are the directory. It is no secret, so that any access token opens it.
func providerRoutes() []route {
	return []route{
		{http.MethodGet, "/providers", grant.AllScopes, 0, (*Handler).providers},
		{http.MethodGet, "/providers/:id", grant.AllScopes, 0, (*Handler).provider},
	}
}
