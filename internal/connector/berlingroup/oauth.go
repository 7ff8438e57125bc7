package berlingroup

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// metadata is what we use of an authorization server's (RFC 8414, section 2).
type metadata struct {
	Issuer    string `json:"issuer"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	// SendsIssuer says that callbacks carry iss (RFC 9207).
	SendsIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// authorize sends the browser to the bank's authorization server (RFC 6749, section 4.1.1, with PKCE, RFC 7636). link is the document that
// an answer of the bank's named; without one the settings name it, or the endpoints.
func (v *visit) authorize(ctx context.Context, a *wire.Answer, link string, before bool) (connector.Step, error) {
	m, token, err := v.server(ctx, a, link)
	if err != nil {
		return connector.Step{}, err
	}
	// The browser's address is checked like any that it is sent to; relative ones start at the bank's.
	to, err := v.browserLink(&wire.Answer{URL: v.cfg.base}, m.Authorize)
	if err != nil {
		return connector.Step{}, err
	}
	p := &pending{Verifier: oauth2.GenerateVerifier(), Redirect: v.callback.URL, Token: token.String(), Issuer: m.Issuer, Before: before}
	if !m.SendsIssuer {
		p.Issuer = ""
	}
	scope := v.cfg.OAuth.Scope
	if before {
		scope = v.cfg.OAuth.BeforeScope
	}
	sum := sha256.Sum256([]byte(p.Verifier))
	q := to.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": v.clientID(), "redirect_uri": p.Redirect, "state": v.callback.State.Reveal(),
		"scope":          strings.ReplaceAll(scope, "{consent}", v.st.Consent),
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256",
	} {
		q.Set(name, value)
	}
	to.RawQuery = q.Encode()
	v.st.Step, v.st.Return, v.st.OAuth = stepOAuth, digest(v.callback.State.Reveal()), p
	return v.step(connector.Step{Redirect: &connector.Redirect{URL: to.String()}})
}

// server finds the two endpoints. The token endpoint gets codes and our certificate, so it must be the bank's own.
func (v *visit) server(ctx context.Context, a *wire.Answer, link string) (m metadata, token *url.URL, err error) {
	base := &wire.Answer{URL: v.cfg.base}
	if link == "" {
		a, link = base, v.cfg.OAuth.Metadata
	}
	if link == "" {
		m = metadata{Authorize: v.cfg.OAuth.Authorize, Token: v.cfg.OAuth.Token}
		if m.Authorize == "" || m.Token == "" {
			return m, nil, misconfigured(errors.New("the bank names no authorization server: set oauth.metadata, or oauth.authorize and oauth.token, in its settings"))
		}
		token, err = v.link(base, m.Token)
		return m, token, err
	}
	at, err := v.link(a, link)
	if err != nil {
		return m, nil, err
	}
	got, err := v.call(ctx, http.MethodGet, at, nil, nil)
	if err != nil {
		return m, nil, err
	}
	if err := got.JSON(&m); err != nil {
		return m, nil, err
	}
	if m.Authorize == "" || m.Token == "" {
		return m, nil, wire.Protocol(errors.New("the authorization server's metadata lack an endpoint"))
	}
	token, err = v.link(got, m.Token)
	return m, token, err
}

// exchange spends the code that the browser brought (RFC 6749, section 4.1.3).
func (v *visit) exchange(ctx context.Context, q url.Values) (connector.Step, error) {
	p := v.st.OAuth
	if p == nil {
		return connector.Step{}, bug(errors.New("the state awaits no code"))
	}
	if p.Issuer != "" && q.Get("iss") != p.Issuer {
		return connector.Step{}, wire.Protocol(errors.New("the callback comes from another authorization server"))
	}
	if q.Get("code") == "" {
		return connector.Step{}, wire.Protocol(errors.New("the callback carries neither code nor error"))
	}
	v.secrets = append(v.secrets, q.Get("code"))
	got, err := v.token(ctx, p.Token, url.Values{
		"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {p.Redirect}, "code_verifier": {p.Verifier},
	}, connector.CodeChallengeExpired)
	if err != nil {
		return connector.Step{}, err
	}
	v.st.Tokens, v.st.OAuth = got, nil
	if p.Before {
		return v.start(ctx)
	}
	return v.settle(ctx)
}

// refresh gets new tokens (RFC 6749, section 6). A server that gives no new refresh token leaves the old one good. The caller must keep
// what it gives even when everything after it fails.
func (t *talk) refresh(ctx context.Context, old *tokens) (*tokens, error) {
	if old.Refresh == "" {
		return nil, needsUser(errors.New("the access token has ended and there is none to refresh it with"))
	}
	fresh, err := t.token(ctx, old.Token, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.Refresh}}, connector.CodeNeedsUser)
	if err != nil {
		return nil, err
	}
	if fresh.Refresh == "" {
		fresh.Refresh = old.Refresh
	}
	return fresh, nil
}

// mostTokens caps what is kept of a token answer, in bytes.
const mostTokens = 64 << 10

// token asks the token endpoint; grant is what a spent code or refresh token means. Nothing that the server wrote is repeated.
func (t *talk) token(ctx context.Context, at string, form url.Values, grant connector.Code) (*tokens, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, bug(errors.New("the state has no token endpoint"))
	}
	bearer, consent, login := t.bearer, t.consent, t.login
	t.bearer, t.consent, t.login = "", "", ""
	h := t.headers(nil)
	t.bearer, t.consent, t.login = bearer, consent, login
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	secret := t.own.Get(SettingClientSecret)
	switch t.cfg.OAuth.ClientAuth {
	case "basic":
		// Both parts are form-encoded first (RFC 6749, section 2.3.1).
		pair := url.QueryEscape(t.clientID()) + ":" + url.QueryEscape(secret)
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	case "post":
		form.Set("client_secret", secret)
		fallthrough
	default:
		form.Set("client_id", t.clientID())
	}
	a, err := t.send(ctx, wire.Request{Method: http.MethodPost, URL: u, Header: h, Body: []byte(form.Encode())})
	if err != nil {
		return nil, tokenError(a, err, grant)
	}
	var got struct {
		Access  string      `json:"access_token"`
		Refresh string      `json:"refresh_token"`
		Type    string      `json:"token_type"`
		Expires json.Number `json:"expires_in"`
	}
	if err := a.JSON(&got); err != nil {
		return nil, err
	}
	if got.Access == "" || got.Type != "" && !strings.EqualFold(got.Type, "bearer") || len(got.Access)+len(got.Refresh) > mostTokens {
		return nil, wire.Protocol(errors.New("the token endpoint gave no bearer token, or one that is too long"))
	}
	out := &tokens{Access: got.Access, Refresh: got.Refresh, Token: at}
	if n, err := got.Expires.Int64(); err == nil && n > 0 && n < 10*365*24*3600 {
		out.Expiry = t.now.UTC().Add(time.Duration(n) * time.Second)
	}
	return out, nil
}

// tokenError reads RFC 6749's errors, section 5.2.
func tokenError(a *wire.Answer, err error, grant connector.Code) error {
	if a == nil {
		return err
	}
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.Body, &body) != nil {
		return err
	}
	why := func(c connector.Code) error {
		return &connector.Error{Code: c, Cause: fmt.Errorf("the token endpoint answered %d %s", a.Status, body.Error)}
	}
	switch body.Error {
	case "invalid_grant":
		return why(grant)
	case "invalid_client", "unauthorized_client", "invalid_scope":
		return why(connector.CodeMisconfigured)
	case "invalid_request", "unsupported_grant_type":
		return why(connector.CodeProtocol)
	}
	return err
}

// spare is how long before its end a token is taken for ended.
const spare = 30 * time.Second

// ended says whether tokens need a refresh; one of no known end is tried.
func (k *tokens) ended(now time.Time) bool {
	return !k.Expiry.IsZero() && now.Add(spare).After(k.Expiry)
}
