package powens

import "net/http"

// connectionRoutes are connections and what is done with them.
var connectionRoutes = []route{
	{http.MethodGet, "/users/:user/connections", themselves, (*Handler).connections},
	{http.MethodGet, "/users/:user/connections/:connection", themselves, (*Handler).connection},
	{http.MethodDelete, "/users/:user/connections/:connection", themselves, (*Handler).connectionDelete},
}
