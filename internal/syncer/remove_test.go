package syncer_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
)

func TestRemoveConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.connect("a"), w.connect("a")
	if err := w.service.RemoveConnection(t.Context(), theirs.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a foreign connection: %v, want not found", err)
	}
	if len(w.bank.revoked) != 0 {
		t.Fatalf("a stranger ended a consent: %q", w.bank.revoked)
	}
	w.bank.revoke = errors.New("the bank is down")
	if err := w.service.RemoveConnection(t.Context(), mine.UserID, mine.ID); err != nil {
		t.Fatal(err)
	}
	if len(w.bank.revoked) != 1 || w.bank.revoked[0] != "session-0" {
		t.Errorf("the bank was told %q", w.bank.revoked)
	}
	if _, err := w.db.Connection(t.Context(), mine.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still there: %v", err)
	}
	if err := w.service.RemoveConnection(t.Context(), mine.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second time: %v, want not found", err)
	}
	// The consent must not live on at the bank because that was down for a moment.
	w.bank.revoke = nil
	if _, err := w.service.Tell(t.Context(), mine.ID); err != nil || len(w.bank.revoked) != 2 || w.bank.revoked[1] != "session-0" {
		t.Errorf("told again: %v, the bank was told %q", err, w.bank.revoked)
	}
}

// TestRemoveWithoutSession: a session that does not open keeps nobody from removing the connection; the bank cannot be told, and
// the log says so.
func TestRemoveWithoutSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var logged bytes.Buffer
	w.service.Log = slog.New(slog.NewTextHandler(&logged, nil))
	mine, theirs := w.connect("a"), w.connect("a")
	w.service.Store = damaged{w.db}
	if err := w.service.RemoveConnection(t.Context(), theirs.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a foreign connection: %v, want not found", err)
	}
	if err := w.service.RemoveConnection(t.Context(), mine.UserID, mine.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.Connection(t.Context(), mine.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still there: %v", err)
	}
	if len(w.bank.revoked) != 0 {
		t.Errorf("the bank was told %q", w.bank.revoked)
	}
	if got := logged.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "not told") {
		t.Errorf("the log says %q, want a warning that the bank was not told", got)
	}
	if err := w.service.RemoveConnection(t.Context(), mine.UserID, mine.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second time: %v, want not found", err)
	}
}

// damaged is a store in which no session opens.
type damaged struct{ *store.Store }

func (d damaged) ConnectionSession(ctx context.Context, id int64) (bank.Connection, []byte, error) {
	if _, _, err := d.Store.ConnectionSession(ctx, id); err != nil {
		return bank.Connection{}, nil, err
	}
	return bank.Connection{}, nil, syncer.ErrSession
}
