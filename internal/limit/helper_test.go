package limit_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/limit"
)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func mac(message []byte) []byte {
	h := hmac.New(sha256.New, []byte("a key for tests, nothing more"))
	_, _ = h.Write(message)
	return h.Sum(nil)
}

// counters is a Counter that remembers its keys and can be broken.
type counters struct {
	limit.Counter

	mu     sync.Mutex
	keys   map[string]bool
	calls  int
	broken bool
}

func newCounters(c *clock) *counters {
	return &counters{Counter: ephemeral.NewMemory(ephemeral.Options{Now: c.Now}), keys: map[string]bool{}}
}

var errBroken = errors.New("the counters are gone")

func (c *counters) Add(ctx context.Context, key string, window time.Duration, n int) (int, time.Time, error) {
	c.mu.Lock()
	c.keys[key] = true
	c.calls++
	broken := c.broken
	c.mu.Unlock()
	if broken {
		return 0, time.Time{}, errBroken
	}
	return c.Counter.Add(ctx, key, window, n)
}

func (c *counters) fail(broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = broken
}

func (c *counters) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// all is every key there was, joined.
func (c *counters) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for k := range c.keys {
		b.WriteString(k + "\n")
	}
	return b.String()
}

func process(c *clock, shared limit.Counter) *limit.Limiter {
	return limit.New(limit.Options{Counter: shared, MAC: mac, Now: c.Now})
}
