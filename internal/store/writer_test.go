package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/fault"
)

// blockWriter blocks the writer in a call of its own until release, so that what is submitted meanwhile shares the next batch.
func blockWriter(t *testing.T, s *Store) (release func()) {
	t.Helper()
	started, end := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.write(t.Context(), "test", func(context.Context, *writeTx) error {
			close(started)
			<-end
			return nil
		})
		if err != nil {
			t.Errorf("the blocking write: %v", err)
		}
	})
	<-started
	return func() { close(end); wg.Wait() }
}

// waitQueued waits until n writes wait.
func waitQueued(t *testing.T, s *Store, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	look := time.NewTicker(time.Millisecond) // the queue's depth has no event
	defer look.Stop()
	for s.Stats().QueueDepth < n {
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("%d writes wait, want %d", s.Stats().QueueDepth, n)
		}
	}
}

func mark(name string) func(context.Context, *writeTx) error {
	return func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ($1, 1)", name)
		return err
	}
}

// TestBatchIsolation puts good, failing and panicking writes into one transaction: each stands for itself.
func TestBatchIsolation(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := blockWriter(t, s)
	refusal := errors.New("refused")
	after := func(name string, then func() error) func(context.Context, *writeTx) error {
		return func(ctx context.Context, tx *writeTx) error {
			if err := mark(name)(ctx, tx); err != nil {
				return err
			}
			return then()
		}
	}
	calls := []struct {
		name string
		fn   func(context.Context, *writeTx) error
		want string
	}{
		{"first", mark("first"), ""},
		{"refused", after("refused", func() error { return refusal }), "refused"},
		{"panicked", after("panicked", func() error { panic("boom") }), "boom"},
		{"wrong", after("wrong", func() error { return nil }), ""},
		{"taken", mark("first"), "UNIQUE"},
		{"syntax", func(ctx context.Context, tx *writeTx) error {
			_, err := tx.exec(ctx, "INSERT INTO nowhere VALUES (1)")
			return err
		}, "nowhere"},
		{"last", mark("last"), ""},
	}
	batches := s.Stats().Batches
	var wg sync.WaitGroup
	for i, c := range calls {
		wg.Go(func() {
			err := s.write(t.Context(), "test", c.fn)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want %q", c.name, err, c.want)
			}
		})
		waitQueued(t, s, i+1) // one after the other, so that their order is known
	}
	release()
	wg.Wait()
	if got := s.Stats(); got.Batches != batches+2 || got.LastBatch != int64(len(calls)) {
		t.Errorf("got %d transactions, %d calls in the last, want 2 and %d", got.Batches-batches, got.LastBatch, len(calls))
	}
	for name, want := range map[string]int{"first": 1, "refused": 0, "panicked": 0, "wrong": 1, "last": 1} {
		if got := rowsIn(t, s, "settings", "name = $1", name); got != want {
			t.Errorf("%s: got %d rows, want %d", name, got, want)
		}
	}
}

func TestFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Path: t.TempDir() + "/p.db", Sealer: place{}, QueueDepth: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	release := blockWriter(t, s)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() {
			if err := s.write(t.Context(), "test", mark(name)); err != nil {
				t.Errorf("a write that waited: %v", err)
			}
		})
	}
	waitQueued(t, s, 2)
	err = s.write(t.Context(), "test", mark("c"))
	if f := fault.As(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("got %v, want unavailable with a time to retry", err)
	}
	release()
	wg.Wait()
	if got := s.Stats().Refused; got != 1 {
		t.Errorf("got %d refused, want 1", got)
	}
	if got := rowsIn(t, s, "settings", "name IN ('a', 'b', 'c')"); got != 2 {
		t.Errorf("got %d rows, want the 2 that waited", got)
	}
}

