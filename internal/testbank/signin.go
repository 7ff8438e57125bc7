package testbank

import (
	"cmp"
	"crypto/subtle"
	"time"
)

// SignIn is what a customer types, or a program on their behalf.
type SignIn struct {
	Login, Password string
	// Website selects accounts and scenario: par, pro, a scenario's name or alias; empty means par.
	Website string
	// Device is the value that an earlier visit was given; a known device is not challenged again.
	Device string
	// Confirm asks for everything again although the device is known, or although the customer gave a consent before: to prove
	// once more who they are.
	Confirm bool
	// Attended says that the customer is there.
	Attended bool
	Source   Source
	// Brand is the bank that is signed in to. File and Profile are Who's; Book is what the file holds now, nil without a File.
	Brand         Brand
	File, Profile string
	Book          *Book
}

// Who says who signs in.
func (in SignIn) Who() Who {
	return Who{Brand: in.Brand, Login: in.Login, File: in.File, Profile: in.Profile}
}

// visit is a customer being served: challenged, or signed in when todo is empty and challenge is nil.
type visit struct {
	id        string
	brand     Brand
	login     string
	person    *Person
	usage     string
	scenario  Scenario
	source    Source
	todo      []question
	challenge *challenge
	device    string
	// confirms says that the end of the challenges makes the device good again; first that the customer must come once more.
	confirms bool
	first    bool
	ended    Code
	started  time.Time
	// fresh says that the configuration file was read a moment ago.
	fresh bool
}

// Visit is a customer being served, as seen from outside.
type Visit struct {
	ID    string
	Brand Brand
	// Login is the name across brands (Who).
	Login    string
	Owner    string
	Source   Source
	Scenario Scenario
	// Challenge is what must be answered next; nil once signed in.
	Challenge *Challenge
	// Device is what a program keeps so as not to be challenged next time, until Until; both are set once signed in.
	Device string
	Until  time.Time
}

// SignIn checks a login. The visit may begin with a challenge. Wrong passwords are counted per login.
func (b *Bank) SignIn(in SignIn) (Visit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	who := in.Who()
	if !who.valid() {
		return Visit{}, refuse(CodeBadCredentials)
	}
	login := who.String()
	papers, err := b.papers(in)
	if err != nil {
		return Visit{}, err
	}
	scenario := b.acting(login, papers.scenario)
	if scenario.breaks() && in.Source == DirectAccess {
		return Visit{}, b.fault(scenario.fault)
	}
	c := b.customer(login)
	right := papers.person != nil && same(cmp.Or(c.password, papers.password), in.Password)
	if err := b.admit(c, right && scenario.refuse != CodeBadCredentials, now); err != nil {
		return Visit{}, err
	}
	if in.Book != nil {
		c.plays(in.Book)
	}
	if code := c.refusal(scenario); code != "" {
		return Visit{}, refuse(code)
	}
	if in.Book != nil {
		// What the file says of another address counts from the next login on.
		c.at, c.next = cmp.Or(c.next, c.at), in.Book.NewURL
	}
	v := &visit{
		id: b.id("v"), brand: in.Brand, login: login, person: papers.person, usage: papers.person.usage(papers.usage), scenario: scenario,
		source: in.Source, todo: scenario.asked(), started: now, fresh: true,
	}
	if err := b.recognise(v, in, c); err != nil {
		return Visit{}, err
	}
	b.visits.put(v.id, v, now)
	b.next(v)
	return b.view(v), nil
}

// admit counts a wrong password and locks at the third. A locked login is refused whatever the password, so that trying on
// tells nothing.
func (b *Bank) admit(c *customer, right bool, now time.Time) error {
	const allowed = 3
	if now.Before(c.lockedUntil) {
		r := refuse(CodeLocked)
		r.RetryAfter = c.lockedUntil.Sub(now)
		return r
	}
	if right {
		c.failures = 0
		return nil
	}
	c.failures++
	if c.failures >= allowed {
		c.failures, c.lockedUntil = 0, now.Add(lockLife)
		r := refuse(CodeLocked)
		r.RetryAfter = lockLife
		return r
	}
	r := refuse(CodeBadCredentials)
	r.Message = wrongPassword[allowed-c.failures]
	return r
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fault makes the refusal of a broken bank.
func (b *Bank) fault(c Code) *Refusal {
	r := refuse(c)
	if c == CodeUnavailable || c == CodeRateLimited {
		r.RetryAfter = rateLimitFor
	}
	return r
}

// SignOut ends a visit.
func (b *Bank) SignOut(visitID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.visits.drop(visitID)
}
