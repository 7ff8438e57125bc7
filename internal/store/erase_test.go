package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/fault"
	"passerelle/internal/syncer"
)

// TestEraseUser fills every table that can tell of a person, erases them, and searches every column of every table, and on SQLite the bytes
// of the files. What may be found is the number in what tells of the end.
func TestEraseUser(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, path string) {
		if path != "" {
			emptied(t, s)
		}
		fillPerson(t, s)
		if found := placesOf(t, s, canary); len(found) < 60 {
			t.Fatalf("the person stands in %d columns alone: the search would prove nothing", len(found))
		}
		proof, connections, err := s.EraseUser(t.Context(), theirID, syncer.ByCommand, now)
		if err != nil {
			t.Fatal(err)
		}
		if proof.Counts["transactions"] != 1 || proof.Counts["connections"] != 1 || !slices.Equal(connections, []int64{theirID}) {
			t.Errorf("got %v of connections %v, want one of each", proof.Counts, connections)
		}
		if found := placesOf(t, s, canary); len(found) != 0 {
			t.Errorf("the person still stands in %q", found)
		}
		// Numbers: the deletion's event, and what waits to tell the client application of it.
		for _, place := range placesOf(t, s, fmt.Sprint(theirID)) {
			if table, _, _ := strings.Cut(place, "."); table != "events" && table != "deliveries" {
				t.Errorf("the person's number still stands in %s", place)
			}
		}
		if path != "" {
			emptied(t, s)
			if left := filesHold(t, path, canary); len(left) != 0 {
				t.Errorf("the files %q still hold the person", left)
			}
		}
		list, err := s.Proofs(t.Context(), 0, 10)
		if err != nil || len(list) != 1 || list[0].By != syncer.ByCommand || !list[0].ErasedAt.Equal(now) || len(list[0].Hash) != 32 {
			t.Fatalf("got proofs %+v, %v, want the one", list, err)
		}
		if _, _, err := s.EraseUser(t.Context(), theirID, syncer.ByCommand, now); !fault.Is(err, fault.NotFound) {
			t.Errorf("erasing twice: got %v, want not found", err)
		}
		if at, err := s.ErasedAt(t.Context(), theirID); err != nil || !at.Equal(now) {
			t.Errorf("got erased at %v, %v, want %v", at, err, now)
		}
	})
}

// TestEraseLeavesErrands: with the connections' rows their banks' errands and jobs are written, sealed for their own place; one who is not
// there leaves nothing.
func TestEraseLeavesErrands(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, _ string) {
		a := saved(t, s)
		if _, _, err := s.EraseUser(t.Context(), a.UserID, syncer.ByCommand, now); err != nil {
			t.Fatal(err)
		}
		if n := rowsIn(t, s, "river_job", "kind = $1", syncer.JobTell); n != 1 {
			t.Errorf("got %d jobs to tell the bank, want 1", n)
		}
		e, err := s.TakeErrand(t.Context(), a.ConnectionID, now, now.Add(errandMoment))
		if err != nil || string(e.Session) != "s" || e.ConnectorUUID != "c1" {
			t.Fatalf("got %+v, %v, want the connection's session", e, err)
		}
		if _, err := s.TakeErrand(t.Context(), a.ConnectionID, now, now.Add(errandMoment)); !fault.Is(err, fault.NotFound) {
			t.Errorf("two took one errand: %v", err)
		}
		// The bank gave another session while the connection was deleted.
		if err := s.RotateSession(t.Context(), a.ConnectionID, []byte("newer"), nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want the reading to end: its connection is gone", err)
		}
		if e, err = s.TakeErrand(t.Context(), a.ConnectionID, now.Add(errandMoment), now.Add(2*errandMoment)); err != nil || string(e.Session) != "newer" {
			t.Errorf("got %+v, %v, want the newer session with the lapsed lease", e, err)
		}
		if err := s.EndErrand(t.Context(), a.ConnectionID); err != nil || rowsIn(t, s, "errands", "1 = 1") != 0 {
			t.Errorf("the errand is still there (%v)", err)
		}
	})
}

// TestEraseIsWhole lets an erasure fail at each of its statements: the user is there with everything, or gone.
func TestEraseIsWhole(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	a := saved(t, s)
	stop := fmt.Errorf("stopped")
	err := s.write(t.Context(), nounUser, func(ctx context.Context, tx *writeTx) error {
		if _, _, err := s.eraseUser(ctx, tx, a.UserID, syncer.ByCommand, now); err != nil {
			return err
		}
		return stop
	})
	if err == nil {
		t.Fatal("a transaction that failed was kept")
	}
	for table, want := range map[string]int{"users": 1, "connections": 1, "errands": 0, "erasures": 0} {
		if n := rowsIn(t, s, table, "1 = 1"); n != want {
			t.Errorf("%s: got %d rows after the rollback, want %d", table, n, want)
		}
	}
	if n := rowsIn(t, s, "river_job", "kind = $1", syncer.JobTell); n != 0 {
		t.Errorf("got %d jobs of a deletion that did not happen", n)
	}
}
