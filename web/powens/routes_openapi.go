package powens

import "net/http"

// descriptionRoutes are the description of all the others.
var descriptionRoutes = []route{
	{http.MethodGet, "/openapi.json", nothing, func(h *Handler, q *request) error { return h.description.Document(q) }},
	{http.MethodGet, "/docs", nothing, func(h *Handler, q *request) error { return h.description.Page(q) }},
}
