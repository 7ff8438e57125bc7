package syncer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
)

// TestEraseUserTellsBanks: a user's banks are told with the erasure, each once, and the job that follows finds nothing to do.
func TestEraseUserTellsBanks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := w.connect("a"), w.connect("a")
	proof, err := w.service.EraseUser(t.Context(), mine.UserID, "token:user")
	if err != nil {
		t.Fatal(err)
	}
	if proof.By != "token:user" || proof.Counts["connections"] != 1 {
		t.Errorf("got proof %+v, want one connection erased by the user's token", proof)
	}
	if wait, err := w.service.Tell(t.Context(), mine.ID); err != nil || wait != 0 {
		t.Errorf("the job after: got %v, %v, want nothing left to do", wait, err)
	}
	if got := w.bank.told(); len(got) != 1 {
		t.Errorf("the bank was told of %q, want the one session, once", got)
	}
	if _, err := w.service.EraseUser(t.Context(), mine.UserID, "token:user"); !fault.Is(err, fault.NotFound) {
		t.Errorf("erasing twice: got %v, want not found", err)
	}
	if _, err := w.db.User(t.Context(), theirs.UserID); err != nil {
		t.Errorf("another user went too: %v", err)
	}
}

// TestErrandAfterCrash deletes as a process that is killed right after the commit: the job tells the bank, and keeps trying one that does not
// listen.
func TestErrandAfterCrash(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(w *world, userID, groupID int64) error{
		"a user": func(w *world, userID, _ int64) error {
			_, _, err := w.db.EraseUser(w.t.Context(), userID, syncer.ByCommand, w.clock())
			return err
		},
		"a connection": func(w *world, userID, _ int64) error {
			list, err := w.db.Connections(w.t.Context(), userID)
			if err != nil || len(list) != 1 {
				w.t.Fatalf("%d connections, %v", len(list), err)
			}
			return w.db.DeleteConnection(w.t.Context(), userID, list[0].ID, w.clock())
		},
		"a login": func(w *world, userID, groupID int64) error {
			_, err := w.db.DeleteGroup(w.t.Context(), userID, groupID, w.clock())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.connect("a")
			if err := remove(w, c.UserID, c.GroupID); err != nil {
				t.Fatal(err)
			}
			down := errors.New("down")
			w.bank.mu.Lock()
			w.bank.revoke = down
			w.bank.mu.Unlock()
			for range 2 {
				if _, err := w.service.Tell(t.Context(), c.ID); !errors.Is(err, down) {
					t.Errorf("got %v, want the job to fail so that it runs again", err)
				}
			}
			w.bank.mu.Lock()
			w.bank.revoke = nil
			w.bank.mu.Unlock()
			if _, err := w.service.Tell(t.Context(), c.ID); err != nil {
				t.Error(err)
			}
			if got := w.bank.told(); len(got) != 3 || got[2] != got[0] || got[0] == "" {
				t.Errorf("the bank was told of %q, want the session until it listened", got)
			}
			if _, err := w.db.ErrandLease(t.Context(), c.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v, want the errand done", err)
			}
		})
	}
}

// TestErrandIsTakenOnce: whoever finds an errand taken waits for the end of its lease, and takes it over then.
func TestErrandIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	if _, _, err := w.db.EraseUser(t.Context(), c.UserID, syncer.ByCommand, w.clock()); err != nil {
		t.Fatal(err)
	}
	const lease = 10 * time.Second
	if _, err := w.db.TakeErrand(t.Context(), c.ID, w.clock(), w.clock().Add(lease)); err != nil {
		t.Fatal(err)
	}
	if wait, err := w.service.Tell(t.Context(), c.ID); err != nil || wait != lease {
		t.Errorf("got %v, %v, want to wait for the %v of the one before", wait, err, lease)
	}
	w.pass(lease + time.Second)
	if wait, err := w.service.Tell(t.Context(), c.ID); err != nil || wait != 0 || len(w.bank.told()) != 1 {
		t.Errorf("got %v, %v, told %q, want the bank told after the lease", wait, err, w.bank.told())
	}
}

// TestEraseDuringReading erases a user while their bank is read: neither waits for the other for long, and the reading leaves nothing.
func TestEraseDuringReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect("a")
	reading, release := make(chan struct{}), make(chan struct{})
	w.bank.pull = func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		close(reading)
		<-release
		return ordinary(3)(ctx, in, out)
	}
	done := make(chan error, 1)
	go func() { done <- w.service.Sync(t.Context(), c.ID) }()
	<-reading
	if _, err := w.service.EraseUser(t.Context(), c.UserID, "token:client"); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := <-done; err != nil && !fault.Is(err, fault.NotFound) {
		t.Errorf("the reading ended with %v, want it to find the connection gone", err)
	}
	list, err := w.db.Accounts(t.Context(), c.ID)
	if err != nil || len(list) != 0 {
		t.Errorf("got accounts %v, %v, want none brought back", list, err)
	}
	if len(w.bank.told()) != 1 {
		t.Errorf("the bank was told of %q, want once", w.bank.told())
	}
}
