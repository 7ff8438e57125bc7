package fapi

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/bank"
)

// Method is a way for a client to say who it is at the token endpoint.
type Method string

// The methods (RFC 6749 section 2.3.1, OpenID Connect Core section 9, RFC 8705 section 2.1).
const (
	PrivateKeyJWT Method = "private_key_jwt"
	TLSClientAuth Method = "tls_client_auth"
	SecretBasic   Method = "client_secret_basic"
	SecretPost    Method = "client_secret_post"
	// Public is a client that shows nothing but its id.
	Public Method = "none"
)

// Known says whether the method is one of the list above.
func (m Method) Known() bool {
	return slices.Contains([]Method{PrivateKeyJWT, TLSClientAuth, SecretBasic, SecretPost, Public}, m)
}

// Client is who we are to an authorization server.
type Client struct {
	ID     string
	Method Method
	// Secret is for SecretBasic and SecretPost, Key for PrivateKeyJWT and signed requests. TLSClientAuth is in the HTTP client.
	Secret bank.Secret
	Key    Key
	// ForTokenEndpoint makes assertions out to the token endpoint, as OpenID Connect Core has it; else to the issuer, as FAPI wants.
	ForTokenEndpoint bool
	// Trusted are the algorithms that the server may sign with; none means PS256 and ES256.
	Trusted []string
}

// Party is a client at a server, for one call.
type Party struct {
	HTTP   *http.Client
	Server *Server
	Client Client
	Now    time.Time
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// authenticate adds to a form, and to its headers, who we are (RFC 7523 section 2.2 for assertions, which live for five minutes).
func (p Party) authenticate(form url.Values, header http.Header) error {
	c := p.Client
	if c.ID == "" {
		return misconfigured(errors.New("no client id is set"))
	}
	switch c.Method {
	case PrivateKeyJWT:
		audience := p.Server.Issuer
		if c.ForTokenEndpoint || audience == "" {
			audience = p.Server.Token.String()
		}
		text, err := c.Key.sign(map[string]any{
			"iss": c.ID, "sub": c.ID, "aud": audience, "jti": rand.Text(), "iat": p.Now.Unix(), "exp": p.Now.Add(5 * time.Minute).Unix(),
		})
		if err != nil {
			return err
		}
		form.Set("client_id", c.ID)
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", text)
	case TLSClientAuth, Public:
		form.Set("client_id", c.ID)
	case SecretPost:
		form.Set("client_id", c.ID)
		form.Set("client_secret", c.Secret.Reveal())
	case SecretBasic:
		// RFC 6749 section 2.3.1: both are encoded as in a form before they are joined.
		pair := url.QueryEscape(c.ID) + ":" + url.QueryEscape(c.Secret.Reveal())
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	default:
		return misconfigured(fmt.Errorf("the client authentication %q is unknown", clip(string(c.Method))))
	}
	if (c.Method == SecretPost || c.Method == SecretBasic) && c.Secret.IsZero() {
		return misconfigured(errors.New("no client secret is set"))
	}
	return nil
}
