package fapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Place says where an authorization server describes itself. One of Issuer and Metadata is enough; with both, the description must be
// that issuer's.
type Place struct {
	// Issuer is the server's name, such as https://auth.bank.example.
	Issuer string
	// Metadata is the address of its description, where it is not where the standards put it, or all that is known.
	Metadata string
	// Hosts are the origins, beside that of the description, that its endpoints may lie at.
	Hosts []string
	// Mutual says that a certificate is shown: the endpoints for that (RFC 8705 section 5) are taken where there are any.
	Mutual bool
}

// Server is an authorization server as it describes itself (RFC 8414 section 2). Endpoints that it does not have are nil.
type Server struct {
	Issuer                                      string
	Authorization, Token, PAR, JWKS, Revocation *url.URL
	// RequirePAR says that requests must be pushed; NamesIssuer that each answer carries iss (RFC 9207).
	RequirePAR, NamesIssuer bool
	// Methods, Modes, Types and Challenges are what it takes: ways to authenticate a client, response modes, response types and PKCE
	// methods; empty where it does not say.
	Methods, Modes, Types, Challenges []string
}

// endpoints are the addresses of a description, and of its part for mutual TLS.
type endpoints struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	PAR           string `json:"pushed_authorization_request_endpoint"`
	JWKS          string `json:"jwks_uri"`
	Revocation    string `json:"revocation_endpoint"`
}

type metadata struct {
	endpoints
	Issuer      string    `json:"issuer"`
	RequirePAR  bool      `json:"require_pushed_authorization_requests"`
	NamesIssuer bool      `json:"authorization_response_iss_parameter_supported"`
	Methods     []string  `json:"token_endpoint_auth_methods_supported"`
	Modes       []string  `json:"response_modes_supported"`
	Types       []string  `json:"response_types_supported"`
	Challenges  []string  `json:"code_challenge_methods_supported"`
	Mutual      endpoints `json:"mtls_endpoint_aliases"`
}

// Discover reads an authorization server's description. One that speaks for another issuer is refused (RFC 8414 section 3.3), as are
// endpoints at hosts that nobody named.
func Discover(ctx context.Context, client *http.Client, at Place) (*Server, error) {
	places, err := at.addresses()
	if err != nil {
		return nil, misconfigured(err)
	}
	for i, u := range places {
		answer, err := wire.Do(ctx, client, wire.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Accept": {"application/json"}}})
		if err != nil {
			return nil, err
		}
		if answer.Status == http.StatusNotFound && i+1 < len(places) {
			continue
		}
		if !answer.OK() {
			return nil, refusal(answer, "the description of the authorization server", connector.CodeProtocol)
		}
		return at.read(answer)
	}
	return nil, misconfigured(errors.New("no address of the authorization server is known"))
}

const (
	openidPath = "/.well-known/openid-configuration"
	oauthPath  = "/.well-known/oauth-authorization-server"
)

// addresses are where the description may be: OpenID Connect puts it behind the issuer's path, RFC 8414 before it.
func (at Place) addresses() ([]*url.URL, error) {
	if at.Metadata != "" {
		u, err := absolute(at.Metadata)
		return []*url.URL{u}, err
	}
	u, err := absolute(at.Issuer)
	if err != nil {
		return nil, err
	}
	behind, before := *u, *u
	path := strings.TrimSuffix(u.Path, "/")
	behind.Path, before.Path = path+openidPath, oauthPath+path
	return []*url.URL{&behind, &before}, nil
}

// absolute reads the address of an endpoint: https, or http on this machine.
func absolute(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !local(u)) {
		return nil, errors.New("an address of the authorization server is no https URL")
	}
	return u, nil
}

func (at Place) read(answer *wire.Answer) (*Server, error) {
	var m metadata
	if err := answer.JSON(&m); err != nil {
		return nil, err
	}
	switch {
	case at.Issuer != "" && m.Issuer != at.Issuer:
		return nil, wire.Protocol(errors.New("the authorization server describes itself under another issuer"))
	case at.Issuer == "" && !describes(m.Issuer, answer.URL):
		return nil, wire.Protocol(errors.New("the description of the authorization server is not that of the issuer that it names"))
	}
	s := &Server{
		Issuer: m.Issuer, RequirePAR: m.RequirePAR, NamesIssuer: m.NamesIssuer,
		Methods: m.Methods, Modes: m.Modes, Types: m.Types, Challenges: m.Challenges,
	}
	if !at.Mutual {
		m.Mutual = endpoints{}
	}
	for _, e := range []struct {
		into        **url.URL
		name, value string
		needed      bool
	}{
		// The browser has no certificate of ours: its endpoint has no form for mutual TLS.
		{&s.Authorization, "authorization_endpoint", m.Authorization, false},
		{&s.Token, "token_endpoint", cmp.Or(m.Mutual.Token, m.Token), true},
		{&s.PAR, "pushed_authorization_request_endpoint", cmp.Or(m.Mutual.PAR, m.PAR), false},
		{&s.JWKS, "jwks_uri", m.JWKS, false},
		{&s.Revocation, "revocation_endpoint", cmp.Or(m.Mutual.Revocation, m.Revocation), false},
	} {
		if e.value == "" {
			if e.needed {
				return nil, wire.Protocol(fmt.Errorf("the authorization server names no %s", e.name))
			}
			continue
		}
		u, err := answer.Link(e.value, at.Hosts...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		if u.Scheme != "https" && !local(u) || u.Fragment != "" {
			return nil, wire.Protocol(fmt.Errorf("the authorization server's %s is no https URL", e.name))
		}
		*e.into = u
	}
	return s, nil
}

// describes says whether a description's address is where the issuer's must be.
func describes(issuer string, at *url.URL) bool {
	places, err := Place{Issuer: issuer}.addresses()
	return err == nil && slices.ContainsFunc(places, func(u *url.URL) bool { return u.String() == at.String() })
}
