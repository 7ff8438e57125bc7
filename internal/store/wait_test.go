package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/patience"
)

// TestLockedFile has another connection hold the file's write lock, as another process may: whoever writes is refused as soon as their
// patience is over, and nothing of theirs is stored, not even later; those who come next are refused at once; reads go on; and with
// the lock gone everything works.
func TestLockedFile(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	u := temporaryUser(t, s)
	other, err := openPool(s.path, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const each = 200 * time.Millisecond
	ctx := patience.With(t.Context(), each)
	var wg sync.WaitGroup
	for _, name := range []string{"one", "two", "three"} {
		wg.Go(func() {
			began := time.Now()
			err := s.write(ctx, "test", mark(name))
			if f := fault.As(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 || time.Since(began) > each+2*time.Second {
				t.Errorf("%s: got %v after %v", name, err, time.Since(began))
			}
		})
	}
	wg.Wait()
	began := time.Now()
	if err := s.write(ctx, "test", mark("four")); !fault.Is(err, fault.Unavailable) || time.Since(began) > each {
		t.Errorf("behind a stalled writer: got %v after %v, want a refusal at once", err, time.Since(began))
	}
	if _, err := s.User(ctx, u.ID); err != nil {
		t.Errorf("a read: %v", err)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.write(t.Context(), "test", mark("after")); err != nil {
		t.Errorf("with the lock gone: %v", err)
	}
	if got := rowsIn(t, s, "settings", "name IN ('one', 'two', 'three', 'four')"); got != 0 {
		t.Errorf("%d writes are stored whose callers were told that they are not", got)
	}
}

// TestSilentCommit: a caller whose function has run and whose commit does not come is told that the outcome is not known; one whose
// function runs is waited for.
func TestSilentCommit(t *testing.T) {
	t.Parallel()
	refuse := func() error { return errors.New("refused") }
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	ran := &call{done: make(chan struct{})}
	ran.state.Store(callRan)
	if err := ran.await(ctx, refuse); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "not known") {
		t.Errorf("got %v, want an unknown outcome", err)
	}
	runs := &call{done: make(chan struct{}), err: errors.New("the outcome")}
	runs.state.Store(callStarted)
	time.AfterFunc(50*time.Millisecond, func() { close(runs.done) })
	if err := runs.await(ctx, refuse); err == nil || err.Error() != "the outcome" {
		t.Errorf("got %v, want what became of it", err)
	}
	waits := &call{done: make(chan struct{})}
	if err := waits.await(patience.With(t.Context(), time.Millisecond), refuse); err == nil || err.Error() != "refused" || waits.state.Load() != callAbandoned {
		t.Errorf("got %v, want it refused and never run", err)
	}
}

// TestBreaker: one call in vain has the database looked at once, however many there are; it opens only where that finds silence, and
// closes with the first answer.
func TestBreaker(t *testing.T) {
	t.Parallel()
	var dead atomic.Bool
	looks := make(chan struct{}, 100)
	b := newBreaker(slog.New(slog.DiscardHandler), func(context.Context) error {
		looks <- struct{}{}
		if dead.Load() {
			return errSilent
		}
		return nil
	})
	defer b.stop()
	b.suspect()
	<-looks
	b.wg.Wait()
	if b.open.Load() || b.opened.Load() != 0 {
		t.Error("it opened for a database that answers")
	}
	dead.Store(true)
	for range 50 {
		b.suspect()
	}
	<-looks
	<-looks // the second look comes after the first has opened it
	if !b.open.Load() || b.opened.Load() != 1 || b.hung.Load() != 51 {
		t.Errorf("open %v, opened %d times, %d in vain", b.open.Load(), b.opened.Load(), b.hung.Load())
	}
	dead.Store(false)
	b.wg.Wait()
	if b.open.Load() {
		t.Error("it stays open for a database that answers again")
	}
}
