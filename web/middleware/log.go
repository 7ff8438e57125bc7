package middleware

import (
	"context"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"
)

// unmatched stands for a path that no route has: the path itself may hold anything.
const unmatched = "unmatched"

// Route is the pattern of the matched route ("/:lang/attempt/:id"), never the path: paths and queries may hold secrets.
func Route(c echo.Context) string {
	if p := c.Get(routeKey); p != nil {
		return p.(string)
	}
	return unmatched
}

const routeKey = "passerelle.route"

// Done is told of each request when it has been answered: route pattern, method, status, and how long it took.
type Done func(ctx context.Context, route, method string, status int, took time.Duration)

// Log answers errors through the server's error handler, then tells what happened: one log line, and whoever else counts.
// The line holds method, route pattern, status, time and the client's address; never a query, a body, a header or a cookie.
func Log(log *slog.Logger, clock func() time.Time, known func(pattern string) bool, done Done) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := clock()
			if p := c.Path(); known(p) {
				c.Set(routeKey, p)
			}
			if err := next(c); err != nil {
				c.Error(err)
			}
			r, res := c.Request(), c.Response()
			took := clock().Sub(start)
			route, ctx := Route(c), r.Context()
			done(ctx, route, method(r.Method), res.Status, took)
			level := slog.LevelInfo
			if res.Status >= 500 {
				level = slog.LevelError
			}
			if log.Enabled(ctx, level) {
				log.LogAttrs(ctx, level, "request",
					slog.String("method", method(r.Method)), slog.String("route", route), slog.Int("status", res.Status),
					slog.Int64("bytes", res.Size), slog.Float64("ms", float64(took.Microseconds())/1000),
					slog.String("ip", c.RealIP()), slog.String("request_id", ID(ctx)))
			}
			return nil
		}
	}
}

// method keeps made-up methods out of logs and metrics.
func method(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE":
		return m
	}
	return "other"
}
