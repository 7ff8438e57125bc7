package openapi

import (
	"bytes"
	_ "embed"

	"github.com/labstack/echo/v4"

	"passerelle/web/describe"
)

// collection is the Postman collection, in version 2.1 of the format.
//
//go:embed postman.json
var collection []byte

// host stands in the collection for the address of the service.
const host = "https://your.host"

// Postman serves the collection, with our address in it.
func Postman(publicURL string) echo.HandlerFunc {
	return describe.Kept("application/json; charset=utf-8", bytes.ReplaceAll(collection, []byte(host), []byte(publicURL)))
}
