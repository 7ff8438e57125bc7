package berlingroup

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// refused is the cause of an error that a bank answered: the status and those of its message codes that we know.
type refused struct {
	status int
	codes  []string
}

// Error implements error.
func (r *refused) Error() string {
	said := strings.Join(r.codes, ", ")
	if said == "" {
		said = "nothing that we know"
	}
	return fmt.Sprintf("the bank answered %d, saying %s", r.status, said)
}

// saidBy finds what a bank answered in an error; nil where it was none of a bank's.
func saidBy(err error) *refused {
	var r *refused
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// said says whether a bank's error carries one of the message codes.
func said(err error, codes ...string) bool {
	r := saidBy(err)
	if r == nil {
		return false
	}
	for _, have := range r.codes {
		for _, want := range codes {
			if have == want {
				return true
			}
		}
	}
	return false
}

// status is the HTTP status of a bank's error, 0 for others.
func status(err error) int {
	if r := saidBy(err); r != nil {
		return r.status
	}
	return 0
}

// meanings maps message codes (implementation guidelines 1.3, section 14.11). Families such as CERTIFICATE_… are in family.
var meanings = map[string]connector.Code{
	"PSU_CREDENTIALS_INVALID":   connector.CodeBadCredentials,
	"CORPORATE_ID_INVALID":      connector.CodeBadCredentials,
	"SCA_INVALID":               connector.CodeChallengeFailed,
	"SCA_METHOD_UNKNOWN":        connector.CodeChallengeFailed,
	"SERVICE_BLOCKED":           connector.CodeActionNeeded,
	"SERVICE_INVALID":           connector.CodeNotSupported,
	"PRODUCT_INVALID":           connector.CodeNotSupported,
	"CONSENT_UNKNOWN":           connector.CodeConsentRevoked,
	"CONSENT_EXPIRED":           connector.CodeConsentExpired,
	"CONSENT_INVALID":           connector.CodeNeedsUser,
	"TOKEN_UNKNOWN":             connector.CodeNeedsUser,
	"TOKEN_INVALID":             connector.CodeNeedsUser,
	"TOKEN_EXPIRED":             connector.CodeNeedsUser,
	"ACCESS_EXCEEDED":           connector.CodeRateLimited,
	"ROLE_INVALID":              connector.CodeMisconfigured,
	"RESOURCE_UNKNOWN":          connector.CodeProtocol,
	"RESOURCE_EXPIRED":          connector.CodeChallengeExpired,
	"RESOURCE_BLOCKED":          connector.CodeActionNeeded,
	"STATUS_INVALID":            connector.CodeProtocol,
	"FORMAT_ERROR":              connector.CodeProtocol,
	"PARAMETER_NOT_CONSISTENT":  connector.CodeProtocol,
	"PARAMETER_NOT_SUPPORTED":   connector.CodeProtocol,
	"PERIOD_INVALID":            connector.CodeProtocol,
	"TIMESTAMP_INVALID":         connector.CodeMisconfigured,
	"SESSIONS_NOT_SUPPORTED":    connector.CodeNotSupported,
	"REQUESTED_FORMATS_INVALID": connector.CodeProtocol,
	"INTERNAL_SERVER_ERROR":     connector.CodeUnavailable,
}

// meaning of a message code, and whether we know it.
func meaning(code string) (connector.Code, bool) {
	if c, ok := meanings[code]; ok {
		return c, true
	}
	for _, family := range []string{"CERTIFICATE_", "SIGNATURE_"} {
		if rest, ok := strings.CutPrefix(code, family); ok {
			switch rest {
			case "INVALID", "EXPIRED", "BLOCKED", "REVOKED", "MISSING":
				return connector.CodeMisconfigured, true
			}
		}
	}
	return "", false
}

// errorBody is both forms of the bank's errors: its own (tppMessages) and RFC 7807 (code, detail, additionalErrors).
type errorBody struct {
	TPPMessages []struct {
		Category string `json:"category"`
		Code     string `json:"code"`
		Text     string `json:"text"`
	} `json:"tppMessages"`
	Code       string `json:"code"`
	Detail     string `json:"detail"`
	Additional []struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"additionalErrors"`
	PSUMessage string `json:"psuMessage"`
}

// forUser are the codes whose text speaks to the end user, if any does; other texts are for developers.
func forUser(c connector.Code) bool {
	switch c {
	case connector.CodeBadCredentials, connector.CodeChallengeFailed, connector.CodeActionNeeded, connector.CodeNotSupported, connector.CodeChallengeExpired:
		return true
	}
	return false
}

// refusal reads an answer that is not 2xx. The first message code that we know decides, else the status does. Nothing that the bank wrote
// gets into the cause: it may be anything, the end user's password included.
func (t *talk) refusal(a *wire.Answer) error {
	var body errorBody
	_ = json.Unmarshal(a.Body, &body)
	why := &refused{status: a.Status}
	e := &connector.Error{UserText: body.PSUMessage, RetryAfter: a.RetryAfter(t.now), Cause: why}
	take := func(category, code, text string) {
		c, ok := meaning(code)
		if !ok || category == "WARNING" {
			return
		}
		why.codes = append(why.codes, code)
		if e.Code == "" {
			e.Code = c
			if e.UserText == "" && forUser(c) {
				e.UserText = text
			}
		}
	}
	for _, m := range body.TPPMessages {
		take(m.Category, m.Code, m.Text)
	}
	take("", body.Code, body.Detail)
	for _, m := range body.Additional {
		take("", m.Code, m.Detail)
	}
	switch {
	case a.Status == http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case e.Code != "":
	case a.Status == http.StatusUnauthorized:
		e.Code = connector.CodeNeedsUser
	case a.Status >= 500 && a.Status != http.StatusNotImplemented:
		e.Code = connector.CodeUnavailable
	default:
		e.Code = connector.CodeProtocol
	}
	e.UserText = t.quiet(e.UserText)
	return e
}

// quiet drops a bank's text that repeats what the end user typed.
func (t *talk) quiet(text string) string {
	for _, s := range t.secrets {
		if s != "" && strings.Contains(text, s) {
			return ""
		}
	}
	return text
}

// code is the code of an error of ours.
func code(err error) connector.Code { return connector.AsError(err).Code }

// consentError is what a consent's status means for who wants to read with it; nil for one that is valid.
func consentError(status string) error {
	e := &connector.Error{Cause: fmt.Errorf("the consent is %s", statusWord(status))}
	switch status {
	case statusValid:
		return nil
	case "revokedByPsu", "terminatedByTpp", "rejected":
		e.Code = connector.CodeConsentRevoked
	case "expired":
		e.Code = connector.CodeConsentExpired
	case statusReceived, statusPartly:
		e.Code = connector.CodeNeedsUser
	default:
		e.Code = connector.CodeProtocol
	}
	return e
}

// The statuses of a consent that lead on.
const (
	statusReceived = "received"
	statusValid    = "valid"
	statusPartly   = "partiallyAuthorised"
)

// statusWord keeps a status that nobody knows out of an error.
func statusWord(s string) string {
	switch s {
	case statusReceived, statusValid, statusPartly, "rejected", "revokedByPsu", "expired", "terminatedByTpp":
		return s
	}
	return "of a status that is none"
}
