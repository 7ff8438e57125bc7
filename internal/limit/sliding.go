package limit

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Sliding counts in windows that slide, by a Counter alone: what a Limiter does for many requests at little cost, for what is rare, must
// be exact, and is better refused than let through where the Counter does not answer. Keys are the caller's, and nothing may be read from
// them. It is safe for concurrent use.
type Sliding struct {
	Counter Counter
	// Now is the clock.
	Now func() time.Time
}

// Take counts n (0 asks alone) under a key, unless that were more than most within length; what is refused is not counted, but for what
// others counted at the same moment. wait is 0 where it may go on, and else after how long it could.
func (s Sliding) Take(ctx context.Context, key string, length time.Duration, n, most int) (wait time.Duration, err error) {
	at, reach := place(s.Now(), length)
	name := func(at int64) string { return key + ":" + strconv.FormatInt(at, 36) }
	before, _, err := s.Counter.Add(ctx, name(at-1), 2*length, 0)
	if err != nil {
		return 0, fmt.Errorf("count the window before: %w", err)
	}
	current, _, err := s.Counter.Add(ctx, name(at), 2*length, 0)
	if err == nil && n > 0 && used(before, current, reach)+n <= most {
		if current, _, err = s.Counter.Add(ctx, name(at), 2*length, n); err == nil {
			current -= n // its own
		}
	}
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	if used(before, current, reach)+n <= most {
		return 0, nil
	}
	return max(waitFor(before, current, max(1, n), most, length, reach), time.Second), nil
}

// Add counts n under a key, whatever there is.
func (s Sliding) Add(ctx context.Context, key string, length time.Duration, n int) error {
	at, _ := place(s.Now(), length)
	if _, _, err := s.Counter.Add(ctx, key+":"+strconv.FormatInt(at, 36), 2*length, n); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}

// waitFor is wait for a most that may be less than one: what never fits waits for a window.
func waitFor(before, current, n, most int, length time.Duration, reach float64) time.Duration {
	if most < n {
		return length
	}
	return wait(before, current, n, most, length, reach)
}
