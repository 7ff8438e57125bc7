package testbank

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"
)

// Durations of the bank. They are long enough for a person and short enough for a demonstration; the control clock jumps
// over them in tests.
const (
	visitLife     = 20 * time.Minute
	challengeLife = 5 * time.Minute
	lockLife      = 15 * time.Minute
	deviceLife    = 180 * 24 * time.Hour
	consentLife   = 180 * 24 * time.Hour
	codeLife      = 2 * time.Minute
	accessLife    = 10 * time.Minute
	rateLimitFor  = 30 * time.Second
	revokeAfter   = time.Minute
	processingFor = 10 * time.Second
)

// TextCode is the code of every text message. The pages say so: this is a test bank.
const TextCode = "123456"

// maxLogin bounds a login's length, since logins are keys of the state.
const maxLogin = 128

// Options configure a Bank. Only File is needed; nil means Default.
type Options struct {
	File    *File
	Clients []Client
	// Now is the clock; nil means time.Now. Control can skew it.
	Now func() time.Time
	// Rand makes ids, tokens and image digits; nil means crypto/rand. A seeded reader makes them repeatable.
	Rand io.Reader
}

// Bank is the bank's state, in memory, safe for concurrent use. Nothing survives the process: a restarted test bank has
// forgotten its consents, and connectors must cope with that as with any bank.
type Bank struct {
	file *File
	// dev is the integration brand's built-in book, simulator the simulator's file.
	dev       *Book
	simulator *File
	clients   map[string]Client
	clock     func() time.Time
	started   time.Time

	mu        sync.Mutex
	rand      io.Reader
	skew      time.Duration
	down      bool
	delay     time.Duration
	customers *shelf[*customer]
	visits    *shelf[*visit]
	approvals *shelf[*approval]
	requests  *shelf[*request]
	codes     *shelf[*code]
	consents  *shelf[*Consent]
	access    *shelf[grantRef]
	refresh   *shelf[grantRef]
	devices   *shelf[*device]
	// paged is the list of movements that history made last.
	paged struct {
		key  historyKey
		list []Movement
	}
}

// customer is what the bank remembers of a login between visits.
type customer struct {
	failures    int
	lockedUntil time.Time
	pulls       int
	extra       bool
	closed      bool
	limitUntil  time.Time
	// scenario is what the control said this login acts out from now on, whatever was chosen elsewhere; nil says nothing.
	scenario *Scenario
	// era counts the times that the control made this login be asked again: what was confirmed in an earlier one counts no more.
	era int
	// password goes before the file's once it was changed; accepted says that the customer accepted the bank's new terms.
	password string
	accepted bool
	// acts is what the customer's configuration file said last; at is where it was read at the last login, when not where it was typed,
	// and next where it is at the next one.
	acts, at, next string
}

// New opens a bank.
func New(o Options) (*Bank, error) {
	if o.File == nil {
		o.File = Default()
	}
	if err := o.File.Validate(); err != nil {
		return nil, fmt.Errorf("the test bank's file: %w", err)
	}
	dev, err := ParseBook(devFile)
	if err != nil {
		return nil, fmt.Errorf("the built-in configuration file: %w", err)
	}
	b := &Bank{file: o.File, dev: dev, simulator: simulated(), clients: make(map[string]Client), clock: o.Now, rand: o.Rand}
	if b.clock == nil {
		b.clock = time.Now
	}
	if b.rand == nil {
		b.rand = rand.Reader
	}
	for _, c := range o.Clients {
		if err := c.validate(); err != nil {
			return nil, err
		}
		b.clients[c.ID] = c
	}
	b.started = b.clock()
	b.forget()
	return b, nil
}

// forget empties the state. The caller holds the mutex or is New.
func (b *Bank) forget() {
	const (
		many = 10_000
		// ever is longer than any clock is moved: what was said of a login holds until it is taken back.
		ever = 50 * 366 * 24 * time.Hour
	)
	b.skew, b.down, b.delay = 0, false, 0
	b.customers = newShelf[*customer](ever, many)
	b.visits = newShelf[*visit](visitLife, many)
	b.approvals = newShelf[*approval](visitLife, many)
	b.requests = newShelf[*request](visitLife, many)
	b.codes = newShelf[*code](time.Hour, many)
	b.consents = newShelf[*Consent](2*consentLife, many)
	b.access = newShelf[grantRef](accessLife, 4*many)
	b.refresh = newShelf[grantRef](2*consentLife, 4*many)
	b.devices = newShelf[*device](2*deviceLife, many)
}

// Now is the bank's time, with the control's skew.
func (b *Bank) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now()
}

func (b *Bank) now() time.Time { return b.clock().Add(b.skew).UTC() }

// Identity says what the bank is called.
func (b *Bank) Identity() Identity { return b.file.Bank }

// Customer is a login with what its person is there to show.
type Customer struct{ Login, Password, Scenario, About string }

// Logins lists the file's logins for the bank's own help page, and what opens any other one: its Login is empty, and so is its
// Password when none does.
func (b *Bank) Logins() (list []Customer, anyone Customer) {
	for _, l := range b.file.Logins {
		list = append(list, Customer{Login: l.Login, Password: l.Password, Scenario: l.Scenario, About: b.file.People[l.Person].About})
	}
	if b.file.AnyLoginPassword != "" {
		anyone.Password, anyone.About = b.file.AnyLoginPassword, b.file.People[b.file.AnyLoginPerson].About
	}
	return list, anyone
}

// id makes an unguessable name. The caller holds the mutex: readers of randomness need not be safe for concurrent use.
func (b *Bank) id(prefix string) string {
	var raw [20]byte
	b.read(raw[:])
	return prefix + hex.EncodeToString(raw[:])
}

// digits makes n digits for an image.
func (b *Bank) digits(n int) string {
	raw := make([]byte, n)
	b.read(raw)
	for i := range raw {
		raw[i] = '0' + raw[i]%10
	}
	return string(raw)
}

func (b *Bank) read(p []byte) {
	if _, err := io.ReadFull(b.rand, p); err != nil {
		// A bank without randomness must not hand out guessable tokens; crypto/rand itself never gets here.
		panic(fmt.Errorf("the test bank's random source: %w", err))
	}
}

// customer finds or makes what is remembered of a login. The caller holds the mutex.
func (b *Bank) customer(login string) *customer {
	now := b.now()
	if c, ok := b.customers.get(login, now); ok {
		return c
	}
	c := &customer{}
	b.customers.put(login, c, now)
	return c
}
