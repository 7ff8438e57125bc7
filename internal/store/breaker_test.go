package store

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestGone: a database that refuses connections is not up, and what mends is told once.
func TestGone(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	b := newBreaker(slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) error { return nil })
	defer b.stop()
	_, err := pgconn.Connect(t.Context(), "postgres://nobody@127.0.0.1:1/none?sslmode=disable")
	if err == nil {
		t.Fatal("something answers at port 1")
	}
	b.connected(context.Canceled)
	if b.gone.Load() {
		t.Error("a caller who went away is taken for a database that is gone")
	}
	if b.connected(err); !b.gone.Load() {
		t.Errorf("a database that refuses passes for one that is up: %v", err)
	}
	b.connected(nil)
	b.connected(nil)
	if b.gone.Load() || strings.Count(log.String(), "the database answers again") != 1 {
		t.Errorf("with a connection again: gone %v, log %s", b.gone.Load(), &log)
	}
}
