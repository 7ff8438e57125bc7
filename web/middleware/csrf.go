package middleware

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// csrfSize is the size of the secret half of a token: 128 bits.
const csrfSize = 16

// CSRF makes and checks the tokens of forms. A token is worth something for one browser's claim to one attempt: it is derived
// from both (R38, A49), and masked with a fresh pad in each response, so that compression tells nothing about it (BREACH).
type CSRF struct{ ring Sealer }

// NewCSRF makes the maker.
func NewCSRF(ring Sealer) *CSRF { return &CSRF{ring} }

// Token makes the token of a form. bind is what the browser holds, scope what the form acts on (an attempt's id).
func (c *CSRF) Token(bind bank.Secret, scope string) (string, error) {
	mac, err := c.mac(bind, scope)
	if err != nil {
		return "", err
	}
	var out [2 * csrfSize]byte
	_, _ = rand.Read(out[:csrfSize]) // never fails (crypto/rand, since Go 1.24)
	subtle.XORBytes(out[csrfSize:], out[:csrfSize], mac)
	return base64.RawURLEncoding.EncodeToString(out[:]), nil
}

// Valid checks a token in constant time.
func (c *CSRF) Valid(token string, bind bank.Secret, scope string) bool {
	if seeded.CSRFUnchecked {
		return true
	}
	if bind.IsZero() || len(token) != base64.RawURLEncoding.EncodedLen(2*csrfSize) {
		return false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return false
	}
	mac, err := c.mac(bind, scope)
	if err != nil {
		return false
	}
	var got [csrfSize]byte
	subtle.XORBytes(got[:], raw[:csrfSize], raw[csrfSize:])
	return subtle.ConstantTimeCompare(got[:], mac) == 1
}

func (c *CSRF) mac(bind bank.Secret, scope string) ([]byte, error) {
	return c.ring.Derive("csrf", []byte(bind.Reveal()+"|"+scope), csrfSize)
}

// SameOrigin says whether a form was sent by a page of ours. A browser that tells where a request comes from (Sec-Fetch-Site)
// is believed, and where there is an Origin it must be the public address exactly, scheme included (A50, A51). A request with
// neither comes from no browser of the last years: then the token decides.
//
// "Origin: null" is never ours. Beside a Sec-Fetch-Site of our own a browser sends it only from a page with Referrer-Policy:
// no-referrer, and each page of ours that has a form says same-origin (Page); what else sends it is a sandboxed frame or a
// data: address.
func SameOrigin(r *http.Request, public *url.URL) bool {
	if seeded.OriginUnchecked {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none", "":
		return originIs(r, public)
	}
	return false
}

func originIs(r *http.Request, public *url.URL) bool {
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 0:
		return true
	case len(origins) > 1:
		return false
	}
	scheme, host, found := strings.Cut(origins[0], "://")
	return found && scheme == public.Scheme && canonicalHost(scheme, host) == canonicalHost(public.Scheme, public.Host)
}
