package main

import (
	"context"
	"log/slog"
	"strings"

	"passerelle/web/middleware"
)

// withRequestID adds the id of the request to every line that is written in its course, unless the line names it already.
type withRequestID struct{ slog.Handler }

// requestID is the key that web writes the id under.
const requestID = "request_id"

// Handle implements slog.Handler.
func (h withRequestID) Handle(ctx context.Context, r slog.Record) error {
	if id := middleware.ID(ctx); id != "" {
		named := false
		r.Attrs(func(a slog.Attr) bool { named = a.Key == requestID; return !named })
		if !named {
			r = r.Clone()
			r.AddAttrs(slog.String(requestID, id))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h withRequestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequestID{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withRequestID) WithGroup(name string) slog.Handler {
	return withRequestID{h.Handler.WithGroup(name)}
}

// atLeast drops what is below a level.
type atLeast struct {
	slog.Handler

	level slog.Level
}

// Handle implements slog.Handler. That something was cut off by a stop of ours is no news.
func (h atLeast) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		stopped = strings.Contains(a.Value.String(), context.Canceled.Error())
		return !stopped
	})
	if stopped {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// Enabled implements slog.Handler.
func (h atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

// WithGroup implements slog.Handler.
func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
