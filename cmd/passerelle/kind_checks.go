package main

import (
	"sync"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// checks remembers what kinds say of directory entries. Each list of the picker asks about each entry, thousands of them where an
// aggregator's institutions were imported, and a kind reads an entry's settings from JSON to answer. What a kind says depends on the
// entry alone (connector.InstitutionChecker), so that an answer is good until the entry changes, in whichever process that was done.
type checks struct {
	mu    sync.RWMutex
	known map[string]entryCheck
}

// entryCheck is an answer, with what it was given for.
type entryCheck struct {
	kind, name, settings string
	// fields is where the entry's fields are: entries are replaced as a whole, never written to.
	fields *bank.Field
	count  int
	err    error
}

// mostEntryChecks bounds what is remembered of entries that are gone.
const mostEntryChecks = 100_000

// of gives what a kind says of an entry.
func (k *checks) of(checker connector.InstitutionChecker, c *bank.Connector) error {
	now := entryCheck{kind: c.Kind, name: c.Name, settings: c.Settings, count: len(c.Fields)}
	if now.count > 0 {
		now.fields = &c.Fields[0]
	}
	k.mu.RLock()
	before, ok := k.known[c.UUID]
	k.mu.RUnlock()
	said := before.err
	if before.err = nil; ok && before == now {
		return said
	}
	now.err = checker.CheckInstitution(connect.Institution(c))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known == nil || len(k.known) >= mostEntryChecks {
		k.known = make(map[string]entryCheck)
	}
	k.known[c.UUID] = now
	return now.err
}
