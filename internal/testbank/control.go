package testbank

import (
	"fmt"
	"strings"
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
	// Login is whom all that follows is about.
	Login string `json:"login,omitempty"`
	// Scenario is what the login acts out from now on, by name or alias, whatever was chosen when signing in; the empty one
	// leaves it to the sign-in again. What asks the customer something asks those who were let in before, too.
	Scenario *string `json:"scenario,omitempty"`
	// Password changes the login's; the old one is refused from then on. The empty one brings the first back.
	Password *string `json:"password,omitempty"`
	// AcceptTerms accepts what the scenario action_needed wants to be accepted.
	AcceptTerms bool `json:"accept_terms,omitempty"`
	// ExpireConsent ends the login's consents and known devices as time would.
	ExpireConsent bool `json:"expire_consent,omitempty"`
	// CloseAccount makes the second account go (true) or come back (false).
	CloseAccount *bool `json:"close_account,omitempty"`
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

// maxPassword bounds a password that the control sets, as the form does.
const maxPassword = 256

// Apply makes a change.
func (b *Bank) Apply(c Change) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := c.check(); err != nil {
		return err
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

// check refuses a change that makes no sense before anything of it is made.
func (c Change) check() error {
	says := ""
	about := c.Scenario != nil || c.Password != nil || c.AcceptTerms || c.ExpireConsent || c.CloseAccount != nil ||
		c.RevokeConsent || c.AddAccount || c.Unlock || c.Approve || c.Refuse
	switch {
	case c.Login == "" && about:
		says = "login is needed to say whom the change is about."
	case c.Login != "" && !ReadWho(c.Login).valid():
		says = fmt.Sprintf("login is at most %d bytes, with @integration, @ and the address of a configuration file, or @simulator/ and a profile "+
			"behind it for a customer of another bank.", maxLogin)
	case c.SlowMS != nil && (*c.SlowMS < 0 || time.Duration(*c.SlowMS)*time.Millisecond > maxSlow):
		says = "slow_ms is 0 to 60000."
	case c.Password != nil && len(*c.Password) > maxPassword:
		says = fmt.Sprintf("password is at most %d bytes.", maxPassword)
	case c.Scenario != nil && *c.Scenario != "":
		if _, ok := Find(*c.Scenario); !ok {
			says = "scenario is unknown: one of " + strings.Join(Names(), ", ") + "."
		}
	}
	if says != "" {
		return &Refusal{Code: CodeInvalidRequest, Message: says}
	}
	return nil
}

func (b *Bank) applyTo(c Change) {
	customer := b.customer(c.Login)
	if c.Scenario != nil {
		var s *Scenario
		if found, ok := Find(*c.Scenario); ok {
			s = &found
		}
		customer.act(s)
	}
	if c.Password != nil {
		customer.password = *c.Password
	}
	if c.AcceptTerms {
		customer.accepted = true
	}
	if c.CloseAccount != nil {
		customer.closed = *c.CloseAccount
	}
	if c.AddAccount {
		customer.extra = true
	}
	if c.Unlock {
		customer.failures, customer.lockedUntil = 0, time.Time{}
	}
	b.endAccess(c)
	b.decideFor(c)
	if c.Scenario != nil || c.Password != nil || c.ExpireConsent {
		b.endVisits(c.Login, "")
	}
}

// endVisits signs a login out of the website wherever it is signed in, but for one visit: what is acted out from now on begins at the
// door.
func (b *Bank) endVisits(login, but string) {
	b.visits.each(b.now(), func(id string, v *visit) {
		if v.login == login && id != but && v.source == DirectAccess && v.challenge == nil && v.ended == "" {
			v.ended = CodeSessionEnded
		}
	})
}

// endAccess ends what a login allowed others, as the customer or as time would.
func (b *Bank) endAccess(c Change) {
	now := b.now()
	if c.RevokeConsent {
		b.withdrawDevices(c.Login, "")
	}
	b.consents.each(now, func(_ string, k *Consent) {
		switch {
		case k.Login != c.Login || k.Status != ConsentValid:
		case c.RevokeConsent:
			k.Status = ConsentRevoked
		case c.ExpireConsent:
			k.ValidUntil = earlier(k.ValidUntil, now.Add(-time.Second))
		}
	})
	b.devices.each(now, func(_ string, d *device) {
		if d.login == c.Login && c.ExpireConsent {
			d.until = earlier(d.until, now)
		}
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// decideFor approves or refuses what waits on a login's phone.
func (b *Bank) decideFor(c Change) {
	now := b.now()
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
