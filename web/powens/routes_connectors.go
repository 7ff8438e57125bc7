package powens

import "net/http"

// connectorRoutes are the catalogue and what an operator sets in it.
var connectorRoutes = []route{
	{http.MethodGet, "/connectors", nothing, list("connectors", "")},
	{http.MethodGet, "/connectors/:connector", nothing, (*Handler).connector},
	{http.MethodGet, "/connectors/:connector/fields", nothing, (*Handler).connectorFields},
	{http.MethodGet, "/connectors/:connector/sources", nothing, (*Handler).connectorSources},
	{http.MethodGet, "/connectors/:connector/sources/:source", nothing, (*Handler).connectorSource},
	{http.MethodGet, "/banks", nothing, list("banks", "bank")},
	{http.MethodGet, "/banks/:connector", nothing, (*Handler).connector},
	{http.MethodGet, "/providers", nothing, list("providers", "document")},
	{http.MethodGet, "/providers/:connector", nothing, (*Handler).connector},
}
