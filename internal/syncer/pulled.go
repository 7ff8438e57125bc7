package syncer

import (
	"time"

	"passerelle/internal/bank"
)

// Pulled is what a pull has brought of one account so far. The store reads it; whoever pulls notes in it what was stored.
type Pulled struct {
	// Empty says that there was nothing of the account before the pull, so that nothing can be the same as what comes.
	Empty bool
	// Seen are the keys of what came, Earliest is the day of the earliest booked movement among it; before that day nothing is known.
	Seen     map[string]bool
	Earliest time.Time
}

// Note notes what was stored.
func (p *Pulled) Note(list []bank.Transaction) {
	if p.Seen == nil {
		p.Seen = make(map[string]bool, len(list))
	}
	for _, t := range list {
		p.Seen[t.Key] = true
		if !t.Coming && (p.Earliest.IsZero() || t.Date.Before(p.Earliest)) {
			p.Earliest = t.Date
		}
	}
}
