package sandboxbank

import (
	"crypto/subtle"
	"net/url"
	"time"
)

// OAuthRequest is an authorization request (RFC 6749 section 4.1.1), checked and on its way.
type OAuthRequest struct {
	Server        string
	ClientID      string
	RedirectURI   string
	Scope         string
	State, Nonce  string
	CodeChallenge string
	// Shape makes of the answer's parameters what is sent, and says whether in the fragment; nil sends them as they are, in the query.
	Shape func(url.Values) (params url.Values, fragment bool)
	// Issuer goes back with the answer (RFC 9207).
	Issuer string
}

// Back is where the browser goes with an answer that comes before the customer's pages.
func (r *OAuthRequest) Back(params url.Values) string { return r.back(r.RedirectURI, params) }

// back builds the address that the browser returns to.
func (r *OAuthRequest) back(to string, params url.Values) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	if r.State != "" {
		params.Set("state", r.State)
	}
	params.Set("iss", r.Issuer)
	if r.Shape != nil {
		var fragment bool
		if params, fragment = r.Shape(params); fragment {
			u.RawFragment = ""
			return u.String() + "#" + params.Encode()
		}
	}
	q := u.Query()
	for k, v := range params {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// The lives of what the authorization server gives.
const (
	codeLife    = 2 * time.Minute
	accessLife  = 5 * time.Minute
	refreshLife = 200 * 24 * time.Hour
	pushedLife  = time.Minute
)

type code struct {
	OAuthRequest
	consent string
	until   time.Time
	used    bool
}

// issue makes a code. The caller holds the mutex.
func (b *Bank) issue(a *authorisation) string {
	room(b.codes)
	id := b.id("c_")
	b.codes[id] = &code{OAuthRequest: *a.OAuth, consent: a.consent.ID, until: b.Now().Add(codeLife)}
	return id
}

// token is an access or a refresh token. Thumbprint binds it to a certificate (RFC 8705); generation counts rotations.
type token struct {
	Grant
	refresh bool
	until   time.Time
	used    bool
}

// Grant is what a token stands for. Consent is empty for a client's own token.
type Grant struct {
	Server, ClientID, Consent, Scope, Nonce string
	Thumbprint                              string
}

// Tokens is what the token endpoint gives; Refresh is empty for a client's own.
type Tokens struct {
	Access, Refresh string
	ExpiresIn       time.Duration
	Grant           Grant
}

// GrantError is an error of the token endpoint (RFC 6749 section 5.2).
type GrantError struct{ Code, Description string }

// Error implements error.
func (e *GrantError) Error() string { return "sandbox bank: " + e.Code + ": " + e.Description }

func badGrant(says string) error { return &GrantError{Code: "invalid_grant", Description: says} }

// Own gives a client a token of its own (RFC 6749 section 4.4).
func (b *Bank) Own(g Grant) Tokens {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := Tokens{Access: b.id("at_"), ExpiresIn: accessLife, Grant: g}
	room(b.tokens)
	b.tokens[t.Access] = &token{Grant: g, until: b.Now().Add(accessLife)}
	return t
}

// Redeem exchanges a code. A replay ends what the first use gave.
func (b *Bank) Redeem(server string, client Client, id, redirectURI, verifier, thumbprint string) (Tokens, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.codes[id]
	if !ok || c.ClientID != client.ID || c.Server != server {
		return Tokens{}, badGrant("The code is unknown.")
	}
	if c.used {
		b.endTokens(c.consent)
		return Tokens{}, badGrant("The code was used before.")
	}
	if b.Now().After(c.until) {
		return Tokens{}, badGrant("The code has expired.")
	}
	if c.RedirectURI != redirectURI {
		return Tokens{}, badGrant("The redirect_uri is not the one of the request.")
	}
	if c.CodeChallenge != "" && subtle.ConstantTimeCompare([]byte(c.CodeChallenge), []byte(s256(verifier))) != 1 {
		return Tokens{}, badGrant("The code_verifier is not the one of the request.")
	}
	c.used = true
	return b.mint(Grant{Server: server, ClientID: client.ID, Consent: c.consent, Scope: c.Scope, Nonce: c.Nonce, Thumbprint: thumbprint}), nil
}

func (b *Bank) mint(g Grant) Tokens {
	t := Tokens{Access: b.id("at_"), Refresh: b.id("rt_"), ExpiresIn: accessLife, Grant: g}
	room(b.tokens)
	b.tokens[t.Access] = &token{Grant: g, until: b.Now().Add(accessLife)}
	b.tokens[t.Refresh] = &token{Grant: g, refresh: true, until: b.Now().Add(refreshLife)}
	return t
}

// Renew rotates a refresh token. The consent must still be valid.
func (b *Bank) Renew(server string, client Client, id, thumbprint string) (Tokens, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.tokens[id]
	if !ok || !t.refresh || t.ClientID != client.ID || t.Server != server || b.Now().After(t.until) {
		return Tokens{}, badGrant("The refresh token is unknown or has expired.")
	}
	if t.used {
		b.endTokens(t.Consent)
		return Tokens{}, badGrant("The refresh token was used before.")
	}
	c, ok := b.consents[t.Consent]
	if ok {
		b.refreshStatus(c)
	}
	if !ok || c.Status != Valid {
		return Tokens{}, badGrant("The consent has ended.")
	}
	t.used = true
	g := t.Grant
	g.Thumbprint = thumbprint
	return b.mint(g), nil
}

// Bearer finds what an access token stands for.
func (b *Bank) Bearer(id, thumbprint string) (Grant, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.tokens[id]
	if !ok || t.refresh || b.Now().After(t.until) || t.Thumbprint != "" && t.Thumbprint != thumbprint {
		return Grant{}, false
	}
	return t.Grant, true
}

// endTokens ends all tokens of a consent. The caller holds the mutex.
func (b *Bank) endTokens(consent string) {
	for id, t := range b.tokens {
		if t.Consent == consent && consent != "" {
			delete(b.tokens, id)
		}
	}
}

type pushed struct {
	client string
	params url.Values
	until  time.Time
}

// Push keeps an authorization request (RFC 9126) and gives its request_uri and life.
func (b *Bank) Push(client string, params url.Values) (string, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	room(b.pushed)
	id := b.id("urn:ietf:params:oauth:request_uri:")
	b.pushed[id] = &pushed{client: client, params: params, until: b.Now().Add(pushedLife)}
	return id, pushedLife
}

// Pushed takes a pushed request away: each is good once.
func (b *Bank) Pushed(id, client string) (url.Values, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.pushed[id]
	if !ok || p.client != client || b.Now().After(p.until) {
		return nil, false
	}
	delete(b.pushed, id)
	return p.params, true
}

// Once says whether a name (a JWT's jti) is met for the first time; it is remembered until a time.
func (b *Bank) Once(name string, until time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Now()
	for k, t := range b.seen {
		if now.After(t) {
			delete(b.seen, k)
		}
	}
	if _, ok := b.seen[name]; ok {
		return false
	}
	room(b.seen)
	b.seen[name] = until
	return true
}

// Challenge is the code_challenge of a verifier (RFC 7636 section 4.2).
func Challenge(verifier string) string { return s256(verifier) }
