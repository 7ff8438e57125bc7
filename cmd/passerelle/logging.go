package main

import (
	"io"
	"log/slog"
	"os"
)

const formatText = "text"

// secretKeys are attributes that are never written, whoever logs them. Secrets are a type that prints as ***; this is the
// second line, for a plain string that slipped through.
var secretKeys = map[string]bool{
	"password": true, "secret": true, "client_secret": true, "token": true, "access_token": true, "auth_token": true,
	"refresh_token": true, "authorization": true, "cookie": true, "set_cookie": true, "code_verifier": true, "credentials": true,
}

// newLog makes the log: one line an event, times in UTC, request ids added to what is logged during a request.
func newLog(w io.Writer, level slog.Level, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: tidy}
	var h slog.Handler = slog.NewJSONHandler(w, options)
	if format == formatText {
		h = slog.NewTextHandler(w, options)
	}
	return slog.New(withRequestID{h})
}

func tidy(_ []string, a slog.Attr) slog.Attr {
	if secretKeys[a.Key] {
		return slog.String(a.Key, "***")
	}
	if a.Value.Kind() == slog.KindTime {
		return slog.Time(a.Key, a.Value.Time().UTC())
	}
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String()) // JSON would have a bare number of nanoseconds
	}
	return a
}

// quiet lets only warnings through: libraries that tell of every step of theirs.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelWarn}) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
