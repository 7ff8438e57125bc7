package limit

import (
	"net/netip"
	"sync"
	"time"
)

// Subject is what a rule counts by: one of its members, or a client application beside a network.
type Subject struct {
	Network netip.Prefix
	ID      int64
	Text    string
}

// none says whether there is nothing to count by.
func (s Subject) none() bool { return s == Subject{} }

type key struct {
	rule    string
	subject Subject
}

// entry is what this process knows of a key.
type entry struct {
	mu sync.Mutex
	// shared is the key's name at the Counter, made when it is first needed.
	shared string
	// at is the window, before what was counted in the one before it.
	at     int64
	before int
	// base is what the Counter said last, sending what is on its way to it, pending what it has not been told.
	base, sending, pending int
	// asked says that the Counter was asked for the window before.
	asked bool
	// told is when the Counter was last told.
	told time.Time
	// logged is when the log last heard of it.
	logged time.Time
}

// table holds entries in two generations: what was not used while one filled up is forgotten with the next.
type table struct {
	mu       sync.Mutex
	most     int
	turned   time.Time
	new, old map[key]*entry
	// pressed says that the last generation was full before its time.
	pressed bool
}

// generation is how long entries are kept at least, unless too many come: the longest window and the one after it.
const generation = 30 * time.Minute

// get gives the entry of a key, made where there is none. known says that nothing was forgotten of it, as far as can be told.
func (t *table) get(k key, now time.Time) (e *entry, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if full := len(t.new) >= t.most; full || now.Sub(t.turned) >= generation {
		t.pressed = full && len(t.old) > 0 && now.Sub(t.turned) < generation
		t.old, t.new, t.turned = t.new, nil, now
	}
	if e, ok := t.new[k]; ok {
		return e, true
	}
	e, ok := t.old[k]
	if !ok {
		e = &entry{told: now}
	}
	if t.new == nil {
		t.new = make(map[key]*entry)
	}
	t.new[k] = e
	return e, ok || !t.pressed
}

// size is how many entries there are.
func (t *table) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.new) + len(t.old)
}
