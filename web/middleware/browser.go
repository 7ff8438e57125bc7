package middleware

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
	"passerelle/internal/seeded"
)

// Sealer seals cookies and derives tokens. seal.Keyring implements it.
type Sealer interface {
	Seal(plaintext []byte, ad seal.AD) ([]byte, error)
	Open(ciphertext []byte, ad seal.AD) ([]byte, error)
	Derive(purpose string, input []byte, n int) ([]byte, error)
}

// MostClaims is how many attempts one browser keeps a claim to: the most recent ones.
const MostClaims = 8

// claimLifetime is how long a claim is kept: an attempt lives at most two hours and shows its way back a little longer.
const claimLifetime = 3 * time.Hour

// Browser keeps a browser's claims to its attempts: attempt id → bind secret. Each travels in a sealed cookie of its own and
// nowhere else, so that a lost server loses no visit and a stolen database proves no claim; and so that two answers on their way
// to one browser, to two tabs or a double click, never overwrite each other's claims. A cookie that does not open (forged, of
// another install or attempt, altered) is the same as none: nothing in it is ever adopted (A47).
//
// A claim is worth something in the place it was made for only: in a tab of its own, in a frame, or (Outside) in the tab that a
// framed visit opened its bank's page in. Each place has cookies of its own name, and a cookie is sealed to its name.
type Browser struct {
	top, frame, outside shelf
}

// shelf is the cookies of one place.
type shelf struct {
	store  shelfStore
	prefix string
	clock  func() time.Time
}

// shelfStore keeps claims: sealed in the cookies themselves, or as sessions.
type shelfStore interface {
	sessions.Store
	// keep saves a claim that takes the place of another.
	keep(r *http.Request, w http.ResponseWriter, session *sessions.Session) error
	// drop takes a cookie away.
	drop(w http.ResponseWriter, name string)
	// dear says that to read a cookie is to ask somebody.
	dear() bool
}

// NewBrowser makes the keeper. Over https the cookies are __Host-passerelle-…: bound to this host by the browser itself, sent
// over TLS only. On a loopback development address browsers refuse that prefix, and they are plain passerelle-….
//
// A frame's are SameSite=None, or they would not be sent in a frame of another site, and Partitioned, so that they are sent below
// that one site only and tell nobody anything elsewhere (CHIPS). Both need Secure, which browsers take from loopback addresses too.
func NewBrowser(ring Sealer, https bool, clock func() time.Time) *Browser {
	return newBrowser(https, clock, func(o sessions.Options) shelfStore { return &cookieStore{ring: ring, options: o, clock: clock} })
}

// claimIdle ends a session that nobody shows: longer than a visit can stand still at a bank (connect.MostLifetime), since the way back
// must find it. The visit itself ends much sooner, and decides.
const claimIdle = 150 * time.Minute

// NewSessionBrowser makes a keeper whose cookies hold an id, with the claims kept by s. It is for installs of several processes: what a
// browser holds can then be ended from here. One process alone does as well with sealed cookies (NewBrowser), which cost no write and
// survive the loss of the database: the visit in the store has the hash of the claim's secret, its idle and absolute ends (R37) and
// its renewal (R36) in any case, and a claim without its visit opens nothing.
func NewSessionBrowser(s Sessions, ring Sealer, https bool, clock func() time.Time) *Browser {
	return newBrowser(https, clock, func(o sessions.Options) shelfStore {
		return NewSessionStore(s, ring, o, clock, claimIdle, claimLifetime)
	})
}

func newBrowser(https bool, clock func() time.Time, keeper func(o sessions.Options) shelfStore) *Browser {
	prefix := "passerelle-"
	if https {
		prefix = "__Host-passerelle-"
	}
	lax := sessions.Options{Path: "/", Secure: https, HttpOnly: !seeded.CookieReadable, SameSite: http.SameSiteLaxMode, MaxAge: int(claimLifetime / time.Second)}
	framed := lax
	framed.Secure, framed.SameSite, framed.Partitioned = true, http.SameSiteNoneMode, true
	on := func(prefix string, o sessions.Options) shelf {
		return shelf{store: keeper(o), prefix: prefix, clock: clock}
	}
	return &Browser{top: on(prefix, lax), frame: on(prefix+"frame-", framed), outside: on(prefix+"bank-", lax)}
}

