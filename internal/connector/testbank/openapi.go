package testbank

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"passerelle/internal/connector"
)

// beginOpenAPI sends the browser to the bank (RFC 6749 section 4.1.1, RFC 7636 section 4.3). In the background it can only
// see whether the tokens still work.
func (c *Connector) beginOpenAPI(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	if in.Mode == connector.ModeBackground {
		return c.resumeOpenAPI(ctx, in)
	}
	brand, err := brandOf(in.Institution)
	if err != nil {
		return connector.Step{}, err
	}
	hint := in.Values[fieldLogin].Reveal()
	s := openState{
		Verifier: oauth2.GenerateVerifier(), Redirect: in.Callback.URL, State: digest(in.Callback.State.Reveal()),
		Website: in.Values[fieldOpenWebsite].Reveal(),
	}
	s.Form = s.Shape()
	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.Verifier)}
	if in.Mode == connector.ModeReconnect || in.Mode == connector.ModeRenew {
		// The session only spares the end user some typing: one that cannot be read any more is no reason to stop.
		if before, err := connector.Decode[openSession](in.Previous); err == nil {
			s.Website, hint = cmp.Or(s.Website, before.Website), cmp.Or(hint, before.Owner)
		}
		opts = append(opts, oauth2.ApprovalForce)
	}
	for param, value := range map[string]string{"bank": brand, "website": s.Website, "login_hint": hint} {
		if value != "" {
			opts = append(opts, oauth2.SetAuthURLParam(param, value))
		}
	}
	state, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	to := c.oauth(in.Callback.URL).AuthCodeURL(in.Callback.State.Reveal(), opts...)
	return connector.Step{State: state, Redirect: &connector.Redirect{URL: to}}, nil
}

func (c *Connector) resumeOpenAPI(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s, err := connector.Decode[openSession](in.Previous)
	if err != nil {
		return connector.Step{}, needsUser(err)
	}
	if s, err = c.refresh(ctx, s, in.Now); err != nil {
		return connector.Step{}, err
	}
	return done(s, in.Institution)
}

func (c *Connector) advanceOpenAPI(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	s, err := connector.Decode[openState](in.State)
	if err != nil {
		return connector.Step{}, err
	}
	switch in.Event.Kind {
	case connector.EventCancel:
		// The bank gave nothing yet, so there is nothing to take back.
		return connector.Step{}, nil
	case connector.EventCallback:
	default:
		return connector.Step{}, misfit(in.Event.Kind, "redirect")
	}
	q := in.Event.Callback
	if subtle.ConstantTimeCompare(digest(q.Get("state")), s.State) != 1 {
		return connector.Step{}, protocol(errors.New("the callback carries a state that was not sent"))
	}
	if q.Get("error") != "" {
		return connector.Step{}, callbackError(q)
	}
	if q.Get("code") == "" {
		return connector.Step{}, protocol(errors.New("the callback carries neither code nor error"))
	}
	token, err := c.oauth(s.Redirect).Exchange(c.with(ctx), q.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return connector.Step{}, tokenError(err, connector.CodeChallengeExpired)
	}
	session, err := sessionOf(token, s.Website, in.Now)
	if err != nil {
		return connector.Step{}, err
	}
	return done(session, in.Institution)
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// with hands x/oauth2 our HTTP client, which it takes from the context.
func (c *Connector) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http)
}

func done(s openSession, inst connector.Institution) (connector.Step, error) {
	opaque, err := connector.Encode(s)
	if err != nil {
		return connector.Step{}, err
	}
	return connector.Step{Done: &connector.Done{
		Session: opaque, OwnerKey: connector.OwnerKey(inst.UUID, s.Owner), ConsentUntil: s.Until,
	}}, nil
}

