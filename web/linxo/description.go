package linxo

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/web/linxo/openapi"
)

// mountDescription serves what is said of the API: for machines, for people, and for Postman. It stands below the versions alone; what has
// no prefix is version 2.1.
func (h *Handler) mountDescription(e *echo.Echo) {
	reading := []string{http.MethodGet, http.MethodHead}
	for prefix, d := range map[string]*openapi.Handler{"/v2.1": openapi.NewV21(h.PublicURL), "/v3": openapi.NewV3(h.PublicURL)} {
		e.Match(reading, prefix+"/openapi.json", d.Document)
		e.Match(reading, prefix+"/docs", d.Page)
	}
	e.Match(reading, "/v2.1/postman.json", openapi.Postman(h.PublicURL))
}
