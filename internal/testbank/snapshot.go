package testbank

import (
	"sort"
	"time"
)

// Snapshot is what the control API shows.
type Snapshot struct {
	Now        time.Time           `json:"now"`
	Down       bool                `json:"down"`
	SlowMS     int64               `json:"slow_ms"`
	Visits     int                 `json:"visits"`
	Consents   int                 `json:"consents"`
	Approvals  []Approval          `json:"approvals"`
	Challenges []ChallengeRevealed `json:"challenges"`
	Changed    []Changed           `json:"changed"`
}

// Changed is a login that the control changed.
type Changed struct {
	Login string `json:"login"`
	// Scenario is what it acts out, empty when that is left to the sign-in.
	Scenario string `json:"scenario"`
	// Password says that its password was changed, Locked that wrong ones locked it, Terms that the new terms were accepted.
	Password bool `json:"password"`
	Locked   bool `json:"locked"`
	Terms    bool `json:"terms"`
	Closed   bool `json:"closed_account"`
	Added    bool `json:"added_account"`
}

// ChallengeRevealed tells a script the code of a challenge that waits.
type ChallengeRevealed struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Kind  Kind   `json:"kind"`
	Code  string `json:"code"`
}

// Snapshot shows the state.
func (b *Bank) Snapshot() Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	s := Snapshot{
		Now: now, Down: b.down, SlowMS: b.delay.Milliseconds(), Approvals: b.pending(), Challenges: []ChallengeRevealed{},
		Changed: b.changes(now),
	}
	if s.Approvals == nil {
		s.Approvals = []Approval{}
	}
	b.visits.each(now, func(_ string, v *visit) {
		s.Visits++
		if c := v.challenge; c != nil && v.ended == "" && c.code != "" {
			s.Challenges = append(s.Challenges, ChallengeRevealed{ID: c.id, Login: v.login, Kind: c.kind, Code: c.code})
		}
	})
	b.consents.each(now, func(string, *Consent) { s.Consents++ })
	sort.Slice(s.Challenges, func(i, j int) bool { return s.Challenges[i].ID < s.Challenges[j].ID })
	return s
}

// changes lists the logins that the control changed, by name. The caller holds the mutex.
func (b *Bank) changes(now time.Time) []Changed {
	out := []Changed{}
	b.customers.each(now, func(login string, c *customer) {
		l := Changed{
			Login: login, Password: c.password != "", Locked: now.Before(c.lockedUntil), Terms: c.accepted, Closed: c.closed, Added: c.extra,
		}
		if c.scenario != nil {
			l.Scenario = c.scenario.Name
		}
		if l != (Changed{Login: login}) {
			out = append(out, l)
		}
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Login < out[j].Login })
	return out
}
