package linxo

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// besidePage lets an address without a version stay what it was for a browser, where a page stood there before: /accounts is an entry
// address of the other dialect too. A client backend presents an access token; a browser that was sent there says for which client
// application.
func besidePage(e *echo.Echo, method, path string, handle echo.HandlerFunc) echo.HandlerFunc {
	if method != http.MethodGet {
		return handle
	}
	found := e.NewContext(nil, nil)
	e.Router().Find(method, path, found)
	page := found.Handler()
	if found.Path() != path {
		return handle // nothing stood there
	}
	return func(c echo.Context) error {
		if r := c.Request(); r.Header.Get(echo.HeaderAuthorization) == "" && r.URL.Query().Has("client_id") {
			return page(c)
		}
		return handle(c)
	}
}
