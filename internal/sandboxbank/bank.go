package sandboxbank

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"passerelle/internal/testbank"
)

// Options configure a Bank; the zero value is good.
type Options struct {
	// File is the customers' file; nil means the test bank's own.
	File *testbank.File
	// Clients are the third parties that the authorization server knows.
	Clients []Client
	// Applications are those that the aggregator knows.
	Applications []Application
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Rand makes ids, codes and tokens; nil means crypto/rand.
	Rand io.Reader
}

// most bounds each kind of thing that strangers can make the bank remember.
const most = 20_000

// Bank is the bank's state, in memory, safe for concurrent use.
type Bank struct {
	people       *testbank.Bank
	clients      map[string]Client
	applications map[string]Application

	mu             sync.Mutex
	rand           io.Reader
	consents       map[string]*Consent
	authorisations map[string]*authorisation
	codes          map[string]*code
	tokens         map[string]*token
	pushed         map[string]*pushed
	seen           map[string]time.Time
	extra          map[string][]Extra
	// sessions are the aggregator's; uids say which session an account's name belongs to.
	sessions map[string]*session
	uids     map[string]string
}

// The core system knows the counter as its one client.
const (
	counter         = "sandbox-counter"
	counterRedirect = "http://127.0.0.1/counter"
	counterVerifier = "the-counter-and-the-core-system-are-one-house-and-trust-each-other"
	// counterBrowser stands for the customer's browser towards the core system: the counter itself binds the real one.
	counterBrowser = "counter"
)

// New opens a bank.
func New(o Options) (*Bank, error) {
	var raw [16]byte
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if _, err := io.ReadFull(o.Rand, raw[:]); err != nil {
		return nil, fmt.Errorf("the sandbox bank's random source: %w", err)
	}
	people, err := testbank.New(testbank.Options{
		File: o.File, Now: o.Now,
		Clients: []testbank.Client{{ID: counter, Secret: hex.EncodeToString(raw[:]), Name: "Counter", RedirectPrefixes: []string{counterRedirect}}},
	})
	if err != nil {
		return nil, fmt.Errorf("the sandbox bank's people: %w", err)
	}
	b := &Bank{
		people: people, rand: o.Rand, clients: map[string]Client{}, consents: map[string]*Consent{}, authorisations: map[string]*authorisation{},
		codes: map[string]*code{}, tokens: map[string]*token{}, pushed: map[string]*pushed{}, seen: map[string]time.Time{}, extra: map[string][]Extra{},
		applications: map[string]Application{}, sessions: map[string]*session{}, uids: map[string]string{},
	}
	for _, c := range o.Clients {
		if err := c.validate(); err != nil {
			return nil, err
		}
		b.clients[c.ID] = c
	}
	for _, a := range o.Applications {
		if err := a.validate(); err != nil {
			return nil, err
		}
		b.applications[a.ID] = a
	}
	return b, nil
}

// People is the core system: its customers, scenarios, approvals and clock.
func (b *Bank) People() *testbank.Bank { return b.people }

// Now is the bank's time.
func (b *Bank) Now() time.Time { return b.people.Now() }

// Secret makes an unguessable name with a prefix.
func (b *Bank) Secret(prefix string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.id(prefix)
}

// id is Secret for who holds the mutex.
func (b *Bank) id(prefix string) string {
	var raw [20]byte
	b.read(raw[:])
	return prefix + hex.EncodeToString(raw[:])
}

// UUID makes a random UUID (RFC 9562 section 5.4).
func (b *Bank) UUID() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.uuid()
}

// uuid makes a random UUID (RFC 9562 section 5.4).
func (b *Bank) uuid() string {
	var raw [16]byte
	b.read(raw[:])
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}

func (b *Bank) read(p []byte) {
	if _, err := io.ReadFull(b.rand, p); err != nil {
		// A bank without randomness must not hand out guessable tokens.
		panic(fmt.Errorf("the sandbox bank's random source: %w", err))
	}
}

// room makes room in a map that strangers fill: what is oldest to nobody in particular goes.
func room[V any](m map[string]V) {
	for k := range m {
		if len(m) < most {
			return
		}
		delete(m, k)
	}
}

// s256 is the S256 transformation (RFC 7636 section 4.2).
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// refuse makes a refusal with words of its own.
func refuse(code testbank.Code, message string) *testbank.Refusal {
	return &testbank.Refusal{Code: code, Message: message}
}

// The codes that the counter adds to the core system's.
const (
	// CodeConsentInvalid is a consent that does not cover what is asked, or that nobody has approved yet.
	CodeConsentInvalid testbank.Code = "consent_invalid"
	// CodeConsentUnknown is a consent that does not exist, or another third party's.
	CodeConsentUnknown testbank.Code = "consent_unknown"
	// CodeAccessExceeded is one unattended read too many.
	CodeAccessExceeded testbank.Code = "access_exceeded"
)
