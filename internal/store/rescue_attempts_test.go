package store

import (
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/connect"
)

// TestRescueAttempts leaves leases behind, as a killed process does: those of visits that go on are freed, at once.
func TestRescueAttempts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "p.db"))
	ahead, past := now.Add(10*time.Second), now.Add(-time.Second)
	leased := &connect.Attempt{ID: newID(), LeaseUntil: &ahead, Created: now, Updated: now, ExpiresAt: now.Add(time.Minute)}
	lapsed := &connect.Attempt{ID: newID(), LeaseUntil: &past, Created: now, Updated: now, ExpiresAt: now.Add(time.Minute)}
	over := &connect.Attempt{ID: newID(), LeaseUntil: &ahead, Created: now, Updated: now, ExpiresAt: now}
	for _, a := range []*connect.Attempt{leased, lapsed, over} {
		if err := s.CreateAttempt(t.Context(), a, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RescueAttempts(t.Context(), now); err == nil {
		t.Error("attempts were rescued without the data folder's lock")
	}
	unlock, err := LockDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	for _, want := range []int{1, 0} {
		if got, err := s.RescueAttempts(t.Context(), now); err != nil || got != want {
			t.Errorf("got %d, %v, want %d rescued", got, err, want)
		}
	}
	if ok, err := s.LeaseAttempt(t.Context(), leased.ID, leased.Step, now, ahead); err != nil || !ok {
		t.Errorf("a rescued attempt cannot be taken up: %v, %v", ok, err)
	}
}
