package testbank

import "time"

// shelf is a map whose entries lapse and whose size is bounded, so that a stranger who signs in a million times fills no
// memory. It is guarded by the Bank's mutex.
type shelf[V any] struct {
	entries map[string]shelved[V]
	ttl     time.Duration
	most    int
}

type shelved[V any] struct {
	value V
	until time.Time
}

func newShelf[V any](ttl time.Duration, most int) *shelf[V] {
	return &shelf[V]{entries: make(map[string]shelved[V]), ttl: ttl, most: most}
}

func (s *shelf[V]) get(key string, now time.Time) (V, bool) {
	e, ok := s.entries[key]
	if !ok || now.After(e.until) {
		delete(s.entries, key)
		var none V
		return none, false
	}
	return e.value, true
}

func (s *shelf[V]) put(key string, v V, now time.Time) {
	if _, ok := s.entries[key]; !ok && len(s.entries) >= s.most {
		s.makeRoom(now)
	}
	s.entries[key] = shelved[V]{value: v, until: now.Add(s.ttl)}
}

// makeRoom drops what has lapsed, and the next to lapse when nothing has.
func (s *shelf[V]) makeRoom(now time.Time) {
	oldest, until := "", time.Time{}
	for k, e := range s.entries {
		if now.After(e.until) {
			delete(s.entries, k)
			continue
		}
		if oldest == "" || e.until.Before(until) {
			oldest, until = k, e.until
		}
	}
	if len(s.entries) >= s.most {
		delete(s.entries, oldest)
	}
}

func (s *shelf[V]) drop(key string) { delete(s.entries, key) }

// each calls f for what has not lapsed.
func (s *shelf[V]) each(now time.Time, f func(key string, v V)) {
	for k, e := range s.entries {
		if !now.After(e.until) {
			f(k, e.value)
		}
	}
}
