package testbank

import (
	"errors"
	"time"
)

// Code says why the bank says no. It is also the error member of the website's and the API's JSON.
type Code string

// The codes. CodeBug and CodeBadJSON are not honest answers: web/testbank acts them out as a broken page.
const (
	CodeBadCredentials   Code = "bad_credentials"
	CodeLocked           Code = "account_locked"
	CodePasswordExpired  Code = "password_expired"
	CodeActionNeeded     Code = "action_needed"
	CodeWrongCode        Code = "wrong_code"
	CodeChallengeFailed  Code = "challenge_failed"
	CodeChallengeExpired Code = "challenge_expired"
	CodeChallengeRefused Code = "challenge_refused"
	CodeStaleChallenge   Code = "stale_challenge"
	CodeSessionEnded     Code = "session_ended"
	CodeSCARequired      Code = "sca_required"
	CodeNotSupported     Code = "not_supported"
	CodeConsentExpired   Code = "consent_expired"
	CodeConsentRevoked   Code = "consent_revoked"
	CodeInvalidToken     Code = "invalid_token"
	CodeInvalidRequest   Code = "invalid_request"
	CodeNotFound         Code = "not_found"
	CodeUnavailable      Code = "unavailable"
	CodeRateLimited      Code = "rate_limited"
	// CodeBadConfiguration is a configuration file that cannot be had or read; the message is for who wrote it.
	CodeBadConfiguration Code = "bad_configuration"
	CodeBug              Code = "bug"
	CodeBadJSON          Code = "bad_json"
)

// Refusal is the bank's no. Message is what the bank shows the customer.
type Refusal struct {
	Code       Code
	Message    string
	RetryAfter time.Duration
}

// Error implements error.
func (r *Refusal) Error() string { return "test bank: " + string(r.Code) + ": " + r.Message }

// AsRefusal finds the refusal in a chain; anything else is a bug of the test bank itself.
func AsRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return &Refusal{Code: CodeBug, Message: "The test bank itself failed."}
}

// messages are the bank's words for its refusals.
var messages = map[Code]string{
	CodeBadCredentials:   "The login or the password is wrong.",
	CodeLocked:           "This login is locked after three wrong passwords. Try again in fifteen minutes.",
	CodePasswordExpired:  "Your password has expired. Change it on our website, then come back.",
	CodeActionNeeded:     "Our terms have changed. Sign in on our website and accept them first.",
	CodeWrongCode:        "That code is not right.",
	CodeChallengeFailed:  "Three wrong codes: sign in again.",
	CodeChallengeExpired: "Time has run out for this check. Sign in again.",
	CodeChallengeRefused: "The request was refused in the app.",
	CodeStaleChallenge:   "This is not the question being asked now.",
	CodeSessionEnded:     "Your session has ended. Sign in again.",
	CodeSCARequired:      "Confirm with us again that it is you before anybody reads your accounts for you.",
	CodeNotSupported:     "This login works in our branches alone.",
	CodeConsentExpired:   "The consent has expired.",
	CodeConsentRevoked:   "The customer has withdrawn the consent.",
	CodeInvalidToken:     "The access token is unknown or has expired.",
	CodeNotFound:         "There is no such thing here.",
	CodeUnavailable:      "The bank is closed for maintenance.",
	CodeRateLimited:      "Too many requests.",
	CodeBadConfiguration: "The configuration file cannot be used.",
	CodeBug:              "Something broke.",
	CodeBadJSON:          "Something broke.",
}

func refuse(c Code) *Refusal { return &Refusal{Code: c, Message: messages[c]} }
