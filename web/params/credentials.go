package params

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// Authorization gives the scheme, in lower case, and the credentials of the one Authorization header; both empty when there
// is none. Two headers are refused: a proxy might have checked the other one (RFC 6750 §2, A44).
func Authorization(r *http.Request) (scheme, credentials string, err error) {
	headers := r.Header.Values("Authorization")
	switch len(headers) {
	case 0:
		return "", "", nil
	case 1:
		scheme, credentials, _ = strings.Cut(headers[0], " ")
		return strings.ToLower(scheme), credentials, nil
	}
	return "", "", fault.New(fault.Invalid, "The header Authorization was sent more than once.").WithField("Authorization")
}

// Bearer gives the presented bearer. It is taken as it stands: a trailing space makes it another one.
func Bearer(r *http.Request) (bank.Secret, error) {
	scheme, credentials, err := Authorization(r)
	if err != nil {
		return bank.Secret{}, err
	}
	if scheme != "bearer" || credentials == "" {
		return bank.Secret{}, fault.New(fault.Unauthenticated, "Send an access token in the header Authorization: Bearer.")
	}
	return bank.NewSecret(credentials), nil
}

// Credentials are what a client application says who it is with.
type Credentials struct {
	ID     int64
	Secret bank.Secret
}

// Given says whether any credentials were sent.
func (c Credentials) Given() bool { return c.ID != 0 || !c.Secret.IsZero() }

// Client reads the client application's credentials from the body or from HTTP Basic (RFC 6749 §2.3.1). Both together must
// say the same. Halves are missingParameter; nothing at all is the zero value.
func (p *Params) Client() (Credentials, error) {
	id, err := p.ID("client_id")
	if err != nil {
		return Credentials{}, err
	}
	text, err := p.Text("client_secret")
	if err != nil {
		return Credentials{}, err
	}
	c := Credentials{id, bank.NewSecret(text)}
	scheme, encoded, err := Authorization(p.request)
	if err != nil {
		return Credentials{}, err
	}
	if scheme == "basic" {
		basic, err := basicCredentials(encoded)
		if err != nil {
			return Credentials{}, err
		}
		if c.ID != 0 && c.ID != basic.ID || !c.Secret.IsZero() && !c.Secret.Equal(basic.Secret) {
			return Credentials{}, fault.New(fault.Invalid, "The client_id and client_secret in the body are not those in "+
				"the header Authorization; send them in one place.").WithField("client_id")
		}
		return basic, nil
	}
	switch {
	case c.ID == 0 && !c.Secret.IsZero():
		return c, ErrMissing("client_id")
	case c.ID != 0 && c.Secret.IsZero():
		return c, ErrMissing("client_secret")
	}
	return c, nil
}

// basicCredentials decodes HTTP Basic. Both halves are form-encoded before they are joined, as RFC 6749 §2.3.1 has it and
// OAuth 2 libraries do.
func basicCredentials(encoded string) (Credentials, error) {
	refused := fault.New(fault.Unauthenticated, "The header Authorization: Basic cannot be read: it must hold client_id and "+
		"client_secret.").WithCode("invalid_client")
	r := http.Request{Header: http.Header{"Authorization": {"Basic " + encoded}}}
	rawID, rawSecret, ok := r.BasicAuth()
	if !ok {
		return Credentials{}, refused
	}
	idText, errID := url.QueryUnescape(rawID)
	secret, errSecret := url.QueryUnescape(rawSecret)
	id, errNumber := strconv.ParseInt(idText, 10, 64)
	if errID != nil || errSecret != nil || errNumber != nil || id <= 0 || !Digits(idText) || secret == "" {
		return Credentials{}, refused
	}
	return Credentials{id, bank.NewSecret(secret)}, nil
}

// RequiredClient is Client, and missingParameter when nothing was sent.
func (p *Params) RequiredClient() (Credentials, error) {
	c, err := p.Client()
	if err == nil && !c.Given() {
		err = ErrMissing("client_id")
	}
	return c, err
}