// InFrame says whether a request asks for a page in a frame. No script can make the header up (Fetch Metadata); a browser that
// does not send it is one whose frames are refused.
func InFrame(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame":
		return true
	}
	return false
}

// Bind is the browser's secret for an attempt; zero when it has no claim in the place that the request comes from. What a script
// of a page asks for comes from either place, and the cookies that are sent say which.
func (b *Browser) Bind(r *http.Request, attempt string) bank.Secret {
	if InFrame(r) {
		return b.frame.bind(r, attempt)
	}
	if r.Header.Get("Sec-Fetch-Dest") == "empty" {
		if s := b.frame.bind(r, attempt); !s.IsZero() {
			return s
		}
	}
	return b.top.bind(r, attempt)
}

// Recognize looks whether the browser has a claim to an attempt, and fails where that cannot be found out: to take whoever has one for
// a stranger would tell them that their visit is not theirs. Bind afterwards does not look again.
func (b *Browser) Recognize(r *http.Request, attempt string) error {
	shelves := []shelf{b.top}
	switch {
	case !b.top.store.dear():
		return nil
	case InFrame(r):
		shelves[0] = b.frame
	case r.Header.Get("Sec-Fetch-Dest") == "empty":
		shelves = append(shelves, b.frame)
	}
	for _, s := range shelves {
		if !s.names(s.name(attempt)) {
			return nil // no attempt has such an id, and no cookie such a name
		}
		if _, err := s.store.Get(r, s.name(attempt)); err != nil {
			return fmt.Errorf("recognize a browser: %w", err)
		}
	}
	return nil
}

// Keep writes the browser's secret for an attempt into its cookie, in place of an older one: after a privilege change that is
// the rotation (R36). Where the browser then holds more than MostClaims, the oldest are taken away.
func (b *Browser) Keep(r *http.Request, w http.ResponseWriter, attempt string, secret bank.Secret) error {
	return b.KeepFor(r, w, attempt, 0, secret)
}

// KeepFor is Keep for an attempt that was begun for a client application: the browser knows the way back there even when the attempt
// is no more.
func (b *Browser) KeepFor(r *http.Request, w http.ResponseWriter, attempt string, client int64, secret bank.Secret) error {
	if InFrame(r) {
		return b.frame.keep(r, w, attempt, client, secret)
	}
	return b.top.keep(r, w, attempt, client, secret)
}

// ClientOf is the client application of an attempt that the browser has a claim to; 0 where it has none, or does not know.
func (b *Browser) ClientOf(r *http.Request, attempt string) int64 {
	if InFrame(r) {
		return b.frame.claim(r, attempt).Client
	}
	return b.top.claim(r, attempt).Client
}

// Outside is the secret of a tab that a framed visit opened its bank's page in. It brings the bank's answer, and is no claim to
// the visit's pages.
func (b *Browser) Outside(r *http.Request, attempt string) bank.Secret {
	return b.outside.bind(r, attempt)
}

// KeepOutside is Keep for such a tab.
func (b *Browser) KeepOutside(r *http.Request, w http.ResponseWriter, attempt string, secret bank.Secret) error {
	return b.outside.keep(r, w, attempt, 0, secret)
}

// suffixSize is how much of an attempt's id its cookie is named after: the last group of a UUIDv7, which is random.
const suffixSize = 12

// name is the cookie of an attempt.
func (s shelf) name(attempt string) string {
	return s.prefix + attempt[max(0, len(attempt)-suffixSize):]
}

// names says whether a cookie is one of an attempt, and of this place.
func (s shelf) names(cookie string) bool {
	suffix, ours := strings.CutPrefix(cookie, s.prefix)
	return ours && len(suffix) == suffixSize && strings.Trim(suffix, "0123456789abcdef") == ""
}

func (s shelf) bind(r *http.Request, attempt string) bank.Secret { return s.claim(r, attempt).Secret }

func (s shelf) claim(r *http.Request, attempt string) claim {
	if !s.names(s.name(attempt)) {
		return claim{} // what is no id of an attempt may be no name of a cookie either
	}
	session, _ := s.store.Get(r, s.name(attempt)) // a cookie that does not open is an empty session, and so is one not found out: see Recognize
	c, _ := session.Values[attempt].(claim)
	return c
}

