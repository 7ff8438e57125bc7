package conformance

import (
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
)

func wantTotal(t *testing.T, s Subject, key string, window time.Duration, n, want int) time.Time {
	t.Helper()
	total, reset, err := s.Counter.Add(t.Context(), key, window, n)
	if err != nil || total != want {
		t.Errorf("Add(%q, %d) = %d, %v, want %d", key, n, total, err, want)
	}
	return reset
}

func counterWindow(t *testing.T, s Subject) {
	wantTotal(t, s, "a", time.Minute, 0, 0)
	start := s.Now()
	first := wantTotal(t, s, "a", time.Minute, 1, 1)
	if d := first.Sub(start); d < 59*time.Second || d > 61*time.Second {
		t.Errorf("the window ends %s after its first Add, want a minute", d)
	}
	s.FastForward(30 * time.Second)
	// Neither later Adds nor another length move the end, or a steady stream would never be let through again.
	for _, window := range []time.Duration{time.Minute, time.Hour} {
		if again := wantTotal(t, s, "a", window, 0, 1); again.Sub(first).Abs() > time.Second {
			t.Errorf("the end moved from %s to %s", first, again)
		}
	}
	wantTotal(t, s, "a", time.Minute, 4, 5)
	s.FastForward(31 * time.Second)
	wantTotal(t, s, "a", time.Minute, 0, 0)
	second := wantTotal(t, s, "a", time.Minute, 2, 2)
	if !second.After(first) {
		t.Errorf("the second window ends at %s, not after the first at %s", second, first)
	}
}

func counterKeys(t *testing.T, s Subject) {
	for i, key := range oddKeys {
		wantTotal(t, s, key, time.Minute, i+1, i+1)
	}
	for i, key := range oddKeys {
		wantTotal(t, s, key, time.Minute, 0, i+1)
	}
}

// A cached value of the same key is another thing.
func cacheAndCounter(t *testing.T, s Subject) {
	wantTotal(t, s, "a", time.Minute, 1, 1)
	set(t, s, "a", "cached", time.Minute)
	wantTotal(t, s, "a", time.Minute, 1, 2)
	wantCached(t, s, "a", "cached")
}

// A total stops somewhere beyond every limit, and never turns small or negative.
func counterMost(t *testing.T, s Subject) {
	last := 0
	for range 3 {
		total, _, err := s.Counter.Add(t.Context(), "a", time.Minute, math.MaxInt)
		if err != nil || total < 1<<40 || total < last {
			t.Errorf("Add of the most = %d after %d, %v", total, last, err)
		}
		last = total
	}
}

func counterRefuses(t *testing.T, s Subject) {
	add := func(key string, window time.Duration, n int) error {
		_, _, err := s.Counter.Add(t.Context(), key, window, n)
		return err
	}
	for name, err := range map[string]error{
		"an empty key":      add("", time.Minute, 1),
		"a long key":        add(strings.Repeat("k", ephemeral.MaxKey+1), time.Minute, 1),
		"no window":         add("a", 0, 1),
		"a negative window": add("a", -time.Minute, 1),
		"a negative number": add("a", time.Minute, -1),
	} {
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	wantTotal(t, s, "a", time.Minute, 0, 0)
}

// Totals under 64 parallel Adds are 1 to 64, each once: of a limit of ten exactly ten get through.
func counterConcurrent(t *testing.T, s Subject) {
	const n = 64
	var (
		wg   sync.WaitGroup
		lock sync.Mutex
		seen = make(map[int]int)
	)
	for range n {
		wg.Go(func() {
			total, _, err := s.Counter.Add(t.Context(), "a", time.Minute, 1)
			if err != nil {
				t.Errorf("Add: %v", err)
			}
			lock.Lock()
			defer lock.Unlock()
			seen[total]++
		})
	}
	wg.Wait()
	for total := 1; total <= n; total++ {
		if seen[total] != 1 {
			t.Errorf("the total %d was given %d times, want once", total, seen[total])
		}
	}
}
