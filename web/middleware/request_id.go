package middleware

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"log/slog"

	"github.com/labstack/echo/v4"
)

// HeaderRequestID carries the request id back to the caller.
const HeaderRequestID = "X-Request-Id"

type idKey struct{}

// idText has no letters that are mixed up when read out (Crockford's alphabet).
var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// RequestID gives each request an id of its own: 80 random bits, never the caller's, so that nobody can forge the line of
// another in the log.
func RequestID() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			var b [10]byte
			_, _ = rand.Read(b[:]) // never fails (crypto/rand, since Go 1.24)
			id := idText.EncodeToString(b[:])
			r := c.Request()
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
			c.Response().Header().Set(HeaderRequestID, id)
			return next(c)
		}
	}
}

// ID is the request's id, empty outside a request.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

// LogID makes a log handler that adds the request id to every line written with a request's context.
func LogID(inner slog.Handler) slog.Handler { return logID{inner} }

type logID struct{ slog.Handler }

// Handle implements slog.Handler.
func (h logID) Handle(ctx context.Context, r slog.Record) error {
	if id := ID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h logID) WithAttrs(attrs []slog.Attr) slog.Handler { return logID{h.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (h logID) WithGroup(name string) slog.Handler { return logID{h.Handler.WithGroup(name)} }
