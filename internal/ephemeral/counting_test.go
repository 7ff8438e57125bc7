package ephemeral_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
)

// switched is a counter that can be told not to answer.
type switched struct {
	ephemeral.Counter
	gone atomic.Bool
}

func (s *switched) Add(ctx context.Context, key string, window time.Duration, n int) (int, time.Time, error) {
	if s.gone.Load() {
		return 0, time.Time{}, ephemeral.ErrUnavailable
	}
	return s.Counter.Add(ctx, key, window, n)
}

// A limit of ten is a limit of ten, wherever and by whomever is counted.
func TestCountingCarriesOver(t *testing.T) {
	t.Parallel()
	c := newClock()
	redis := &switched{Counter: ephemeral.NewMemory(ephemeral.Options{Now: c.Now})}
	database := &switched{Counter: ephemeral.NewMemory(ephemeral.Options{Now: c.Now})}
	one := &ephemeral.Counting{First: redis, Second: database, Now: c.Now}
	two := &ephemeral.Counting{First: redis, Second: database, Now: c.Now}
	want := 0
	count := func(by *ephemeral.Counting, at string) {
		t.Helper()
		want++
		if n, _, err := by.Add(t.Context(), "key", time.Minute, 1); n != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", at, n, err, want)
		}
	}
	for range 3 {
		count(one, "in Redis")
		count(two, "in Redis")
	}
	redis.gone.Store(true)
	// Each process carries its own part, so the whole is there once both have counted.
	for _, by := range []*ephemeral.Counting{one, two} {
		if _, _, err := by.Add(t.Context(), "key", time.Minute, 0); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		count(one, "in the database")
		count(two, "in the database")
	}
	if one.Fallbacks() != 3 {
		t.Errorf("%d fallbacks, want 3", one.Fallbacks())
	}
	redis.gone.Store(false)
	for _, by := range []*ephemeral.Counting{one, two} {
		if _, _, err := by.Add(t.Context(), "key", time.Minute, 0); err != nil {
			t.Error(err)
		}
	}
	count(one, "in Redis again")
	count(two, "in Redis again")
	// A failover loses all.
	redis.Counter = ephemeral.NewMemory(ephemeral.Options{Now: c.Now})
	if n, _, err := one.Add(t.Context(), "key", time.Minute, 1); n < 7 || err != nil {
		t.Errorf("after a loss: %d, %v, want the 7 at least that this process has counted", n, err)
	}
	// The window ends as it would have.
	c.forward(61 * time.Second)
	for _, by := range []*ephemeral.Counting{one, two} {
		if n, _, err := by.Add(t.Context(), "key", time.Minute, 0); n != 0 || err != nil {
			t.Errorf("in the next window: %d, %v, want 0", n, err)
		}
	}
	redis.gone.Store(true)
	database.gone.Store(true)
	if _, _, err := one.Add(t.Context(), "key", time.Minute, 1); err == nil {
		t.Error("it counts nowhere and says nothing")
	}
	redis.gone.Store(false)
	if n, _, err := one.Add(t.Context(), "key", time.Minute, 1); n != 1 || err != nil {
		t.Errorf("what was not counted counts: %d, %v", n, err)
	}
}
