package simplefin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// mostToken caps a token, and the address that it is spent for, in bytes.
const mostToken = 2000

// The two ways in which a token is none, or none any more.
var (
	errNoToken = errors.New("the token is no base64 of an address that may be asked")
	errClaimed = errors.New("the token is not known, or was spent before")
)

func isCause(err, cause error) bool { return errors.Is(err, cause) }

// claim spends a token: POST to the address in it, whose answer is the address to read from.
func (c *Connector) claim(ctx context.Context, cfg config, token bank.Secret) (string, error) {
	at, err := claimURL(cfg, token.Reveal())
	if err != nil {
		return "", &connector.Error{Code: connector.CodeBadCredentials, Field: fieldToken, Cause: errNoToken}
	}
	client, err := c.client()
	if err != nil {
		return "", err
	}
	answer, err := wire.Do(ctx, client, wire.Request{Method: http.MethodPost, URL: at, Header: http.Header{"Accept": {"text/plain"}}, Body: []byte{}})
	if err != nil {
		return "", secretless(err)
	}
	switch answer.Status {
	case http.StatusOK, http.StatusCreated:
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return "", &connector.Error{Code: connector.CodeBadCredentials, Field: fieldToken, Cause: errClaimed}
	default:
		return "", c.refusal(answer)
	}
	if len(answer.Body) > mostToken {
		return "", wire.Protocol(errors.New("the server gives an access that is too long"))
	}
	access := strings.TrimSpace(string(answer.Body))
	if _, err := accessOf(cfg, access); err != nil {
		return "", err
	}
	return access, nil
}

// claimURL reads a token: base64, of either alphabet, with or without padding, whatever blanks the clipboard added.
func claimURL(cfg config, token string) (*url.URL, error) {
	if len(token) > mostToken {
		return nil, errNoToken
	}
	token = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n', '=', '\u00a0', '\u200b':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, token)
	raw, err := base64.RawStdEncoding.DecodeString(token)
	if err != nil {
		return nil, errNoToken
	}
	u, err := url.Parse(strings.TrimSpace(string(raw)))
	if err != nil || u.User != nil || u.Fragment != "" || !cfg.reachable(u) {
		return nil, errNoToken
	}
	return u, nil
}

// accessOf reads an access: an address with a name and a password, nothing behind the path.
func accessOf(cfg config, access string) (*url.URL, error) {
	u, err := url.Parse(access)
	if err != nil || u.User == nil || u.RawQuery != "" || u.Fragment != "" || !cfg.reachable(u) {
		return nil, wire.Protocol(errors.New("the server gives an access that is no address with a name and a password, or one that may not be asked"))
	}
	if password, ok := u.User.Password(); !ok || password == "" || u.User.Username() == "" {
		return nil, wire.Protocol(errors.New("the server gives an access without a name or a password"))
	}
	return u, nil
}

func (c *Connector) client() (*http.Client, error) {
	client, err := c.host.Client(connector.TLS{})
	if err != nil {
		return nil, bug(fmt.Errorf("a client for SimpleFIN: %w", err))
	}
	return client, nil
}

// secretless drops the address of a request that failed: it holds what the token stands for.
func secretless(err error) error {
	e := connector.AsError(err)
	cause := errors.New("the SimpleFIN server's answer is too large")
	var ue *url.Error
	switch {
	case errors.As(err, &ue):
		cause = fmt.Errorf("reach the SimpleFIN server: %w", ue.Err)
	case e.Code == connector.CodeUnavailable:
		cause = errors.New("the SimpleFIN server's answer broke off")
	}
	return &connector.Error{Code: e.Code, RetryAfter: e.RetryAfter, Cause: cause}
}
