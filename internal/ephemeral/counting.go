package ephemeral

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Counting counts in one place, Redis, and in another, the database, while the first is gone. A limit must not start anew because
// the place of counting changes, or whoever can make Redis stumble could try twice as often: what this process has counted of a
// window in one place is carried along to the other. A process that dies takes what it alone knew with it; the others keep theirs.
//
// It is strict where it cannot know: an Add that was not answered may be counted twice, and a Redis that answers with less than this
// process alone has counted (a failover lost it) is told the rest again. It is safe for concurrent use.
type Counting struct {
	// First is asked as long as it answers, Second when it does not.
	First, Second Counter
	// Now is the clock; time.Now by default.
	Now func() time.Time

	mu        sync.Mutex
	tallies   *expiring[*tally]
	fallbacks atomic.Int64
}

// tally is what this process has counted of a key in its window.
type tally struct {
	own           int
	first, second told
	reset         time.Time
}

// told is how much of a tally a place was told: all, and what it has answered to.
type told struct{ sent, answered int }

// mostTallies bounds the memory; beyond it the windows that end soonest are forgotten.
const mostTallies = 50_000

// Fallbacks is how often the second place was asked.
func (c *Counting) Fallbacks() int64 { return c.fallbacks.Load() }

// Add implements Counter.
func (c *Counting) Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error) {
	if err := firstError(ctx.Err(), CheckKey(key), CheckCount(window, n)); err != nil {
		return 0, time.Time{}, err
	}
	n = min(n, mostCounted)
	total, reset, err = c.addTo(ctx, c.First, firstPlace, key, window, n)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return total, reset, err
	}
	c.fallbacks.Add(1)
	return c.addTo(ctx, c.Second, secondPlace, key, window, n)
}

func firstPlace(t *tally) *told  { return &t.first }
func secondPlace(t *tally) *told { return &t.second }

// addTo adds in one place n and what that has not been told yet. Where the answer shows that the place has lost some, it is told that
// at once, for the other processes.
func (c *Counting) addTo(ctx context.Context, to Counter, place func(*tally) *told, key string, window time.Duration, n int) (int, time.Time, error) {
	total, lost, reset, err := c.addOnce(ctx, to, place, key, window, n)
	if err != nil || lost == 0 {
		return total, reset, err
	}
	if again, _, _, err := c.addOnce(ctx, to, place, key, window, 0); err == nil {
		total = max(total, again)
	}
	return total, reset, nil
}

func (c *Counting) addOnce(ctx context.Context, to Counter, place func(*tally) *told, key string, window time.Duration, n int) (total, lost int, reset time.Time, err error) {
	t, add, answered, left := c.begin(place, key, window, n)
	total, reset, err = to.Add(ctx, key, left, add)
	c.mu.Lock()
	defer c.mu.Unlock()
	p := place(t)
	if err != nil {
		t.own -= n
		p.sent -= add
		return 0, 0, time.Time{}, err
	}
	p.answered += add
	if lost = max(answered+add-total, 0); lost > 0 {
		p.sent, p.answered = max(p.sent-lost, 0), max(p.answered-lost, 0)
		total += lost
	}
	if t.reset.IsZero() && n > 0 {
		t.reset = reset
		c.tallies.set(key, t, 0, reset, c.now())
	}
	return total, lost, reset, nil
}

// begin notes an Add before it is sent, so that of two at one time one carries, and gives what is to be added, what the place has
// answered to so far, and for how long to count: the window that the tally is of goes on in the other place.
func (c *Counting) begin(place func(*tally) *told, key string, window time.Duration, n int) (t *tally, add, answered int, left time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tallies == nil {
		c.tallies = newExpiring[*tally](mostTallies, 0)
	}
	now := c.now()
	it, ok := c.tallies.get(key, now)
	if ok {
		t = it.value
	} else {
		t = &tally{}
		if n > 0 {
			c.tallies.set(key, t, 0, now.Add(window), now)
		}
	}
	p := place(t)
	add, answered, left = max(t.own+n-p.sent, n), p.answered, window
	t.own += n
	p.sent += add
	if !t.reset.IsZero() {
		left = max(t.reset.Sub(now), time.Millisecond)
	}
	return t, add, answered, left
}

func (c *Counting) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
