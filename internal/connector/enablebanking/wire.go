package enablebanking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// api is one conversation with the aggregator.
type api struct {
	client *http.Client
	base   *url.URL
	token  bank.Secret
	now    time.Time
	// psu are the headers that say that the end user is there; nil where they are not.
	psu http.Header
}

// api begins a conversation about an institution, or about none in particular.
func (c *Connector) api(ctx context.Context, institution string) (*api, error) {
	settings, err := c.host.Settings(ctx, Kind, institution)
	if err != nil {
		return nil, &connector.Error{Code: connector.AsError(err).Code, Cause: fmt.Errorf("the settings of Enable Banking: %w", err)}
	}
	a := &api{now: c.host.Now()}
	if a.base, err = baseOf(settings); err != nil {
		return nil, err
	}
	if a.token, err = tokenOf(settings, a.now); err != nil {
		return nil, err
	}
	if a.client, err = c.host.Client(connector.TLS{}); err != nil {
		return nil, bug(fmt.Errorf("a client for Enable Banking: %w", err))
	}
	return a, nil
}

// call asks and reads the JSON of a good answer.
func (a *api) call(ctx context.Context, method string, at *url.URL, body, into any) error {
	r := wire.Request{Method: method, URL: at, Header: http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer " + a.token.Reveal()},
	}}
	for name, values := range a.psu {
		r.Header[name] = values
	}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return bug(fmt.Errorf("encode a request to Enable Banking: %w", err))
		}
		r.Body = raw
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := wire.Do(ctx, a.client, r)
	if err != nil {
		return err
	}
	if !answer.OK() {
		return a.refusal(answer)
	}
	if into == nil {
		return nil
	}
	return answer.JSON(into)
}

// psuHeaders are the headers of an end user who is there. The API wants all that a bank requires or none, so one that we do not know
// turns the read into an unattended one.
func psuHeaders(psu connector.PSU, required []string) http.Header {
	if !psu.Present || psu.IP == "" {
		return nil
	}
	known := http.Header{}
	known.Set("Psu-Ip-Address", psu.IP)
	known.Set("Psu-User-Agent", psu.UserAgent)
	known.Set("Psu-Accept-Language", psu.Lang)
	known.Set("Psu-Accept", "text/html")
	known.Set("Psu-Accept-Charset", "utf-8")
	known.Set("Psu-Accept-Encoding", "gzip")
	out := http.Header{}
	for _, name := range required {
		v := known.Get(name)
		if v == "" {
			return nil
		}
		out.Set(name, v)
	}
	for _, name := range []string{"Psu-Ip-Address", "Psu-User-Agent"} {
		if v := known.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}

// refusals maps the API's error codes (ErrorCode).
var refusals = map[string]connector.Code{
	"ACCESS_DENIED":                connector.CodeMisconfigured,
	"ACCOUNT_DOES_NOT_EXIST":       connector.CodeNeedsUser,
	"ALREADY_AUTHORIZED":           connector.CodeChallengeExpired,
	"ASPSP_ACCOUNT_NOT_ACCESSIBLE": connector.CodeNotSupported,
	"ASPSP_ERROR":                  connector.CodeUnavailable,
	"ASPSP_PSU_ACTION_REQUIRED":    connector.CodeActionNeeded,
	"ASPSP_RATE_LIMIT_EXCEEDED":    connector.CodeRateLimited,
	"ASPSP_TIMEOUT":                connector.CodeUnavailable,
	"AUTHORIZATION_NOT_PROVIDED":   connector.CodeMisconfigured,
	"CLOSED_SESSION":               connector.CodeConsentRevoked,
	"EXPIRED_AUTHORIZATION_CODE":   connector.CodeChallengeExpired,
	"EXPIRED_SESSION":              connector.CodeConsentExpired,
	"INVALID_HOST":                 connector.CodeMisconfigured,
	"NO_ACCOUNTS_ADDED":            connector.CodeMisconfigured,
	"PSU_HEADER_NOT_PROVIDED":      connector.CodeNeedsUser,
	"REDIRECT_URI_NOT_ALLOWED":     connector.CodeMisconfigured,
	"REVOKED_SESSION":              connector.CodeConsentRevoked,
	"SESSION_DOES_NOT_EXIST":       connector.CodeConsentRevoked,
	"UNAUTHORIZED_ACCESS":          connector.CodeMisconfigured,
	"UNAUTHORIZED_IP":              connector.CodeMisconfigured,
	"WRONG_ASPSP_PROVIDED":         connector.CodeMisconfigured,
	"WRONG_AUTHORIZATION_CODE":     connector.CodeChallengeExpired,
	"WRONG_CREDENTIALS_PROVIDED":   connector.CodeBadCredentials,
	"WRONG_SESSION_STATUS":         connector.CodeNeedsUser,
	"WRONG_TRANSACTIONS_PERIOD":    connector.CodeProtocol,
}

// refused is the cause of an error that the API named; Word is one of refusals or empty.
type refused struct {
	Status int
	Word   string
}

// Error implements error.
func (r *refused) Error() string {
	return fmt.Sprintf("enable banking answered %d %s", r.Status, r.Word)
}

// refusal reads an answer that is not 2xx. Of the body only a word that we know is kept.
func (a *api) refusal(answer *wire.Answer) error {
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(answer.Body, &said)
	e := &connector.Error{RetryAfter: answer.RetryAfter(a.now)}
	if code, ok := refusals[said.Error]; ok {
		e.Code, e.Cause = code, &refused{Status: answer.Status, Word: said.Error}
		return e
	}
	e.Cause = &refused{Status: answer.Status}
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Code = connector.CodeMisconfigured
	case http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code = connector.CodeUnavailable
	default:
		e.Code = connector.CodeProtocol
	}
	return e
}

// said says whether an error is one that the API named so.
func said(err error, words ...string) bool {
	var r *refused
	return errors.As(err, &r) && slices.Contains(words, r.Word)
}

// at is an address of the API, of segments that are escaped.
func (a *api) at(segments ...string) *url.URL {
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), "..", "%2E%2E")
	}
	return a.base.JoinPath(segments...)
}
