package powens

import "net/http"

// connectionRoutes are connections and what is done with them.
var connectionRoutes = []route{
	{http.MethodGet, "/users/:user/connections", themselves, (*Handler).connections},
	{http.MethodPost, "/users/:user/connections", themselves, (*Handler).connectionCreate},
	{http.MethodPut, "/users/:user/connections", themselves, (*Handler).connectionsForce},
	{http.MethodDelete, "/users/:user/connections", themselves, (*Handler).connectionsDelete},
	{http.MethodGet, "/users/:user/connections/:connection", themselves, (*Handler).connection},
	{http.MethodPost, "/users/:user/connections/:connection", themselves, (*Handler).connectionUpdate},
	{http.MethodPut, "/users/:user/connections/:connection", themselves, (*Handler).connectionForce},
	{http.MethodDelete, "/users/:user/connections/:connection", themselves, (*Handler).connectionDelete},
	{http.MethodGet, "/users/:user/connections/:connection/sources", themselves, (*Handler).connectionSources},
	{http.MethodGet, "/users/:user/connections/:connection/sources/:source", themselves, (*Handler).connectionSource},
	{http.MethodPost, "/users/:user/connections/:connection/sources/:source", themselves, (*Handler).connectionSourceUpdate},
	{http.MethodGet, "/users/:user/connections/:connection/logs", themselves, (*Handler).connectionLogs},
	{http.MethodGet, pathWebauthURL, bearer, (*Handler).webauthURL},
}
