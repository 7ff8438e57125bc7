package testbank

import (
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// code is an authorization code, kept after its use so that a replay is noticed (RFC 6749 section 4.1.2).
type code struct {
	client      string
	redirectURI string
	challenge   string
	until       time.Time
	consent     string
	used        bool
}

// grantRef ties a token to its consent. Generation counts rotations.
type grantRef struct {
	consent    string
	generation int
}

// Tokens is what the token endpoint gives.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresIn time.Duration
	Consent   Consent
}

// issue makes the consent and its code. The caller holds the mutex.
func (b *Bank) issue(r *request, v *visit, shared []string, all bool) string {
	now := b.now()
	c := &Consent{
		ID: b.id("k"), ClientID: r.client.ID, ClientName: r.client.Name, Login: v.login, Status: ConsentValid,
		Accounts: shared, All: all, Created: now, ValidUntil: now.Add(consentLife),
		owner: b.ownerOf(v), scenario: v.scenario, confirmed: !v.first, era: b.customer(v.login).era,
	}
	b.consents.put(c.ID, c, now)
	id := b.id("c")
	b.codes.put(id, &code{
		client: r.client.ID, redirectURI: r.RedirectURI, challenge: r.CodeChallenge, until: now.Add(codeLife), consent: c.ID,
	}, now)
	return id
}

// Redeem exchanges a code (RFC 6749 section 4.1.3, RFC 7636 section 4.6). A replay is refused and ends the consent.
func (b *Bank) Redeem(client Client, id, redirectURI, verifier string) (Tokens, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	bad := &OAuthError{Code: "invalid_grant", Description: "The code is unknown, used, expired or another client's."}
	c, ok := b.codes.get(id, now)
	if !ok || c.client != client.ID {
		return Tokens{}, bad
	}
	consent, ok := b.consents.get(c.consent, now)
	if !ok {
		return Tokens{}, bad
	}
	if c.used {
		consent.Status = ConsentTerminated
		return Tokens{}, bad
	}
	if now.After(c.until) {
		return Tokens{}, bad
	}
	if c.redirectURI != redirectURI || !proves(c.challenge, verifier) {
		return Tokens{}, &OAuthError{Code: "invalid_grant", Description: "The redirect_uri or the code_verifier is not the one of the request."}
	}
	if s := b.acting(consent.Login, consent.scenario); s.breaks() {
		return Tokens{}, &OAuthError{Code: "server_error", Refusal: b.fault(s.fault)}
	}
	c.used = true
	return b.mint(consent), nil
}

// proves compares a verifier with its S256 challenge.
func proves(challenge, verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return same(challenge, base64.RawURLEncoding.EncodeToString(sum[:]))
}

// Refresh rotates the tokens (RFC 6749 section 6). The refresh token before the newest is still taken, for a client that lost
// the answer; an older one ends the consent, since two holders cannot both be honest (RFC 9700 section 4.14.2).
func (b *Bank) Refresh(client Client, token string) (Tokens, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	bad := &OAuthError{Code: "invalid_grant", Description: "The refresh token is unknown, used, expired or another client's."}
	ref, ok := b.refresh.get(token, now)
	if !ok {
		return Tokens{}, bad
	}
	consent, ok := b.consents.get(ref.consent, now)
	if !ok || consent.ClientID != client.ID {
		return Tokens{}, bad
	}
	if ref.generation < consent.generation-1 {
		consent.Status = ConsentTerminated
		return Tokens{}, bad
	}
	if s := b.acting(consent.Login, consent.scenario); s.breaks() {
		return Tokens{}, &OAuthError{Code: "server_error", Refusal: b.fault(s.fault)}
	}
	switch b.status(consent) {
	case ConsentRevoked:
		bad.Description = string(CodeConsentRevoked)
		return Tokens{}, bad
	case ConsentExpired:
		bad.Description = string(CodeConsentExpired)
		return Tokens{}, bad
	case ConsentTerminated:
		return Tokens{}, bad
	}
	return b.mint(consent), nil
}

func (b *Bank) mint(c *Consent) Tokens {
	now := b.now()
	c.generation++
	ref := grantRef{consent: c.ID, generation: c.generation}
	t := Tokens{Access: b.id("tb_at_"), Refresh: b.id("tb_rt_"), ExpiresIn: accessLife, Consent: b.shown(c)}
	b.access.put(t.Access, ref, now)
	b.refresh.put(t.Refresh, ref, now)
	return t
}
