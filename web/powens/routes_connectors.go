package powens

import (
	"net/http"
	"slices"
)

// connectorRoutes are the catalogue and what an operator sets in it, at its address and at the two deprecated ones.
var connectorRoutes = slices.Concat(catalogueRoutes("connectors", ""), catalogueRoutes("banks", "bank"), catalogueRoutes("providers", "document"))

// catalogueRoutes are the same addresses below one name; a capability narrows its list.
func catalogueRoutes(name, capability string) []route {
	all, one := "/"+name, "/"+name+"/:connector"
	return []route{
		{http.MethodGet, all, nothing, list(name, capability)},
		{http.MethodPatch, all, manageConfig, (*Handler).connectorsChange},
		{http.MethodGet, one, nothing, (*Handler).connector},
		{http.MethodPut, one, manageConfig, (*Handler).connectorChange},
		{http.MethodGet, one + "/fields", nothing, (*Handler).connectorFields},
		{http.MethodGet, one + "/sources", nothing, (*Handler).connectorSources},
		{http.MethodGet, one + "/sources/:source", nothing, (*Handler).connectorSource},
		{http.MethodPut, one + "/sources/:source", manageConfig, (*Handler).sourceChange},
		{http.MethodGet, one + "/logos", nothing, (*Handler).connectorLogos},
		{http.MethodGet, one + "/logos/:logo", nothing, (*Handler).connectorLogo},
	}
}
