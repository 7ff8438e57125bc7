package powens

import "net/http"

// connectionRoutes are connections and what is done with them. What talks to a bank is for client applications.
var connectionRoutes = []route{
	{http.MethodGet, "/users/:user/connections", themselves, (*Handler).connections},
	{http.MethodPost, "/users/:user/connections", themselves, byClient(once((*Handler).connectionCreate))},
	{http.MethodPut, "/users/:user/connections", themselves, byClient((*Handler).connectionsForce)},
	{http.MethodDelete, "/users/:user/connections", themselves, (*Handler).connectionsDelete},
	{http.MethodGet, "/users/:user/connections/:connection", themselves, (*Handler).connection},
	{http.MethodPost, "/users/:user/connections/:connection", themselves, byClient((*Handler).connectionUpdate)},
	{http.MethodPut, "/users/:user/connections/:connection", themselves, byClient((*Handler).connectionForce)},
	{http.MethodDelete, "/users/:user/connections/:connection", themselves, (*Handler).connectionDelete},
	{http.MethodGet, "/users/:user/connections/:connection/sources", themselves, (*Handler).connectionSources},
	{http.MethodGet, "/users/:user/connections/:connection/sources/:source", themselves, (*Handler).connectionSource},
	{http.MethodPost, "/users/:user/connections/:connection/sources/:source", themselves, (*Handler).connectionSourceUpdate},
	{http.MethodGet, "/users/:user/connections/:connection/logs", themselves, (*Handler).connectionLogs},
	{http.MethodGet, pathWebauthURL, bearer, byClient((*Handler).webauthURL)},
}

// byClient refuses callers whom no client application vouches for: anybody can make a temporary user, and would try passwords
// at banks with it, or have codes sent to somebody's telephone. What they have can be read and removed.
func byClient(handle func(*Handler, *request) error) func(*Handler, *request) error {
	return func(h *Handler, q *request) error {
		if q.caller.ClientID == 0 {
			return errScope("Speaking to banks needs a user of a client application: send client_id and client_secret to /auth/init.")
		}
		return handle(h, q)
	}
}
