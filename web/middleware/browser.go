package middleware

import (
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

// Browser keeps a browser's claims to its attempts: attempt id → bind secret. They travel in one sealed cookie and nowhere
// else, so that a lost server loses no visit and a stolen database proves no claim. A cookie that does not open (forged, of
// another install, altered) is the same as none: nothing in it is ever adopted (A47).
type Browser struct {
	store *cookieStore
	name  string
	clock func() time.Time
}

// NewBrowser makes the keeper. Over https the cookie is __Host-passerelle: bound to this host by the browser itself, sent over
// TLS only. On a loopback development address browsers refuse that prefix, and it is plain passerelle.
func NewBrowser(ring Sealer, https bool, clock func() time.Time) *Browser {
	name := "passerelle"
	if https {
		name = "__Host-passerelle"
	}
	options := sessions.Options{Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(claimLifetime / time.Second)}
	return &Browser{store: &cookieStore{ring: ring, options: options, clock: clock}, name: name, clock: clock}
}

// Bind is the browser's secret for an attempt; zero when it has no claim.
func (b *Browser) Bind(r *http.Request, attempt string) bank.Secret {
	s, _ := b.store.Get(r, b.name) // a cookie that does not open is an empty session
	c, _ := s.Values[attempt].(claim)
	return c.Secret
}

// Keep writes the browser's secret for an attempt into the cookie, in place of an older one: after a privilege change that
// is the rotation (R36).
func (b *Browser) Keep(r *http.Request, w http.ResponseWriter, attempt string, secret bank.Secret) error {
	s, _ := b.store.Get(r, b.name)
	s.Values[attempt] = claim{Secret: secret, Until: b.clock().Add(claimLifetime)}
	if err := s.Save(r, w); err != nil {
		return fmt.Errorf("keep the claim of a browser: %w", err)
	}
	return nil
}

// claim is what the cookie holds for one attempt.
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
	claims, ok := openClaims(s.ring, name, cookies[0].Value)
	if !ok {
		return out, nil
	}
	out.IsNew = false
	now := s.clock()
	for id, c := range claims {
		if now.Before(c.Until) {
			out.Values[id] = c
		}
	}
	return out, nil
}

// Save implements sessions.Store: the newest claims, sealed.
func (s *cookieStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	value, err := sealClaims(s.ring, session.Name(), newest(session.Values))
	if err != nil {
		return err
	}
	// One response carries one cookie of a name: a second Keep replaces the first.
	h := w.Header()
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(c string) bool { return strings.HasPrefix(c, session.Name()+"=") })
	http.SetCookie(w, sessions.NewCookie(session.Name(), value, session.Options))
	return nil
}

type namedClaim struct {
	attempt string
	claim
}

// newest picks the claims to be written, latest first.
func newest(values map[any]any) []namedClaim {
	out := make([]namedClaim, 0, len(values))
	for k, v := range values {
		id, isID := k.(string)
		c, isClaim := v.(claim)
		if isID && isClaim {
			out = append(out, namedClaim{id, c})
		}
	}
	slices.SortFunc(out, func(a, b namedClaim) int {
		if n := b.Until.Compare(a.Until); n != 0 {
			return n
		}
		return strings.Compare(b.attempt, a.attempt) // UUIDv7: the later attempt
	})
	return out[:min(len(out), MostClaims)]
}
