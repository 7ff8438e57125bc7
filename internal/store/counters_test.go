package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCountersRace counts one key from many sides, with a window that ends in the middle and sweeps all the while: each count is given
// out once per window, and none is lost.
func TestCountersRace(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store, _ string) {
		var clock atomic.Int64
		clock.Store(now.UnixMicro())
		s.now = func() time.Time { return time.UnixMicro(clock.Load()).UTC() }
		c := s.Counters()
		const sides, each = 16, 3 * sweepEvery / 2
		for window := range 3 {
			var mu sync.Mutex
			given := map[int]int{}
			var all sync.WaitGroup
			for side := range sides {
				all.Go(func() {
					for i := range each {
						n, _, err := c.Add(t.Context(), "one key", time.Minute, 1)
						if err != nil {
							t.Errorf("count: %v", err)
							return
						}
						mu.Lock()
						given[n]++
						mu.Unlock()
						// Keys that are over in the next window, for the sweeps.
						if _, _, err := c.Add(t.Context(), fmt.Sprint(window, side, i), time.Second, 1); err != nil {
							t.Errorf("count: %v", err)
							return
						}
					}
				})
			}
			all.Wait()
			for n := 1; n <= sides*each; n++ {
				if given[n] != 1 {
					t.Fatalf("window %d: %d was given out %d times, want once", window, n, given[n])
				}
			}
			clock.Add(time.Minute.Microseconds())
		}
		if left := rowsIn(t, s, "counters", "ends <= $1", clock.Load()-time.Minute.Microseconds()); left > sides*each {
			t.Errorf("%d counts are there that were over a minute ago: nothing is swept", left)
		}
	})
}

// TestCountersAreNoTransactions: on PostgreSQL a count is no serializable transaction, which those of one key would make fail each other.
func TestCountersAreNoTransactions(t *testing.T) {
	t.Parallel()
	s := openPG(t, postgresURL(t))
	c := s.Counters()
	before, retried := s.commits.stats.batches.Load(), s.commits.stats.retried.Load()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, _, err := c.Add(t.Context(), "key", time.Minute, 1); err != nil {
					t.Errorf("count: %v", err)
				}
			}
		})
	}
	all.Wait()
	if commits := s.commits.stats.batches.Load() - before; commits != 0 || s.commits.stats.retried.Load() != retried {
		t.Errorf("%d transactions for 160 counts, %d run again", commits, s.commits.stats.retried.Load()-retried)
	}
}

// TestSweepSparesTheNextWindow: a sweep that waits for a count whose next window begins just then does not take the new count away.
func TestSweepSparesTheNextWindow(t *testing.T) {
	t.Parallel()
	s := openPG(t, postgresURL(t))
	c := s.Counters()
	s.now = func() time.Time { return now }
	if _, _, err := c.Add(t.Context(), "key", time.Second, 7); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Minute)
	tx, err := s.pg.write.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "UPDATE counters SET total = 1, ends = $1", micros(later.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	swept := make(chan error, 1)
	go func() { swept <- c.sweep(t.Context(), s.read, micros(later)) }()
	waits := func() bool {
		return rowsIn(t, s, "pg_locks", "NOT granted AND locktype = 'transactionid'") > 0
	}
	for end := time.Now().Add(20 * time.Second); !waits(); {
		if time.Now().After(end) {
			t.Fatal("the sweep does not wait for the row")
		}
		time.Sleep(time.Millisecond)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-swept; err != nil {
		t.Fatal(err)
	}
	if left := rowsIn(t, s, "counters", "total = 1"); left != 1 {
		t.Error("the sweep took a count of the new window")
	}
}
