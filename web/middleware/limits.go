package middleware

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// MaxBody is the most that a request body may hold (R68).
const MaxBody = 64 << 10

// errBody is what a body over the cap is answered with.
func errBody() error {
	return fault.New(fault.TooLarge, "The request body is larger than %d bytes: send less.", MaxBody)
}

// Unframed ends the connection behind a request whose body has no stated length. net/http reads a request with both
// Content-Length and Transfer-Encoding as chunked and drops the length without a word; a proxy in front that went by the
// length takes what is left for the next request, which would be smuggled past it (A65). RFC 9112 §6.1 wants such a
// connection closed; since the two cannot be told apart here, every chunked request over HTTP/1 has its connection closed.
// Browsers and HTTP clients state the length of forms and JSON, so nobody pays for it.
func Unframed() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if r := c.Request(); r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
				c.Response().Header().Set("Connection", "close")
			}
			return next(c)
		}
	}
}

// TooLarge makes the fault of a body that ran over the cap; other errors pass.
func TooLarge(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return errBody()
	}
	return err
}
