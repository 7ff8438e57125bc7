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
type Browser struct {
	store  *cookieStore
	prefix string
	clock  func() time.Time
}

// NewBrowser makes the keeper. Over https the cookies are __Host-passerelle-…: bound to this host by the browser itself, sent
// over TLS only. On a loopback development address browsers refuse that prefix, and they are plain passerelle-….
func NewBrowser(ring Sealer, https bool, clock func() time.Time) *Browser {
	prefix := "passerelle-"
	if https {
		prefix = "__Host-passerelle-"
	}
	options := sessions.Options{Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(claimLifetime / time.Second)}
	return &Browser{store: &cookieStore{ring: ring, options: options, clock: clock}, prefix: prefix, clock: clock}
}

// suffixSize is how much of an attempt's id its cookie is named after: the last group of a UUIDv7, which is random.
const suffixSize = 12

// name is the cookie of an attempt.
func (b *Browser) name(attempt string) string {
	return b.prefix + attempt[max(0, len(attempt)-suffixSize):]
}

// names says whether a cookie is one of an attempt.
func (b *Browser) names(cookie string) bool {
	suffix, ours := strings.CutPrefix(cookie, b.prefix)
	return ours && len(suffix) == suffixSize && strings.Trim(suffix, "0123456789abcdef") == ""
}

// Bind is the browser's secret for an attempt; zero when it has no claim.
func (b *Browser) Bind(r *http.Request, attempt string) bank.Secret {
	s, _ := b.store.Get(r, b.name(attempt)) // a cookie that does not open is an empty session
	c, _ := s.Values[attempt].(claim)
	return c.Secret
}

// Keep writes the browser's secret for an attempt into its cookie, in place of an older one: after a privilege change that is
// the rotation (R36). Where the browser then holds more than MostClaims, the oldest are taken away.
func (b *Browser) Keep(r *http.Request, w http.ResponseWriter, attempt string, secret bank.Secret) error {
	s, _ := b.store.Get(r, b.name(attempt))
	clear(s.Values)
	s.Values[attempt] = claim{Secret: secret, Until: b.clock().Add(claimLifetime)}
	if err := s.Save(r, w); err != nil {
		return fmt.Errorf("keep the claim of a browser: %w", err)
	}
	b.prune(r, w, s.Name())
	return nil
}

// prune takes away what is over or cannot be opened, and the oldest beyond MostClaims.
func (b *Browser) prune(r *http.Request, w http.ResponseWriter, kept string) {
	type held struct {
		name, attempt string
		until         time.Time
	}
	var all []held
	for _, c := range r.Cookies() {
		if c.Name == kept || !b.names(c.Name) {
			continue
		}
		h := held{name: c.Name}
		s, _ := b.store.Get(r, c.Name)
		for k, v := range s.Values {
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
			b.store.drop(w, h.name)
		}
	}
}

// claim is what a cookie holds: the secret for one attempt.
type claim struct {
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

// Get implements sessions.Store: the session of this request, read once.
func (s *cookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New implements sessions.Store. It never fails: what cannot be opened is not there.
func (s *cookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	out := sessions.NewSession(s, name)
	options := s.options
	out.Options, out.IsNew = &options, true
	cookies := r.CookiesNamed(name)
	if len(cookies) != 1 {
		return out, nil // none, or a second one planted beside ours
	}
	attempt, c, ok := openClaim(s.ring, name, cookies[0].Value)
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

// drop takes a cookie away.
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
