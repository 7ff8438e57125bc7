package sandboxbank

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"sync"
	"time"

	"passerelle/internal/testbank"
)

// SimpleFIN is the protocol of that name: its consents have no third party that the bank knows, and no end of their own.
const SimpleFIN Protocol = "SimpleFIN"

// The codes that SimpleFIN adds.
const (
	// CodeClaimed is a setup token that is not known, was claimed before, or is too old.
	CodeClaimed testbank.Code = "claimed"
	// CodeShown is a setup token that was shown before, or that another browser asks for.
	CodeShown testbank.Code = "shown"
)

// setupLife is how long a customer has to show a setup token, and a program to claim it.
const setupLife = time.Hour

// sfinClient is who reads through these consents, to the rest of the bank.
const sfinClient = "simplefin"

// anyProgram is who a customer allows to read who does not say for whom a token is.
const anyProgram = "Whoever you give the token to"

// SetupTokens are what the bank's SimpleFIN server hands out: setup tokens, each shown to its customer once and claimed by a program once, and
// the accesses that they become. What may be read is a consent like any other.
type SetupTokens struct {
	bank *Bank

	mu       sync.Mutex
	setups   map[string]*setup
	claims   map[string]*setup
	accesses map[string]*access
}

// setup is a token on its way from a browser to a program.
type setup struct {
	consent, browser string
	created          time.Time
	shown            bool
}

// access is what a program reads with.
type access struct {
	consent  string
	password [sha256.Size]byte
}

// NewSetupTokens makes a SimpleFIN server's tokens over a bank.
func NewSetupTokens(b *Bank) *SetupTokens {
	return &SetupTokens{bank: b, setups: map[string]*setup{}, claims: map[string]*setup{}, accesses: map[string]*access{}}
}

// Begin begins a token for a program that the customer names, or for any: it gives the authorisation that they sign in with and choose
// their accounts. Back makes the address that the browser comes to afterwards from the consent's id, refused is where it goes when nothing
// came of it.
func (t *SetupTokens) Begin(program, browser string, back func(consent string) string, refused string) (Authorisation, error) {
	if program == "" {
		program = anyProgram
	}
	c := t.bank.Propose(Wish{Protocol: SimpleFIN, Client: sfinClient, ClientName: program, Offered: true, Recurring: true})
	a, err := t.bank.Begin(c.ID, Start{Approach: Redirect, Return: back(c.ID), Refused: refused, Browser: browser})
	if err != nil {
		return Authorisation{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	room(t.setups)
	t.setups[c.ID] = &setup{consent: c.ID, browser: browser, created: t.bank.Now()}
	return a, nil
}

// Ready says whether a token can still be shown to a browser.
func (t *SetupTokens) Ready(consent, browser string) error {
	c, err := t.bank.Lookup(consent)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err = t.ready(c, browser)
	return err
}

func (t *SetupTokens) ready(c Consent, browser string) (*setup, error) {
	s, ok := t.setups[c.ID]
	switch {
	case !ok || c.Protocol != SimpleFIN || s.browser != browser:
		return nil, refuse(CodeShown, "This token belongs to another browser. Make one of your own.")
	case s.shown:
		return nil, refuse(CodeShown, "This token was shown before, and is shown once. Make another one.")
	case c.Status != Valid || t.old(s):
		return nil, refuse(CodeConsentInvalid, "This request has ended. Begin again.")
	}
	return s, nil
}

func (t *SetupTokens) old(s *setup) bool { return t.bank.Now().Sub(s.created) > setupLife }

// Show gives the claim code of a token whose customer has consented, once.
func (t *SetupTokens) Show(consent, browser string) (claim string, err error) {
	c, err := t.bank.Lookup(consent)
	if err != nil {
		return "", err
	}
	claim = t.bank.Secret("sfc")
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.ready(c, browser)
	if err != nil {
		return "", err
	}
	s.shown = true
	room(t.claims)
	t.claims[claim] = s
	return claim, nil
}

// Claim spends a claim code: the name and the password that a program reads with.
func (t *SetupTokens) Claim(claim string) (name, password string, err error) {
	name, password = t.bank.Secret("sfu"), t.bank.Secret("sfp")
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.claims[claim]
	delete(t.claims, claim)
	if !ok || t.old(s) {
		return "", "", refuse(CodeClaimed, "The token is not known, or was claimed before.")
	}
	room(t.accesses)
	t.accesses[name] = &access{consent: s.consent, password: sha256.Sum256([]byte(password))}
	return name, password, nil
}

// Open says what a program with a name and a password reads through; false for one that is not known.
func (t *SetupTokens) Open(name, password string) (Read, bool) {
	sum := sha256.Sum256([]byte(password))
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.accesses[name]
	if !ok || subtle.ConstantTimeCompare(a.password[:], sum[:]) != 1 {
		return Read{}, false
	}
	// The customer is never there: a program reads in the background.
	return Read{Consent: a.consent, Client: sfinClient}, true
}

// Membership is a customer's name towards programs: the same in each of their consents, and not their login.
func Membership(login string) string {
	sum := sha256.Sum256([]byte("simplefin " + login))
	return "CON-" + hex.EncodeToString(sum[:12])
}
