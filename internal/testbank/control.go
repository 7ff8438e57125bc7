package testbank

import (
	"sort"
	"time"
)

// SlowAnswer is how long every answer takes in the scenario slow.
const SlowAnswer = 3 * time.Second

// Change is what the control API can do to the bank. Zero members change nothing.
type Change struct {
	// Reset forgets everything that happened, the clock's skew included. It goes before the rest.
	Reset bool `json:"reset,omitempty"`
	// Down takes the bank down (true) or up (false).
	Down *bool `json:"down,omitempty"`
	// SlowMS delays every answer by so many milliseconds.
	SlowMS *int `json:"slow_ms,omitempty"`
	// Login is whom the next three are about.
	Login string `json:"login,omitempty"`
	// RevokeConsent withdraws the login's consents and known devices.
	RevokeConsent bool `json:"revoke_consent,omitempty"`
	// AddAccount makes the accounts appear that the file calls later.
	AddAccount bool `json:"add_account,omitempty"`
	// Unlock forgives wrong passwords.
	Unlock bool `json:"unlock,omitempty"`
	// Approve and Refuse decide the login's requests on the phone.
	Approve bool `json:"approve,omitempty"`
	Refuse  bool `json:"refuse,omitempty"`
}

// maxSlow bounds the delay, which holds a goroutine each.
const maxSlow = time.Minute

// Apply makes a change.
func (b *Bank) Apply(c Change) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.Login == "" && (c.RevokeConsent || c.AddAccount || c.Unlock || c.Approve || c.Refuse) {
		return &Refusal{Code: CodeInvalidRequest, Message: "login is needed to say whom the change is about."}
	}
	if c.SlowMS != nil && (*c.SlowMS < 0 || time.Duration(*c.SlowMS)*time.Millisecond > maxSlow) {
		return &Refusal{Code: CodeInvalidRequest, Message: "slow_ms is 0 to 60000."}
	}
	if c.Reset {
		b.forget()
	}
	if c.Down != nil {
		b.down = *c.Down
	}
	if c.SlowMS != nil {
		b.delay = time.Duration(*c.SlowMS) * time.Millisecond
	}
	if c.Login != "" {
		b.applyTo(c)
	}
	return nil
}

func (b *Bank) applyTo(c Change) {
	now := b.now()
	customer := b.customer(c.Login)
	if c.AddAccount {
		customer.extra = true
	}
	if c.Unlock {
		customer.failures, customer.lockedUntil = 0, time.Time{}
	}
	if c.RevokeConsent {
		b.withdrawDevices(c.Login)
		b.consents.each(now, func(_ string, k *Consent) {
			if k.Login == c.Login && k.Status == ConsentValid {
				k.Status = ConsentRevoked
			}
		})
	}
	if c.Approve || c.Refuse {
		b.approvals.each(now, func(_ string, a *approval) {
			if a.login == c.Login && a.status(now) == approvalPending {
				a.decided = approvalGiven
				if c.Refuse {
					a.decided = approvalRefused
				}
			}
		})
	}
}

// Skew sets how far the bank's clock is ahead of (or behind) the real one.
func (b *Bank) Skew(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.skew = d
}

// Weather says whether the bank is down and how much every answer is delayed.
func (b *Bank) Weather() (down bool, delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.down, b.delay
}

// Snapshot is what the control API shows.
type Snapshot struct {
	Now        time.Time           `json:"now"`
	Down       bool                `json:"down"`
	SlowMS     int64               `json:"slow_ms"`
	Visits     int                 `json:"visits"`
	Consents   int                 `json:"consents"`
	Approvals  []Approval          `json:"approvals"`
	Challenges []ChallengeRevealed `json:"challenges"`
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
