package fapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Token is what a token endpoint gave (RFC 6749 section 5.1).
type Token struct {
	Access, Refresh bank.Secret
	// Expires is when the access token ends; zero where the server does not say.
	Expires time.Time
	Scope   string
	// ID is the checked id_token, nil where none came.
	ID *IDToken
	// Extra is the whole answer, for members of a bank's own; it holds the tokens.
	Extra map[string]json.RawMessage
}

// String keeps the tokens out of logs.
func (Token) String() string { return "***" }

// GoString keeps the tokens out of %#v.
func (Token) GoString() string { return "***" }

// ClientCredentials gets a token in our own name (RFC 6749 section 4.4).
func (p Party) ClientCredentials(ctx context.Context, scope string) (Token, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	t, _, err := p.token(ctx, form, connector.CodeMisconfigured)
	return t, err
}

// Exchange spends a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). Where the request asked for an id_token, one must come and be
// right.
func (p Party) Exchange(ctx context.Context, code bank.Secret, kept Pending) (Token, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code.Reveal()}, "redirect_uri": {kept.Redirect}}
	if kept.Verifier != "" {
		form.Set("code_verifier", kept.Verifier)
	}
	t, raw, err := p.token(ctx, form, connector.CodeChallengeExpired)
	if err != nil || kept.Nonce == "" {
		return t, err
	}
	if raw == "" {
		return Token{}, wire.Protocol(errors.New("the token answer has no id_token, which was asked for"))
	}
	if t.ID, err = p.idToken(ctx, raw, kept); err != nil {
		return Token{}, err
	}
	return t, nil
}

// Refresh gets fresh tokens (RFC 6749 section 6). A server that does not rotate gives no new refresh token: the old one is kept. The
// caller stores what it gives whatever happens after. A refresh token that is no good any more is CodeNeedsUser.
func (p Party) Refresh(ctx context.Context, refresh bank.Secret) (Token, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()}}
	t, _, err := p.token(ctx, form, connector.CodeNeedsUser)
	if err == nil && t.Refresh.IsZero() {
		t.Refresh = refresh
	}
	return t, err
}

// Revoke takes a token back (RFC 7009); a server without that endpoint is not asked.
func (p Party) Revoke(ctx context.Context, token bank.Secret) error {
	if p.Server.Revocation == nil {
		return nil
	}
	answer, err := p.post(ctx, p.Server.Revocation, url.Values{"token": {token.Reveal()}})
	if err != nil || answer.OK() {
		return err
	}
	return refusal(answer, "the revocation endpoint", connector.CodeProtocol)
}

// post sends a form in our name.
func (p Party) post(ctx context.Context, to *url.URL, form url.Values) (*wire.Answer, error) {
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if err := p.authenticate(form, header); err != nil {
		return nil, err
	}
	return wire.Do(ctx, p.HTTP, wire.Request{Method: http.MethodPost, URL: to, Header: header, Body: []byte(form.Encode())})
}

func (p Party) token(ctx context.Context, form url.Values, grant connector.Code) (Token, string, error) {
	answer, err := p.post(ctx, p.Server.Token, form)
	if err != nil {
		return Token{}, "", err
	}
	if !answer.OK() {
		return Token{}, "", refusal(answer, "the token endpoint", grant)
	}
	return readToken(answer, p.Now)
}

func readToken(answer *wire.Answer, now time.Time) (Token, string, error) {
	var said struct {
		Access  string     `json:"access_token"`
		Type    string     `json:"token_type"`
		Expires lenientInt `json:"expires_in"`
		Refresh string     `json:"refresh_token"`
		Scope   string     `json:"scope"`
		ID      string     `json:"id_token"`
	}
	t := Token{}
	if err := answer.JSON(&said); err != nil {
		return t, "", err
	}
	if err := answer.JSON(&t.Extra); err != nil {
		return t, "", err
	}
	if said.Access == "" || said.Type != "" && !strings.EqualFold(said.Type, "bearer") {
		return Token{}, "", wire.Protocol(errors.New("the token answer has no bearer token"))
	}
	if len(said.Access)+len(said.Refresh)+len(said.Scope) > mostToken {
		return Token{}, "", wire.Protocol(errors.New("the token answer has a token that is too long to be kept"))
	}
	t.Access, t.Refresh, t.Scope = bank.NewSecret(said.Access), bank.NewSecret(said.Refresh), said.Scope
	if said.Expires > 0 {
		// A century is for ever, and beyond it durations overflow.
		const most = 100 * 365 * 24 * 3600
		t.Expires = now.UTC().Add(time.Duration(min(said.Expires, most)) * time.Second)
	}
	return t, said.ID, nil
}

// lenientInt is a number that some servers put between quotation marks; what is none is 0.
type lenientInt int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *lenientInt) UnmarshalJSON(raw []byte) error {
	if v, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64); err == nil && v > 0 && v < 1e15 {
		*n = lenientInt(v)
	}
	return nil
}
