package testbank

import (
	"slices"
	"sort"
	"time"
)

// ConsentStatus is how a consent stands, in Berlin Group's words.
type ConsentStatus string

// The statuses.
const (
	ConsentValid      ConsentStatus = "valid"
	ConsentRevoked    ConsentStatus = "revokedByPsu"
	ConsentExpired    ConsentStatus = "expired"
	ConsentTerminated ConsentStatus = "terminatedByTpp"
)

// Consent is what a customer allowed a client to read through the API.
type Consent struct {
	ID         string
	ClientID   string
	ClientName string
	Login      string
	Status     ConsentStatus
	// Accounts are the ids shared. All says that every account was, and so that later ones are too.
	Accounts   []string
	All        bool
	Created    time.Time
	ValidUntil time.Time

	owner      owner
	scenario   Scenario
	generation int
	// confirmed is false while the customer must come once more; era is the customer's at that time.
	confirmed bool
	era       int
}

// status is how a consent stands now. The caller holds the mutex.
func (b *Bank) status(c *Consent) ConsentStatus {
	now := b.now()
	switch {
	case c.Status != ConsentValid:
		return c.Status
	case b.acting(c.Login, c.scenario).revoke && now.Sub(c.Created) >= revokeAfter:
		return ConsentRevoked
	case now.After(c.ValidUntil):
		return ConsentExpired
	}
	return ConsentValid
}

// shown is a consent as it stands now, for others to keep.
func (b *Bank) shown(c *Consent) Consent {
	out := *c
	out.Status, out.Accounts, out.scenario = b.status(c), slices.Clone(c.Accounts), b.acting(c.Login, c.scenario)
	return out
}

// Slow says whether every answer to this customer takes its time.
func (c Consent) Slow() bool { return c.scenario.slow }

// byToken finds the consent of an access token, whatever its status. The caller holds the mutex.
func (b *Bank) byToken(token string) (*Consent, error) {
	now := b.now()
	ref, ok := b.access.get(token, now)
	if !ok {
		return nil, refuse(CodeInvalidToken)
	}
	c, ok := b.consents.get(ref.consent, now)
	if !ok {
		return nil, refuse(CodeInvalidToken)
	}
	return c, nil
}

// valid finds the consent of an access token and refuses an ended one.
func (b *Bank) valid(token string) (*Consent, error) {
	c, err := b.byToken(token)
	if err != nil {
		return nil, err
	}
	switch b.status(c) {
	case ConsentRevoked:
		return nil, refuse(CodeConsentRevoked)
	case ConsentExpired:
		return nil, refuse(CodeConsentExpired)
	case ConsentTerminated:
		return nil, refuse(CodeInvalidToken)
	}
	return c, nil
}

// ConsentOf shows the consent of an access token, ended or not.
func (b *Bank) ConsentOf(token string) (Consent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.byToken(token)
	if err != nil {
		return Consent{}, err
	}
	return b.shown(c), nil
}

// Terminate ends the consent of an access token at the client's wish.
func (b *Bank) Terminate(token string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.byToken(token)
	if err != nil {
		return err
	}
	if b.status(c) == ConsentValid {
		c.Status = ConsentTerminated
	}
	return nil
}

// Consents lists a signed-in customer's consents, newest first.
func (b *Bank) Consents(visitID string) ([]Consent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return nil, err
	}
	now := b.now()
	var out []Consent
	b.consents.each(now, func(_ string, c *Consent) {
		if c.Login == v.login {
			out = append(out, b.shown(c))
		}
	})
	sort.Slice(out, func(i, j int) bool {
		if !out[i].Created.Equal(out[j].Created) {
			return out[i].Created.After(out[j].Created)
		}
		return out[i].ID < out[j].ID
	})
	return out, nil
}

// Withdraw ends a consent at the customer's wish.
func (b *Bank) Withdraw(visitID, consentID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return err
	}
	c, ok := b.consents.get(consentID, b.now())
	if !ok || c.Login != v.login {
		return refuse(CodeNotFound)
	}
	c.Status = ConsentRevoked
	return nil
}

// WithdrawDevices forgets the programs that this customer's website sign-ins came from: they are refused until somebody
// signs in anew.
func (b *Bank) WithdrawDevices(visitID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, err := b.open(visitID)
	if err != nil {
		return err
	}
	b.withdrawDevices(v.login, visitID)
	return nil
}

// withdrawDevices takes their access from all programs and browsers of a login, and ends their visits but one.
func (b *Bank) withdrawDevices(login, but string) {
	b.endVisits(login, but)
	b.devices.each(b.now(), func(_ string, d *device) {
		if d.login == login {
			d.withdrawn = true
		}
	})
}
