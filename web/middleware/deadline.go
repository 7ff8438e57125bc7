package middleware

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/patience"
)

// StorePatience is how long one call to the store may keep a request waiting, whatever else the request waits for. With the
// moments that it takes to be let in and to show an error, a silent database is answered with 503 within two seconds.
const StorePatience = 1200 * time.Millisecond

// slowReader is what a peer that reads slowly gets on top: behind it are the buffers of its system and ours.
const slowReader = 28 * time.Second

// Deadline ends the request's context after a while, so that no handler waits for ever on a store or a bank. How long depends on
// the route. A peer that does not read its answer is hung up on.
func Deadline(most func(c echo.Context) time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			within := most(c)
			// Not every writer has a connection behind it: a test's has none.
			_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(within + slowReader))
			ctx, cancel := context.WithTimeout(patience.With(c.Request().Context(), StorePatience), within)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}
