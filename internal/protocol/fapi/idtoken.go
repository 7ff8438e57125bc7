package fapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// IDToken is a checked id_token.
type IDToken struct {
	// Subject is the end user, or whatever the bank takes for them: at UK banks often the consent.
	Subject string
	// ACR says how the end user proved who they are.
	ACR string
	// Claims are all of them, as JSON.
	Claims map[string]json.RawMessage
}

// Caps on what a server can make us look at.
const (
	mostKeys  = 100
	mostToken = 64 << 10
	skew      = 2 * time.Minute
)

// idToken checks an id_token (OpenID Connect Core section 3.1.3.7): the signature, who it is from and for, its time, the nonce, and the
// values that the request fixed.
func (p Party) idToken(ctx context.Context, raw string, kept Pending) (*IDToken, error) {
	claims, err := p.verified(ctx, raw)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(text(claims, "nonce")), []byte(kept.Nonce)) != 1 {
		return nil, wire.Protocol(errors.New("the id_token's nonce is not the one that was sent"))
	}
	for name, want := range kept.Claims {
		if got := text(claims, name); got != want {
			return nil, wire.Protocol(fmt.Errorf("the id_token does not hold the %s that was asked for", name))
		}
	}
	id := &IDToken{Subject: text(claims, "sub"), ACR: text(claims, "acr"), Claims: claims}
	if id.Subject == "" {
		return nil, wire.Protocol(errors.New("the id_token has no subject"))
	}
	return id, nil
}

// verified checks what a server signed for us: the signature by one of its published keys, the issuer, the audience and the time.
func (p Party) verified(ctx context.Context, raw string) (map[string]json.RawMessage, error) {
	if len(raw) > mostToken {
		return nil, wire.Protocol(errors.New("what the authorization server signed is too long"))
	}
	trusted := []jose.SignatureAlgorithm{jose.PS256, jose.ES256}
	if len(p.Client.Trusted) > 0 {
		trusted = nil
		for _, a := range p.Client.Trusted {
			trusted = append(trusted, jose.SignatureAlgorithm(a))
		}
	}
	signed, err := jwt.ParseSigned(raw, trusted)
	if err != nil || len(signed.Headers) != 1 {
		return nil, wire.Protocol(errors.New("what the authorization server signed is no JWT of an algorithm that is trusted"))
	}
	keys, err := p.keys(ctx)
	if err != nil {
		return nil, err
	}
	var claims map[string]json.RawMessage
	if !slices.ContainsFunc(candidates(keys, signed.Headers[0].KeyID), func(k jose.JSONWebKey) bool {
		claims = nil
		return signed.Claims(k.Key, &claims) == nil
	}) {
		return nil, wire.Protocol(errors.New("the signature is by none of the authorization server's keys"))
	}
	var std jwt.Claims
	whole, err := json.Marshal(claims)
	if err == nil {
		err = json.Unmarshal(whole, &std)
	}
	switch {
	case err != nil:
		return nil, wire.Protocol(errors.New("the claims that the authorization server signed cannot be read"))
	case std.Issuer != p.Server.Issuer || std.Issuer == "":
		return nil, wire.Protocol(errors.New("what was signed is by another issuer"))
	case !std.Audience.Contains(p.Client.ID):
		return nil, wire.Protocol(errors.New("what was signed is for another client"))
	case std.Expiry == nil || p.Now.After(std.Expiry.Time().Add(skew)):
		return nil, wire.Protocol(errors.New("what was signed has expired"))
	case std.NotBefore != nil && p.Now.Before(std.NotBefore.Time().Add(-skew)), std.IssuedAt != nil && p.Now.Before(std.IssuedAt.Time().Add(-skew)):
		return nil, wire.Protocol(errors.New("what was signed is from the future"))
	case len(std.Audience) > 1 && text(claims, "azp") != p.Client.ID:
		return nil, wire.Protocol(errors.New("what was signed is for several clients and names another one"))
	}
	return claims, nil
}

// keys reads the server's public keys (RFC 7517). They are not kept: a rotation needs no waiting.
func (p Party) keys(ctx context.Context) ([]jose.JSONWebKey, error) {
	if p.Server.JWKS == nil {
		return nil, wire.Protocol(errors.New("the authorization server names no jwks_uri"))
	}
	answer, err := wire.Do(ctx, p.HTTP, wire.Request{Method: http.MethodGet, URL: p.Server.JWKS, Header: http.Header{"Accept": {"application/json"}}})
	if err != nil {
		return nil, err
	}
	if !answer.OK() {
		return nil, refusal(answer, "the authorization server's key set", connector.CodeProtocol)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := answer.JSON(&set); err != nil {
		return nil, err
	}
	if len(set.Keys) > mostKeys {
		return nil, wire.Protocol(fmt.Errorf("the authorization server has more than %d keys", mostKeys))
	}
	var out []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		// Keys of kinds that we do not know are others' business.
		if json.Unmarshal(raw, &k) == nil && k.IsPublic() && k.Valid() && k.Use != "enc" {
			out = append(out, k)
		}
	}
	return out, nil
}

// candidates are the keys that may have signed: the one named, or all where none is.
func candidates(keys []jose.JSONWebKey, id string) []jose.JSONWebKey {
	if id == "" {
		return keys
	}
	var out []jose.JSONWebKey
	for _, k := range keys {
		if k.KeyID == id {
			out = append(out, k)
		}
	}
	return out
}

// text reads a claim that is a string.
func text(claims map[string]json.RawMessage, name string) string {
	var s string
	_ = json.Unmarshal(claims[name], &s)
	return s
}

// leftHalf is what c_hash and s_hash hold: the left half of the SHA-256, as the algorithms that we trust all end in 256.
func leftHalf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
