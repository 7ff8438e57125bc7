package conformance

import (
	"testing"
	"time"

	"passerelle/internal/fault"
)

// The times of the suite's sessions.
const (
	idle = 10 * time.Minute
	life = time.Hour
)

func insert(t *testing.T, s Subject, key, former, data string) {
	t.Helper()
	if err := s.Sessions.InsertSession(t.Context(), key, former, []byte(data), idle, s.Now().Add(life)); err != nil {
		t.Fatalf("InsertSession(%q): %v", key, err)
	}
}

func wantSession(t *testing.T, s Subject, key, want string) {
	t.Helper()
	data, until, found, err := s.Sessions.Session(t.Context(), key)
	if err != nil || !found || string(data) != want {
		t.Errorf("Session(%q) = %q, %v, %v, want %q", key, data, found, err, want)
	}
	if d := until.Sub(s.Now()); found && d > idle/10+time.Second {
		t.Errorf("Session(%q) may be given again for %s without asking, want a tenth of %s at most", key, d, idle)
	}
}

func wantNoSession(t *testing.T, s Subject, key, why string) {
	t.Helper()
	if data, _, found, err := s.Sessions.Session(t.Context(), key); err != nil || found || len(data) > 0 {
		t.Errorf("Session(%q) = %q, %v, %v, want none: %s", key, data, found, err, why)
	}
}

func sessionsRoundTrip(t *testing.T, s Subject) {
	insert(t, s, "one", "", "first")
	insert(t, s, "two", "", "second\x00\xff")
	for range 2 { // the second look may come from a cache
		wantSession(t, s, "one", "first")
		wantSession(t, s, "two", "second\x00\xff")
	}
	if err := s.Sessions.InsertSession(t.Context(), "one", "", []byte("other"), idle, s.Now().Add(life)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a key that is there was taken again: %v", err)
	}
	wantSession(t, s, "one", "first")
	if found, err := s.Sessions.UpdateSession(t.Context(), "one", []byte("changed")); !found || err != nil {
		t.Errorf("UpdateSession = %v, %v", found, err)
	}
	wantSession(t, s, "one", "changed")
	for range 2 {
		if err := s.Sessions.DeleteSession(t.Context(), "one"); err != nil {
			t.Errorf("DeleteSession: %v", err)
		}
		wantNoSession(t, s, "one", "it was ended")
	}
	wantSession(t, s, "two", "second\x00\xff")
}

// What was never inserted is nobody's session, however often it is asked for or written to (strict adoption).
func sessionsNoAdoption(t *testing.T, s Subject) {
	wantNoSession(t, s, "chosen", "nobody made it")
	if found, err := s.Sessions.UpdateSession(t.Context(), "chosen", []byte("x")); found || err != nil {
		t.Errorf("UpdateSession of none = %v, %v", found, err)
	}
	wantNoSession(t, s, "chosen", "nobody made it")
}

func sessionsEnds(t *testing.T, s Subject) {
	insert(t, s, "idle", "", "a")
	insert(t, s, "used", "", "b")
	for range 7 { // 56 minutes, each shorter than nine tenths of idle
		s.FastForward(8 * time.Minute)
		wantSession(t, s, "used", "b")
	}
	wantNoSession(t, s, "idle", "nobody showed it for 10 minutes")
	if found, err := s.Sessions.UpdateSession(t.Context(), "idle", []byte("x")); found || err != nil {
		t.Errorf("UpdateSession of one that is over = %v, %v", found, err)
	}
	s.FastForward(5 * time.Minute)
	wantNoSession(t, s, "used", "its hour is over, used or not")
}

// A session that takes another's place leaves it until it is shown itself: the answer that carried its id may be lost.
func sessionsFormer(t *testing.T, s Subject) {
	insert(t, s, "old", "", "before")
	insert(t, s, "new", "old", "after")
	wantSession(t, s, "old", "before")
	wantSession(t, s, "new", "after")
	s.FastForward(time.Minute) // longer than a cache keeps it
	wantNoSession(t, s, "old", "the one in its place was shown")
	wantSession(t, s, "new", "after")
}
