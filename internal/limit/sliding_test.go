package limit_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/limit"
)

// TestSlidingHasNoEdge: at no moment has anybody had more than twice a tenth above what a window allows, however they time it at the edge
// of a window, where a fixed one would give them twice as much; and after the wait that they are told they may go on.
func TestSlidingHasNoEdge(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := limit.Sliding{Counter: newCounters(c), Now: c.Now}
	const most, length = 50, 10 * time.Minute
	// The last second before an edge (3:00 is one).
	c.pass(length - time.Second)
	took := 0
	for range 2 * most {
		if wait, err := s.Take(t.Context(), "key", length, 1, most); err != nil {
			t.Fatal(err)
		} else if wait == 0 {
			took++
		}
	}
	if took != most {
		t.Fatalf("%d were let through, want %d", took, most)
	}
	c.pass(2 * time.Second)
	wait, err := s.Take(t.Context(), "key", length, 1, most)
	if err != nil || wait <= 0 || wait > length {
		t.Fatalf("behind the edge: wait %s, %v; a fixed window would let %d more through", wait, err, most)
	}
	c.pass(wait)
	if wait, err := s.Take(t.Context(), "key", length, 1, most); wait != 0 || err != nil {
		t.Errorf("after the wait: %s, %v", wait, err)
	}
	if wait, err := s.Take(t.Context(), "other", length, 1, most); wait != 0 || err != nil {
		t.Errorf("another key: %s, %v", wait, err)
	}
}

// TestSlidingCountsNoRefusals: whoever goes on asking while refused is let in no later for it; asking alone counts nothing.
func TestSlidingCountsNoRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := limit.Sliding{Counter: newCounters(c), Now: c.Now}
	for range 100 {
		if wait, err := s.Take(t.Context(), "key", time.Minute, 0, 1); wait != 0 || err != nil {
			t.Fatalf("asking alone: %s, %v", wait, err)
		}
	}
	if wait, err := s.Take(t.Context(), "key", time.Minute, 1, 1); wait != 0 || err != nil {
		t.Fatalf("the first: %s, %v", wait, err)
	}
	first, err := s.Take(t.Context(), "key", time.Minute, 1, 1)
	if err != nil || first == 0 {
		t.Fatalf("the second: %s, %v", first, err)
	}
	for range 1000 {
		if wait, err := s.Take(t.Context(), "key", time.Minute, 1, 1); err != nil || wait != first {
			t.Fatalf("asked again: %s, %v, want %s", wait, err, first)
		}
	}
	if wait, err := s.Take(t.Context(), "key", time.Minute, 0, 0); err != nil || wait <= 0 {
		t.Errorf("none allowed and one counted: %s, %v", wait, err)
	}
}

// TestSlidingAtOnce: of many at one moment no more are let through than may be.
func TestSlidingAtOnce(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := limit.Sliding{Counter: newCounters(c), Now: c.Now}
	var through atomic.Int32
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if wait, err := s.Take(t.Context(), "key", time.Minute, 1, 20); err != nil {
				t.Error(err)
			} else if wait == 0 {
				through.Add(1)
			}
		})
	}
	all.Wait()
	if n := through.Load(); n < 1 || n > 20 {
		t.Errorf("%d were let through, want 20 at most", n)
	}
	broken := newCounters(c)
	broken.fail(true)
	if _, err := (limit.Sliding{Counter: broken, Now: c.Now}).Take(t.Context(), "key", time.Minute, 1, 20); err == nil {
		t.Error("a Counter that does not answer lets through")
	}
}
