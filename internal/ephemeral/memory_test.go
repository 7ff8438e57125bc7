package ephemeral_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/conformance"
)

// clock is moved by hand.
type clock struct {
	lock sync.Mutex
	now  time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.now = c.now.Add(d)
}

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Subject {
		c := newClock()
		m := ephemeral.NewMemory(ephemeral.Options{Now: c.Now})
		t.Cleanup(func() { _ = m.Close() })
		return conformance.Subject{Notifier: m, Counter: m, Cache: m, Sessions: m, Now: c.Now, FastForward: c.forward}
	})
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := ephemeral.NewMemory(ephemeral.Options{Now: c.Now, MaxCached: 10, MaxCachedBytes: 1000})
	kept := func() (n int) {
		for i := range 100 {
			if _, found, err := m.Get(t.Context(), fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			} else if found {
				n++
			}
		}
		return n
	}
	set := func(i, size int, ttl time.Duration) {
		t.Helper()
		if err := m.Set(t.Context(), fmt.Sprint(i), make([]byte, size), ttl); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		set(i, 1, time.Duration(i+1)*time.Minute)
	}
	if got := kept(); got != 10 {
		t.Errorf("%d entries are kept, want 10", got)
	}
	if _, found, _ := m.Get(t.Context(), "99"); !found {
		t.Error("the newest went, which also lives longest")
	}
	set(5, 950, time.Hour) // pushes the others out by its size
	if got := kept(); got < 1 || got > 10 {
		t.Errorf("%d entries beside a large one", got)
	}
	set(5, 2000, time.Hour) // larger than the whole cache: not kept, and the old value is gone
	if _, found, _ := m.Get(t.Context(), "5"); found {
		t.Error("an outdated value is still there")
	}
	c.forward(24 * time.Hour)
	set(1, 1, time.Minute)
	if got := kept(); got != 1 {
		t.Errorf("%d entries after all but one ended, want 1", got)
	}
}

func TestCountersAreBounded(t *testing.T) {
	t.Parallel()
	m := ephemeral.NewMemory(ephemeral.Options{Now: newClock().Now, MaxCounters: 10})
	add := func(key string, window time.Duration, n int) int {
		t.Helper()
		total, _, err := m.Add(t.Context(), key, window, n)
		if err != nil {
			t.Fatal(err)
		}
		return total
	}
	add("long", time.Hour, 5)
	for i := range 1000 {
		add(fmt.Sprint("flood", i), time.Minute, 1)
	}
	if got := add("long", time.Hour, 0); got != 5 {
		t.Errorf("the longest window lost its count under a flood: %d, want 5", got)
	}
	for i := range 1000 {
		add(fmt.Sprint("read", i), time.Hour, 0)
	}
	if got := add("long", time.Hour, 0); got != 5 {
		t.Errorf("reading absent keys took the room of one that counts: %d, want 5", got)
	}
	add("huge", time.Hour, math.MaxInt)
	if got := add("huge", time.Hour, math.MaxInt); got != math.MaxInt {
		t.Errorf("the count wrapped to %d", got)
	}
}

func TestSubscribersAreBounded(t *testing.T) {
	t.Parallel()
	m := ephemeral.NewMemory(ephemeral.Options{MaxSubscribers: 1})
	first, cancel := m.Subscribe(t.Context(), "a")
	second, cancelSecond := m.Subscribe(t.Context(), "a")
	if err := m.Publish(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if len(first) != 1 || len(second) != 0 {
		t.Errorf("%d and %d pieces of news, want 1 and 0", len(first), len(second))
	}
	cancelSecond()
	cancel()
	third, cancelThird := m.Subscribe(t.Context(), "a")
	defer cancelThird()
	if err := m.Publish(t.Context(), "a"); err != nil || len(third) != 1 {
		t.Errorf("after one left: %d pieces of news, %v, want 1", len(third), err)
	}
}

func TestCloseWakesAndRefuses(t *testing.T) {
	t.Parallel()
	m := ephemeral.NewMemory(ephemeral.Options{})
	news, cancel := m.Subscribe(t.Context(), "a")
	for range 2 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(news) != 1 {
		t.Error("Close did not wake a subscriber")
	}
	cancel()
	late, cancelLate := m.Subscribe(t.Context(), "a")
	defer cancelLate()
	if len(late) != 1 {
		t.Error("a subscriber after Close would wait for nothing")
	}
	_, _, getErr := m.Get(t.Context(), "a")
	_, _, addErr := m.Add(t.Context(), "a", time.Minute, 1)
	for name, err := range map[string]error{
		"Get": getErr, "Add": addErr, "Publish": m.Publish(t.Context(), "a"),
		"Set": m.Set(t.Context(), "a", nil, time.Minute), "Delete": m.Delete(t.Context(), "a"),
	} {
		if !errors.Is(err, ephemeral.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}

// Thousands of subscriptions that end leave neither goroutines nor room taken.
func TestNothingLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	m := ephemeral.NewMemory(ephemeral.Options{MaxSubscribers: 5})
	ctx, cancelAll := context.WithCancel(t.Context())
	for i := range 5000 {
		_, cancel := m.Subscribe(ctx, fmt.Sprint(i))
		cancel()
	}
	cancelAll()
	news, cancel := m.Subscribe(t.Context(), "a")
	defer cancel()
	if err := m.Publish(t.Context(), "a"); err != nil || len(news) != 1 {
		t.Errorf("the room of ended subscriptions was not given back: %d, %v", len(news), err)
	}
	if after := runtime.NumGoroutine(); after > before+2 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "a", "é\x00"} {
		for _, value := range []string{"", "v", "\x00"} {
			if got, ok := ephemeral.Unwrap(key, ephemeral.Wrap(key, []byte(value))); !ok || string(got) != value {
				t.Errorf("%q, %q comes back as %q, %v", key, value, got, ok)
			}
		}
	}
	for name, stored := range map[string][]byte{
		"another key":      ephemeral.Wrap("b", []byte("v")),
		"a longer key":     ephemeral.Wrap("ab", []byte("v")),
		"a key cut short":  ephemeral.Wrap("a", nil)[:1],
		"nothing":          nil,
		"an endless count": {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"a huge count":     {0xff, 0xff, 0xff, 0xff, 0x0f, 'a'},
	} {
		if got, ok := ephemeral.Unwrap("a", stored); ok {
			t.Errorf("%s gives %q", name, got)
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	f.Add("a", []byte("\x01av"))
	f.Fuzz(func(t *testing.T, key string, stored []byte) {
		value, ok := ephemeral.Unwrap(key, stored)
		if ok && len(value) > len(stored)-len(key) {
			t.Errorf("Unwrap(%q, %q) = %q", key, stored, value)
		}
	})
}

func BenchmarkCacheGet(b *testing.B) {
	m := ephemeral.NewMemory(ephemeral.Options{})
	if err := m.Set(b.Context(), "key", make([]byte, 400), time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, found, err := m.Get(b.Context(), "key"); err != nil || !found {
				b.Error(found, err)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	m := ephemeral.NewMemory(ephemeral.Options{})
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("key", i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := m.Add(b.Context(), keys[i%len(keys)], time.Minute, 1); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
