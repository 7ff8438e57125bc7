package sandboxbank

import (
	"errors"
	"slices"
	"sort"
	"time"

	"passerelle/internal/testbank"
)

// Protocol is what a consent was made in.
type Protocol string

// The protocols.
const (
	BerlinGroup Protocol = "Berlin Group"
	OpenBanking Protocol = "UK Open Banking"
	STET        Protocol = "STET"
	Aggregator  Protocol = "Enable Banking"
)

// Status is how a consent stands.
type Status string

// The statuses.
const (
	Awaiting   Status = "awaiting"
	Valid      Status = "valid"
	Rejected   Status = "rejected"
	Revoked    Status = "revoked"
	Expired    Status = "expired"
	Terminated Status = "terminated"
)

// Wish is what a third party asks a customer to allow.
type Wish struct {
	Protocol Protocol
	// Client is who asks: a client_id, an organisation identifier, or nothing where nobody shows who they are.
	Client, ClientName string
	// Accounts and Balances and Transactions are references (IBAN, BBAN, masked PAN) for dedicated accounts; Everything says that all
	// accounts are asked for, Offered that the customer chooses at the bank.
	Accounts, Balances, Transactions []string
	Everything, Offered              bool
	// ListOnly asks for the list of accounts alone, with balances where WithBalances says so.
	ListOnly, WithBalances bool
	OwnerName              bool
	// Permissions are UK Open Banking's.
	Permissions []string
	// From and To bound the movements that may be read; zero bounds nothing.
	From, To   time.Time
	ValidUntil time.Time
	// EachDay is how many unattended reads a day were agreed; Recurring is false for access once.
	EachDay   int
	Recurring bool
	// Body is what the third party sent, for protocols that repeat it.
	Body any
}

// Consent is what a customer allowed a third party, or is asked to.
type Consent struct {
	Wish
	ID      string
	Status  Status
	Login   string
	Owner   string
	Created time.Time
	Changed time.Time
	// Shared are the ids of the accounts; All says that it is every account, later ones too.
	Shared []string
	All    bool
	// The Mixed ones are what STET's PUT /consents allows: balances and movements of these accounts, and who the customer is.
	MixedBalances, MixedTransactions []string
	MixedIdentity                    bool
	// Slow says that every answer about this customer takes its time.
	Slow bool

	code, access, refresh string
	listed                []testbank.Account
	// given are the accounts that the customer shared, as they were then.
	given    []testbank.Account
	listedAt time.Time
	reads    map[string]int
}

const mostReferences = 100

// Propose keeps a wish as a consent that awaits its customer.
func (b *Bank) Propose(w Wish) Consent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *b.propose(w)
}

func (b *Bank) propose(w Wish) *Consent {
	room(b.consents)
	now := b.Now()
	c := &Consent{Wish: w, ID: b.uuid(), Status: Awaiting, Created: now, Changed: now, reads: map[string]int{}}
	b.consents[c.ID] = c
	return c
}

// find finds a consent of a client. The caller holds the mutex.
func (b *Bank) find(id, client string) (*Consent, error) {
	c, ok := b.consents[id]
	if !ok || c.Client != client {
		return nil, refuse(CodeConsentUnknown, "There is no such consent.")
	}
	b.refreshStatus(c)
	return c, nil
}

// Consent shows a consent of a client's.
func (b *Bank) Consent(id, client string) (Consent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.find(id, client)
	if err != nil {
		return Consent{}, err
	}
	return c.shown(), nil
}

// Lookup shows a consent whoever asks: the authorization server judges itself whether they may.
func (b *Bank) Lookup(id string) (Consent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.consents[id]
	if !ok {
		return Consent{}, refuse(CodeConsentUnknown, "There is no such consent.")
	}
	b.refreshStatus(c)
	return c.shown(), nil
}

func (c *Consent) shown() Consent {
	out := *c
	out.Shared, out.listed, out.reads = slices.Clone(c.Shared), nil, nil
	out.given = nil
	return out
}