func (s shelf) keep(r *http.Request, w http.ResponseWriter, attempt string, client int64, secret bank.Secret) error {
	session, _ := s.store.Get(r, s.name(attempt))
	if c, held := session.Values[attempt].(claim); held && client == 0 {
		client = c.Client
	}
	clear(session.Values)
	session.Values[attempt] = claim{Client: client, Secret: secret, Until: s.clock().Add(claimLifetime)}
	if err := s.store.keep(r, w, session); err != nil {
		return fmt.Errorf("keep the claim of a browser: %w", err)
	}
	s.prune(r, w, session.Name())
	return nil
}

// prune takes away what is over or cannot be opened, and the oldest beyond MostClaims. Where looking is dear, that is done only when
// there are too many.
func (s shelf) prune(r *http.Request, w http.ResponseWriter, kept string) {
	if s.store.dear() && len(slices.DeleteFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Name == kept || !s.names(c.Name) })) < MostClaims {
		return
	}
	type held struct {
		name, attempt string
		until         time.Time
	}
	var all []held
	for _, c := range r.Cookies() {
		if c.Name == kept || !s.names(c.Name) {
			continue
		}
		h := held{name: c.Name}
		session, err := s.store.Get(r, c.Name)
		if err != nil {
			continue // it cannot be found out: it stays
		}
		for k, v := range session.Values {
			if c, ok := v.(claim); ok {
				h.attempt, _ = k.(string)
				h.until = c.Until
			}
		}
		all = append(all, h)
	}
	// Within one second the later attempt is the newer: UUIDv7.
	slices.SortFunc(all, func(a, b held) int { return cmp.Or(b.until.Compare(a.until), strings.Compare(b.attempt, a.attempt)) })
	for i, h := range all {
		if i >= MostClaims-1 || h.until.IsZero() {
			s.store.drop(w, h.name)
		}
	}
}

// claim is what a cookie holds: the secret for one attempt, and the client application that the attempt was begun for, 0 where that
// is not known.
type claim struct {
	Client int64
	Secret bank.Secret
	Until  time.Time
}

// cookieStore is a gorilla sessions.Store whose session is one sealed cookie. Unlike gorilla's own it uses no gob and accepts
// no id from outside.
type cookieStore struct {
	ring    Sealer
	options sessions.Options
	clock   func() time.Time
}

// fresh makes a session of a store's that holds nothing yet, and gives what the browser's cookie says: nothing where it has none, or a
// second one planted beside ours.
func fresh(s sessions.Store, r *http.Request, name string, options sessions.Options) (out *sessions.Session, value string) {
	out = sessions.NewSession(s, name)
	out.Options, out.IsNew = &options, true
	if cookies := r.CookiesNamed(name); len(cookies) == 1 {
		value = cookies[0].Value
	}
	return out, value
}

// Get implements sessions.Store: the session of this request, read once.
func (s *cookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store. It never fails: what cannot be opened is not there.
func (s *cookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	out, value := fresh(s, r, name, s.options)
	attempt, c, ok := openClaim(s.ring, name, value)
	if !ok {
		return out, nil
	}
	out.IsNew = false
	if s.clock().Before(c.Until) {
		out.Values[attempt] = c
	}
	return out, nil
}

// Save implements sessions.Store: the one claim, sealed.
func (s *cookieStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	for k, v := range session.Values {
		attempt, isID := k.(string)
		c, isClaim := v.(claim)
		if !isID || !isClaim {
			continue
		}
		value, err := sealClaim(s.ring, session.Name(), attempt, c)
		if err != nil {
			return err
		}
		set(w, sessions.NewCookie(session.Name(), value, session.Options))
	}
	return nil
}

// keep implements shelfStore.
func (s *cookieStore) keep(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	return s.Save(r, w, session)
}

// dear implements shelfStore.
func (s *cookieStore) dear() bool { return false }

// drop implements shelfStore.
func (s *cookieStore) drop(w http.ResponseWriter, name string) {
	options := s.options
	options.MaxAge = -1
	set(w, sessions.NewCookie(name, "", &options))
}

// set writes a cookie. One response carries one cookie of a name: a second one replaces the first.
func set(w http.ResponseWriter, c *http.Cookie) {
	h := w.Header()
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, c.Name+"=") })
	http.SetCookie(w, c)
}
