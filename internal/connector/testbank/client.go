package testbank

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/connector"
)

// mostBody caps an answer of the bank in bytes, whatever the HTTP client allows.
const mostBody = 8 << 20

// wire is one conversation with the bank: who we are to it (a bearer token or a website session) and for whom.
type wire struct {
	http   *http.Client
	base   *url.URL
	psu    connector.PSU
	bearer string
	cookie string
	// bank is which of the program's banks is signed in to.
	bank string
}

const cookieName = "testbank_session"

func (c *Connector) wire(psu connector.PSU) *wire { return &wire{http: c.http, base: c.base, psu: psu} }

// call asks the bank and reads its JSON. A website session that the bank sets is kept for the next call. The address may be
// absolute; it must be the bank's own.
func (w *wire) call(ctx context.Context, method string, at *url.URL, form url.Values, into any) error {
	if at.Scheme != w.base.Scheme || at.Host != w.base.Host {
		return protocol(fmt.Errorf("the bank links to the foreign host %q", at.Host))
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, at.String(), body)
	if err != nil {
		return bug(fmt.Errorf("make a request to the bank: %w", err))
	}
	w.dress(req, form != nil)
	resp, err := w.http.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
	if err != nil {
		return unreachable(err)
	}
	if len(raw) > mostBody {
		return protocol(fmt.Errorf("the bank's answer is larger than %d bytes", mostBody))
	}
	if resp.StatusCode/100 != 2 {
		return refusal(resp.StatusCode, resp.Header, raw)
	}
	for _, c := range resp.Cookies() {
		if c.Name == cookieName {
			w.cookie = c.Value
		}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return protocol(fmt.Errorf("the bank's answer to %s %s is not the JSON expected", method, at.Path))
	}
	return nil
}

func (w *wire) dress(req *http.Request, form bool) {
	req.Header.Set("Accept", "application/json")
	if form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if w.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+w.bearer)
	}
	if w.cookie != "" {
		req.AddCookie(&http.Cookie{Name: cookieName, Value: w.cookie})
	}
	// The bank's questions are read by the end user, so they are asked for in their language.
	if w.psu.Lang != "" {
		req.Header.Set("Accept-Language", w.psu.Lang)
	}
	// The end user's address goes along only while they are there: it tells the bank that this read is attended. Where a client
	// backend speaks for them nobody knows it, and the bank takes the read for an unattended one.
	if w.psu.Present && w.psu.IP != "" {
		req.Header.Set("PSU-IP-Address", w.psu.IP)
	}
}

// errConfiguration is the cause of what the bank says about a configuration file.
var errConfiguration = errors.New("the bank cannot use the configuration file")

// refusals maps the bank's error codes.
var refusals = map[string]connector.Code{
	"bad_credentials":  connector.CodeBadCredentials,
	"account_locked":   connector.CodeAccountLocked,
	"password_expired": connector.CodePasswordExpired,
	"action_needed":    connector.CodeActionNeeded,
	"wrong_code":       connector.CodeChallengeFailed,
	// The visit is over: asking the same question again would get the same no.
	"challenge_failed":  connector.CodeTooManyTries,
	"challenge_expired": connector.CodeChallengeExpired,
	"session_ended":     connector.CodeChallengeExpired,
	// The question was answered before, by somebody who was not told: a process of ours that died on the way.
	"stale_challenge":   connector.CodeChallengeExpired,
	"challenge_refused": connector.CodeApprovalRefused,
	"sca_required":      connector.CodeNeedsUser,
	"not_supported":     connector.CodeNotSupported,
	"consent_expired":   connector.CodeConsentExpired,
	"consent_revoked":   connector.CodeConsentRevoked,
	"invalid_token":     connector.CodeNeedsUser,
	"unavailable":       connector.CodeUnavailable,
	"rate_limited":      connector.CodeRateLimited,
	// A configuration file that cannot be had is a bank that is closed; while the end user is there, it is what they typed
	// (beginDirect).
	"bad_configuration": connector.CodeUnavailable,
}

// refusal reads a status that is not 2xx. What the bank said goes to the end user as plain text; nothing else of the body is
// kept, since it may be anything.
func refusal(status int, header http.Header, raw []byte) error {
	var said struct{ Error, Message string }
	_ = json.Unmarshal(raw, &said)
	e := &connector.Error{Cause: fmt.Errorf("the bank answered %d %s", status, word(said.Error)), RetryAfter: retryAfter(header)}
	if said.Error == "bad_configuration" {
		e.Cause = fmt.Errorf("%w (%d)", errConfiguration, status)
	}
	if code, ok := refusals[said.Error]; ok {
		e.Code, e.UserText = code, said.Message
		return e
	}
	switch status {
	case http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code = connector.CodeUnavailable
	default:
		e.Code = connector.CodeProtocol
	}
	return e
}

// spoken are the words of the bank and of RFC 6749 that may stand in an error of ours.
var spoken = []string{
	"access_denied", "server_error", "temporarily_unavailable", "invalid_request", "invalid_client", "invalid_grant",
	"invalid_scope", "unauthorized_client", "unsupported_grant_type", "unsupported_response_type", "stale_challenge",
	"not_found", "text", "image", "choice", "app", "question",
	kindProcessing,
}

// word keeps a foreign word out of an error unless it is one that we know: a broken bank may put anything there, the end
// user's password included.
func word(s string) string {
	if _, ok := refusals[s]; ok || slices.Contains(spoken, s) {
		return s
	}
	return "(something unknown)"
}

func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 || n > 7*24*3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}

func protocol(cause error) error {
	return &connector.Error{Code: connector.CodeProtocol, Cause: cause}
}

// unreachable is a bank that did not answer, or not in time.
func unreachable(err error) error {
	return &connector.Error{Code: connector.CodeUnavailable, Cause: fmt.Errorf("reach the bank: %w", err)}
}

// is says whether an error is a connector's with that code.
func is(err error, code connector.Code) bool {
	var e *connector.Error
	return errors.As(err, &e) && e.Code == code
}