// TestCancelledCall ends callers before and after their write has started: the first never runs, the second is stored.
func TestCancelledCall(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := blockWriter(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.write(ctx, "test", mark("abandoned")) }()
	waitQueued(t, s, 1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	release()

	ctx, cancel = context.WithCancel(t.Context())
	err := s.write(ctx, "test", func(ctx context.Context, tx *writeTx) error {
		cancel()
		return mark("started")(ctx, tx)
	})
	if err != nil {
		t.Errorf("a write whose caller left after its start: got %v, want it stored", err)
	}
	for name, want := range map[string]int{"abandoned": 0, "started": 1} {
		if got := rowsIn(t, s, "settings", "name = $1", name); got != want {
			t.Errorf("%s: got %d rows, want %d", name, got, want)
		}
	}
	if err := s.write(ctx, "test", mark("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: got %v, want %v", err, context.Canceled)
	}
}

// TestClosedStore asks a closed store: it cannot answer, which is not an internal error.
func TestClosedStore(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.User(t.Context(), 1)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("read: got %v, want unavailable", err)
	}
	if err := s.write(t.Context(), "test", mark("x")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("write: got %v, want unavailable", err)
	}
	if err := s.Ping(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("ping: got %v, want unavailable", err)
	}
}

// TestFullDisk caps the database's size: writes are refused with a time to retry, reads go on, readiness says so, and once
// there is room everything works again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	u := temporaryUser(t, s)
	var pages int
	if err := s.writeDB.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		var got int
		if err := s.writeDB.QueryRowContext(t.Context(), "PRAGMA max_page_count(1073741823)").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		if _, err := s.writeDB.ExecContext(t.Context(), "PRAGMA max_page_count="+rowName(int64(n))); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 2)
	stored := 0
	var err error
	for err == nil {
		if err = s.InsertCode(t.Context(), codeFor(u, 10000001)); err == nil {
			stored++
		}
	}
	if f := fault.As(err); f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Fatalf("got %v after %d codes, want unavailable with a time to retry", err, stored)
	}
	if _, err := s.User(t.Context(), u.ID); err != nil {
		t.Errorf("a read on a full disk: %v", err)
	}
	limit(0)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping once there is room: %v", err)
	}
	if err := s.InsertCode(t.Context(), codeFor(u, 10000001)); err != nil {
		t.Errorf("a write once there is room: %v", err)
	}
	if got := rowsIn(t, s, "codes", "1 = 1"); got != stored+1 {
		t.Errorf("got %d codes, want the %d acknowledged", got, stored+1)
	}
}

// TestFullDiskInABatch runs out of room in the middle of a transaction, which ends it: those before are told that nothing of
// theirs is stored, those behind are stored in one of their own.
func TestFullDiskInABatch(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	if _, err := s.writeDB.ExecContext(t.Context(), "PRAGMA max_page_count=300"); err != nil {
		t.Fatal(err)
	}
	release := blockWriter(t, s)
	var wg sync.WaitGroup
	for i, c := range []struct {
		name string
		fn   func(context.Context, *writeTx) error
		want bool
	}{
		{"before", mark("before"), false},
		{"large", func(ctx context.Context, tx *writeTx) error {
			_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES ('large', zeroblob(4000000))")
			return err
		}, false},
		{"behind", mark("behind"), true},
	} {
		wg.Go(func() {
			err := s.write(t.Context(), "test", c.fn)
			if c.want != (err == nil) || err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: got %v, want stored %v", c.name, err, c.want)
			}
		})
		waitQueued(t, s, i+1)
	}
	release()
	wg.Wait()
	for name, want := range map[string]int{"before": 0, "large": 0, "behind": 1} {
		if got := rowsIn(t, s, "settings", "name = $1", name); got != want {
			t.Errorf("%s: got %d rows, want %d", name, got, want)
		}
	}
}

func TestCountQueries(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	u := temporaryUser(t, s)
	for _, test := range []struct {
		name string
		run  func(ctx context.Context) error
		want int64
	}{
		{"a read", func(ctx context.Context) error { _, err := s.User(ctx, u.ID); return err }, 1},
		{"a write", func(ctx context.Context) error { return s.InsertCode(ctx, codeFor(u, 1)) }, 1},
	} {
		ctx, counter := CountQueries(t.Context())
		if err := test.run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := counter.Statements(); got != test.want {
			t.Errorf("%s: got %d statements, want %d", test.name, got, test.want)
		}
	}
}
