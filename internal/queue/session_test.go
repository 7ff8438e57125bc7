package queue_test

import (
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/queue"
)

// session gives the queue of a widget session.
func (w *world) session(id string, clientID int64) string {
	w.t.Helper()
	q, err := w.OpenForSession(w.t.Context(), id, w.user, clientID)
	w.check(err)
	return q
}

// there says whether a client application finds a queue of the user's.
func (w *world) there(id string, clientID int64) bool {
	w.t.Helper()
	_, err := w.Find(w.t.Context(), id, w.user, clientID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
	return err == nil
}

// TestOneQueueOfASession: all visits of a widget session are told in one queue, until that is closed.
func TestOneQueueOfASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.session("s", clientID)
	w.check(w.store.BeginSync(t.Context(), w.connection, time.Now()))
	if again := w.session("s", clientID); again != first {
		t.Errorf("a second visit is told in %s, the first in %s", again, first)
	}
	q, err := w.Find(t.Context(), first, w.user, clientID)
	w.check(err)
	if list, err := w.Events(t.Context(), q, 0, 10, 0); err != nil || len(list) != 2 || list[1].Name != queue.SyncStarted {
		t.Errorf("the queue holds %+v (%v)", list, err)
	}
	if other := w.session("t", clientID); other == first {
		t.Error("two sessions have one queue")
	}
	w.check(w.Close(t.Context(), q))
	if next := w.session("s", clientID); next == first || !w.there(next, clientID) {
		t.Errorf("after it was closed the session has the queue %s", next)
	}
}

// TestQueuesCloseTheirLike: too many queues of widget sessions, or of another client application, close nothing that a client backend
// opened itself, nor the other way round.
func TestQueuesCloseTheirLike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const other = clientID + 1
	own, theirs, first := w.open().ID, w.session("theirs", other), w.session("s", clientID)
	for i := range queue.MostOfUser {
		w.session(string(rune('a'+i))+"-session", clientID)
	}
	for name, got := range map[string]bool{
		"the client backend's own": w.there(own, clientID), "another client application's": w.there(theirs, other),
		"of the sessions' the oldest": !w.there(first, clientID),
	} {
		if !got {
			t.Errorf("after too many sessions: %s is not as it should be", name)
		}
	}
	last := w.session("last", clientID)
	for range queue.MostOfUser {
		w.open()
	}
	if w.there(own, clientID) || !w.there(last, clientID) || !w.there(theirs, other) {
		t.Error("too many of its own close others than the oldest of its own")
	}
}

// TestWaitEndsWithTheQueue: who waits at a queue that goes away, with its user or alone, hears so at once.
func TestWaitEndsWithTheQueue(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, q queue.Queue) error{
		"its user": func(w *world, q queue.Queue) error { return w.store.DeleteUser(t.Context(), q.UserID, time.Now()) },
		"alone":    func(w *world, q queue.Queue) error { return w.Close(t.Context(), q) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			q := w.open()
			subscribed := make(chan struct{}, 1)
			w.Notifier, w.Again = tellingNotifier{w.Notifier, subscribed}, time.Hour
			began := time.Now()
			events, failed := w.waitFor(t.Context(), q)
			<-subscribed
			w.check(end(w, q))
			select {
			case list := <-events:
				t.Errorf("the poll was answered with %+v", list)
			case err := <-failed:
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("got %v, want not found", err)
				}
			}
			if took := time.Since(began); took >= queue.MostWait {
				t.Errorf("the poll was answered after %s: nothing woke it", took)
			}
		})
	}
}