// sessionOf reads the token endpoint's answer. Expiry is counted from the host's clock, as everything is.
func sessionOf(token *oauth2.Token, website string, now time.Time) (openSession, error) {
	s := openSession{Access: token.AccessToken, Refresh: token.RefreshToken, Website: website, Expiry: now.UTC().Add(time.Duration(token.ExpiresIn) * time.Second)}
	s.Form = s.Shape()
	s.Owner, _ = token.Extra("owner").(string)
	until, _ := token.Extra("consent_valid_until").(string)
	var err error
	if s.Until, err = time.Parse(time.RFC3339, until); err != nil || s.Owner == "" || s.Refresh == "" {
		return openSession{}, protocol(errors.New("the token answer lacks refresh_token, owner or consent_valid_until"))
	}
	return s, nil
}

// refresh rotates the tokens. The caller must keep what it gives even when everything after it fails.
func (c *Connector) refresh(ctx context.Context, s openSession, now time.Time) (openSession, error) {
	source := c.oauth("").TokenSource(c.with(ctx), &oauth2.Token{RefreshToken: s.Refresh})
	token, err := source.Token()
	if err != nil {
		return s, tokenError(err, connector.CodeNeedsUser)
	}
	return sessionOf(token, s.Website, now)
}

// callbackError reads what the bank's page sent back instead of a code. error_reason is this bank's extension: what it told
// the customer.
func callbackError(q url.Values) error {
	e := &connector.Error{Code: connector.CodeProtocol, UserText: q.Get("error_description"), Cause: errors.New("the bank's page sent back " + word(q.Get("error")))}
	switch q.Get("error") {
	case "access_denied":
		e.Code = connector.CodeCancelled
		if code, ok := refusals[q.Get("error_reason")]; ok {
			e.Code = code
		}
	case "server_error", "temporarily_unavailable":
		e.Code = connector.CodeUnavailable
	case "unauthorized_client", "invalid_scope":
		e.Code = connector.CodeMisconfigured
	}
	return e
}

// tokenError reads a failed exchange or refresh. grant is what an unusable code or refresh token means. The body is never
// quoted: a broken bank may put anything there, our secrets included.
func tokenError(err error, grant connector.Code) error {
	var re *oauth2.RetrieveError
	if !errors.As(err, &re) {
		var ue *url.Error
		if errors.As(err, &ue) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return unreachable(err)
		}
		return protocol(errors.New("the token answer is not the JSON expected"))
	}
	status := 0
	var header http.Header
	if re.Response != nil {
		status, header = re.Response.StatusCode, re.Response.Header
	}
	e := &connector.Error{Cause: fmt.Errorf("the token endpoint answered %d %s", status, word(re.ErrorCode)), RetryAfter: retryAfter(header)}
	switch re.ErrorCode {
	case "invalid_grant":
		e.Code = grant
		if code, ok := refusals[re.ErrorDescription]; ok {
			e.Code = code
		}
		return e
	case "invalid_client", "unauthorized_client":
		e.Code = connector.CodeMisconfigured
		return e
	}
	return withStatus(e, status)
}

func withStatus(e *connector.Error, status int) error {
	e.Code = connector.CodeProtocol
	switch status {
	case http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code = connector.CodeUnavailable
	}
	return e
}

// revokeOpenAPI ends the consent at the bank. One that has ended already is what was wanted.
func (c *Connector) revokeOpenAPI(ctx context.Context, in connector.RevokeInput) error {
	s, err := connector.Decode[openSession](in.Session)
	if err != nil {
		return err
	}
	drop := func(token string) error {
		w := c.wire(connector.PSU{})
		w.bearer = token
		return w.call(ctx, http.MethodDelete, c.base.JoinPath("api/consent"), nil, nil)
	}
	if err = drop(s.Access); is(err, connector.CodeNeedsUser) {
		// Only the access token has lapsed, perhaps.
		if s, err = c.refresh(ctx, s, in.Now); err == nil {
			err = drop(s.Access)
		}
	}
	if ended(err) {
		return nil
	}
	return err
}

func ended(err error) bool {
	return is(err, connector.CodeNeedsUser) || is(err, connector.CodeConsentRevoked) || is(err, connector.CodeConsentExpired)
}

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}
