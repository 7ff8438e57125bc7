package testbank

import (
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
}

// visit is a customer being served: challenged, or signed in when todo is empty and challenge is nil.
type visit struct {
	id        string
	login     string
	person    *Person
	usage     string
	scenario  Scenario
	source    Source
	todo      []Kind
	challenge *challenge
	device    string
	// confirms says that the end of the challenges makes the device good again; first that the customer must come once more.
	confirms bool
	first    bool
	ended    Code
	started  time.Time
}

// Visit is a customer being served, as seen from outside.
type Visit struct {
	ID       string
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
	if in.Login == "" || len(in.Login) > maxLogin {
		return Visit{}, refuse(CodeBadCredentials)
	}
	scenario, usage, err := b.resolve(in)
	if err != nil {
		return Visit{}, err
	}
	if scenario.breaks() && in.Source == DirectAccess {
		return Visit{}, b.fault(scenario.fault)
	}
	c := b.customer(in.Login)
	person, ok := b.check(in.Login, in.Password)
	if err := b.admit(c, ok && scenario.refuse != CodeBadCredentials, now); err != nil {
		return Visit{}, err
	}
	if code := c.refusal(scenario); code != "" {
		return Visit{}, refuse(code)
	}
	v := &visit{
		id: b.id("v"), login: in.Login, person: person, usage: person.usage(usage), scenario: scenario, source: in.Source,
		todo: scenario.challenges, started: now,
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

// check compares a password. The file's own logins go before the open door.
func (b *Bank) check(login, password string) (*Person, bool) {
	want := func(theirs string) string {
		if changed := b.customer(login).password; changed != "" {
			return changed
		}
		return theirs
	}
	for _, l := range b.file.Logins {
		if l.Login == login {
			return b.file.People[l.Person], same(want(l.Password), password)
		}
	}
	if b.file.AnyLoginPassword == "" {
		return nil, false
	}
	return b.file.People[b.file.AnyLoginPerson], same(want(b.file.AnyLoginPassword), password)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// resolve finds what is to be acted out: what the control said, else the website value when it names a scenario, else the
// login's.
func (b *Bank) resolve(in SignIn) (Scenario, string, error) {
	s, usage, err := b.chosen(in)
	if err != nil {
		return s, usage, err
	}
	return b.acting(in.Login, s), usage, nil
}

func (b *Bank) chosen(in SignIn) (Scenario, string, error) {
	usage := UsagePrivate
	switch in.Website {
	case "pro":
		usage = UsageOrganisation
	case "", "par":
	default:
		s, ok := Find(in.Website)
		if !ok {
			return Scenario{}, "", &Refusal{Code: CodeInvalidRequest, Message: "The website value is unknown: use par, pro or the name of a scenario."}
		}
		return s, usage, nil
	}
	s, _ := Find(b.scenarioOf(in.Login))
	return s, usage, nil
}

func (b *Bank) scenarioOf(login string) string {
	for _, l := range b.file.Logins {
		if l.Login == login {
			if l.Scenario != "" {
				return l.Scenario
			}
			return "success"
		}
	}
	if s, ok := Find(login); ok {
		return s.Name
	}
	return "success"
}

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
