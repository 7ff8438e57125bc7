package powens

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// authorization gives the scheme, in lower case, and the credentials of the one Authorization header; both empty when there
// is none. Two headers are refused: a proxy might have checked the other one (RFC 6750 §2, A44).
func authorization(r *http.Request) (scheme, credentials string, err error) {
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

// bearerOf gives the presented bearer. It is taken as it stands: a trailing space makes it another one.
func bearerOf(r *http.Request) (bank.Secret, error) {
	scheme, credentials, err := authorization(r)
	if err != nil {
		return bank.Secret{}, err
	}
	if scheme != "bearer" || credentials == "" {
		return bank.Secret{}, fault.New(fault.Unauthenticated, "Send an access token in the header Authorization: Bearer.")
	}
	return bank.NewSecret(credentials), nil
}

// clientCredentials are what a client application says who it is with.
type clientCredentials struct {
	id     int64
	secret bank.Secret
}

// given says whether any credentials were sent.
func (c clientCredentials) given() bool { return c.id != 0 || !c.secret.IsZero() }

// client reads the client application's credentials from the body or from HTTP Basic (RFC 6749 §2.3.1). Both together must
// say the same. Halves are missingParameter; nothing at all is the zero value.
func (q *request) client() (clientCredentials, error) {
	id, err := q.id("client_id")
	if err != nil {
		return clientCredentials{}, err
	}
	text, err := q.text("client_secret")
	if err != nil {
		return clientCredentials{}, err
	}
	c := clientCredentials{id, bank.NewSecret(text)}
	scheme, encoded, err := authorization(q.Request())
	if err != nil {
		return clientCredentials{}, err
	}
	if scheme == "basic" {
		basic, err := basicCredentials(encoded)
		if err != nil {
			return clientCredentials{}, err
		}
		if c.id != 0 && c.id != basic.id || !c.secret.IsZero() && !c.secret.Equal(basic.secret) {
			return clientCredentials{}, fault.New(fault.Invalid, "The client_id and client_secret in the body are not those in "+
				"the header Authorization; send them in one place.").WithField("client_id")
		}
		return basic, nil
	}
	switch {
	case c.id == 0 && !c.secret.IsZero():
		return c, errMissing("client_id")
	case c.id != 0 && c.secret.IsZero():
		return c, errMissing("client_secret")
	}
	return c, nil
}

// basicCredentials decodes HTTP Basic. Both halves are form-encoded before they are joined, as RFC 6749 §2.3.1 has it and
// OAuth 2 libraries do.
func basicCredentials(encoded string) (clientCredentials, error) {
	refused := fault.New(fault.Unauthenticated, "The header Authorization: Basic cannot be read: it must hold client_id and "+
		"client_secret.").WithCode("invalid_client")
	r := http.Request{Header: http.Header{"Authorization": {"Basic " + encoded}}}
	rawID, rawSecret, ok := r.BasicAuth()
	if !ok {
		return clientCredentials{}, refused
	}
	idText, errID := url.QueryUnescape(rawID)
	secret, errSecret := url.QueryUnescape(rawSecret)
	id, errNumber := strconv.ParseInt(idText, 10, 64)
	if errID != nil || errSecret != nil || errNumber != nil || id <= 0 || !digits(idText) || secret == "" {
		return clientCredentials{}, refused
	}
	return clientCredentials{id, bank.NewSecret(secret)}, nil
}

// requiredClient is client, and missingParameter when nothing was sent.
func (q *request) requiredClient() (clientCredentials, error) {
	c, err := q.client()
	if err == nil && !c.given() {
		err = errMissing("client_id")
	}
	return c, err
}
