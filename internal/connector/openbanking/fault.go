package openbanking

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

func bug(cause error) error { return &connector.Error{Code: connector.CodeBug, Cause: cause} }

func misconfigured(cause error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: cause}
}

func needsUser(cause error) error {
	return &connector.Error{Code: connector.CodeNeedsUser, Cause: cause}
}

// is says whether an error is a connector's with one of these codes.
func is(err error, codes ...connector.Code) bool {
	var e *connector.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// refused is a status of 400 to 404 with the bank's own code, kept apart so that the reading can decide what it means.
type refused struct {
	status int
	codes  []string
	cause  *connector.Error
}

// Error implements error.
func (r *refused) Error() string { return r.cause.Error() }

// Unwrap gives the connector's error.
func (r *refused) Unwrap() error { return r.cause }

// status gives the HTTP status of a refusal, 0 for other errors.
func status(err error) int {
	var r *refused
	if errors.As(err, &r) {
		return r.status
	}
	return 0
}

// plainCode is what an error code of the bank may look like to stand in an error of ours: a broken bank may put anything there.
var plainCode = regexp.MustCompile(`^(UK\.OBIE\.[A-Za-z.]{2,60}|[A-Z][A-Z0-9]{3})$`)

// refusal reads a status that is not 2xx. Version 3.1 and 4.0 have one envelope (OBErrorResponse1); only 3.1 promises all of it. The
// bank's messages speak to programmers: none is kept.
func refusal(a *wire.Answer, now time.Time) error {
	var said struct {
		Code   string `json:"Code"`
		Errors []struct {
			ErrorCode string `json:"ErrorCode"`
		} `json:"Errors"`
	}
	_ = json.Unmarshal(a.Body, &said)
	r := &refused{status: a.Status}
	for i, e := range said.Errors {
		if i < 5 && plainCode.MatchString(e.ErrorCode) {
			r.codes = append(r.codes, e.ErrorCode)
		}
	}
	shown := "without a code that is known"
	if len(r.codes) > 0 {
		shown = strings.Join(r.codes, ", ")
	}
	r.cause = &connector.Error{
		Code: codeOf(a.Status, r.codes), RetryAfter: a.RetryAfter(now),
		Cause: fmt.Errorf("the bank answered %d %s", a.Status, shown),
	}
	return r
}

// reauthenticate are the codes that ask for the end user: 3.1's, as some banks write it, and 4.0's.
var reauthenticate = []string{"UK.OBIE.Reauthenticate", "UK.OBIE.ReAuthenticate", "U028"}

func codeOf(status int, codes []string) connector.Code {
	for _, code := range codes {
		for _, known := range reauthenticate {
			if code == known {
				return connector.CodeNeedsUser
			}
		}
		if code == "UK.OBIE.Resource.InvalidConsentStatus" {
			return connector.CodeConsentRevoked
		}
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return connector.CodeNeedsUser
	case http.StatusTooManyRequests:
		return connector.CodeRateLimited
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return connector.CodeUnavailable
	}
	return connector.CodeProtocol
}