// refreshStatus looks what time and the core system made of a consent: the customer may have withdrawn it there, or act out that they
// do.
func (b *Bank) refreshStatus(c *Consent) {
	if c.Status == Awaiting {
		const patience = 24 * time.Hour
		if b.Now().Sub(c.Created) > patience {
			c.set(Expired, b.Now())
		}
		return
	}
	if c.Status != Valid {
		return
	}
	if !c.ValidUntil.IsZero() && b.Now().After(c.ValidUntil) {
		c.set(Expired, b.Now())
		return
	}
	if _, err := b.core(c); err != nil {
		switch testbank.AsRefusal(err).Code {
		case testbank.CodeConsentRevoked:
			c.set(Revoked, b.Now())
		case testbank.CodeConsentExpired:
			c.set(Expired, b.Now())
		}
	}
}

func (c *Consent) set(s Status, now time.Time) { c.Status, c.Changed = s, now }

// core gives a token of the core system for a consent, renewed when it lapsed. The caller holds the mutex.
func (b *Bank) core(c *Consent) (string, error) {
	if c.access != "" {
		of, err := b.people.ConsentOf(c.access)
		switch {
		case err != nil:
		case of.Status == testbank.ConsentRevoked:
			return "", refuse(testbank.CodeConsentRevoked, "The customer has withdrawn the consent.")
		case of.Status == testbank.ConsentExpired:
			return "", refuse(testbank.CodeConsentExpired, "The consent has expired.")
		case of.Status == testbank.ConsentValid:
			return c.access, nil
		}
	}
	us := testbank.Client{ID: counter}
	var t testbank.Tokens
	var err error
	if c.refresh == "" {
		t, err = b.people.Redeem(us, c.code, counterRedirect, counterVerifier)
	} else {
		t, err = b.people.Refresh(us, c.refresh)
	}
	if err != nil {
		return "", coreError(err)
	}
	c.access, c.refresh = t.Access, t.Refresh
	return c.access, nil
}

// coreError tells what the core system's token endpoint says as the refusal that it stands for.
func coreError(err error) error {
	var oe *testbank.OAuthError
	switch {
	case !errors.As(err, &oe):
		return err
	case oe.Refusal != nil:
		return oe.Refusal
	case oe.Description == string(testbank.CodeConsentRevoked):
		return refuse(testbank.CodeConsentRevoked, "The customer has withdrawn the consent.")
	}
	return refuse(testbank.CodeConsentExpired, "The consent has expired.")
}

// Terminate ends a consent at its third party's wish. One that has ended stays as it ended.
func (b *Bank) Terminate(id, client string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.find(id, client)
	if err != nil {
		return err
	}
	if c.Status == Valid || c.Status == Awaiting {
		c.set(Terminated, b.Now())
		b.endTokens(c.ID)
	}
	return nil
}

// Revoke ends a consent at the customer's wish, Expire as time would: for the operator's page and for tests.
func (b *Bank) Revoke(id string) error { return b.end(id, Revoked) }

// Expire is said with Revoke.
func (b *Bank) Expire(id string) error { return b.end(id, Expired) }

func (b *Bank) end(id string, s Status) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.consents[id]
	if !ok {
		return refuse(CodeConsentUnknown, "There is no such consent.")
	}
	if c.Status == Valid || c.Status == Awaiting {
		c.set(s, b.Now())
	}
	return nil
}

// Consents lists all consents, newest first.
func (b *Bank) Consents() []Consent {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Consent, 0, len(b.consents))
	for _, c := range b.consents {
		b.refreshStatus(c)
		out = append(out, c.shown())
	}
	sort.Slice(out, func(i, j int) bool {
		if !out[i].Created.Equal(out[j].Created) {
			return out[i].Created.After(out[j].Created)
		}
		return out[i].ID < out[j].ID
	})
	return out
}

// Allow is STET's PUT /consents of the mixed model: it says which accounts' balances and movements a consent covers, and replaces what
// an earlier call said.
func (b *Bank) Allow(id, client string, balances, transactions []string, identity bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.find(id, client)
	if err != nil {
		return err
	}
	if len(balances) > mostReferences || len(transactions) > mostReferences {
		return refuse(testbank.CodeInvalidRequest, "Too many accounts.")
	}
	c.MixedIdentity, c.MixedBalances, c.MixedTransactions = identity, slices.Clone(balances), slices.Clone(transactions)
	c.Changed = b.Now()
	return nil
}
