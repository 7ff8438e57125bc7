package ephemeral

import "sync"

// mostFailures in a row open the breaker.
const mostFailures = 5

// breaker keeps calls away from a Redis that does not answer: each would cost its whole deadline. It opens after mostFailures in a
// row; half-open is the prober's business, which asks by itself, so that no end user pays for finding out (see Redis.probe).
type breaker struct {
	mu       sync.Mutex
	failures int
	open     bool
	// opened is called, without the lock, by whoever opens it.
	opened func()
}

// allows says whether a call may be made.
func (b *breaker) allows() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.open
}

// succeeded notes a call that was answered. A call that began before the breaker opened does not close it: the prober does.
func (b *breaker) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = 0
}

// failed notes a call that was not.
func (b *breaker) failed() {
	b.mu.Lock()
	b.failures++
	opens := !b.open && b.failures >= mostFailures
	if opens {
		b.open = true
	}
	b.mu.Unlock()
	if opens {
		b.opened()
	}
}

// trip opens it at once.
func (b *breaker) trip() {
	b.mu.Lock()
	opens := !b.open
	b.open = true
	b.mu.Unlock()
	if opens {
		b.opened()
	}
}

// closeAgain lets calls through.
func (b *breaker) closeAgain() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open, b.failures = false, 0
}
