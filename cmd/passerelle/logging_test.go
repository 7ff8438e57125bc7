package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
)

// TestLogKeepsSecrets: a secret is not written as its type, under a telling name, in a group or by a logger made from another.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	for _, format := range []string{"json", formatText} {
		var out buffer
		log := newLog(&out, slog.LevelInfo, format)
		log.Info("one", "value", bank.NewSecret(canary), "struct", struct{ S bank.Secret }{bank.NewSecret(canary)})
		log.Info("two", "password", canary, "client_secret", canary, "authorization", "Bearer "+canary)
		log.With("access_token", canary).WithGroup("g").Info("three", "cookie", canary)
		log.Info("four", "error", fmt.Errorf("with %v", bank.NewSecret(canary)))
		if strings.Contains(out.String(), canary) || strings.Count(out.String(), "***") < 8 {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}

func TestLogTimesAreUTC(t *testing.T) {
	t.Parallel()
	var out buffer
	east := time.FixedZone("east", 3*3600)
	newLog(&out, slog.LevelInfo, "json").Info("x", "next_try", time.Date(2026, 1, 2, 3, 0, 0, 0, east))
	line := decode(t, out.String())
	if got := line["next_try"]; got != "2026-01-02T00:00:00Z" {
		t.Errorf("next_try = %v", got)
	}
	if got, _ := line["time"].(string); !strings.HasSuffix(got, "Z") {
		t.Errorf("time = %v", got)
	}
}

// TestQuiet: libraries are heard when something is wrong, and not when our own stop cut them off.
func TestQuiet(t *testing.T) {
	t.Parallel()
	var out buffer
	log := quiet(newLog(&out, slog.LevelInfo, "json")).With("lib", "x").WithGroup("g")
	log.Info("every step")
	log.Error("cut off", "error", fmt.Errorf("fetch: %w", context.Canceled))
	log.Error("cut off", "err", "fetch: context canceled")
	if out.String() != "" {
		t.Errorf("written: %s", out.String())
	}
	log.Warn("broken", "error", errors.New("disk full"))
	if !strings.Contains(out.String(), "disk full") {
		t.Errorf("not written: %q", out.String())
	}
}
