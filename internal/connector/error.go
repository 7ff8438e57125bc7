package connector

import (
	"errors"
	"log/slog"
	"time"

	"passerelle/internal/bank"
)

// Code says what went wrong at the bank or on the way there.
type Code string

// The codes. The second word says whose turn it is.
const (
	// CodeBadCredentials: the identifiers are wrong; the end user types them again.
	CodeBadCredentials Code = "bad_credentials"
	// CodePasswordExpired: the end user must change the password at the bank.
	CodePasswordExpired Code = "password_expired"
	// CodeAccountLocked: the bank locked the login.
	CodeAccountLocked Code = "account_locked"
	// CodeChallengeFailed: the answer to a challenge is wrong; the same question may be asked again.
	CodeChallengeFailed Code = "challenge_failed"
	// CodeChallengeExpired: the challenge ran out of time.
	CodeChallengeExpired Code = "challenge_expired"
	// CodeTooManyTries: the bank ended it after too many wrong answers; only a new start helps.
	CodeTooManyTries Code = "too_many_tries"
	// CodeApprovalRefused: the end user said no in the bank's app.
	CodeApprovalRefused Code = "approval_refused"
	// CodeApprovalExpired: nobody answered in the bank's app in time.
	CodeApprovalExpired Code = "approval_expired"
	// CodeCancelled: the end user said no at the bank.
	CodeCancelled Code = "cancelled_by_user"
	// CodeNeedsUser: the background met something that only the end user can do.
	CodeNeedsUser Code = "needs_user"
	// CodeConsentExpired and CodeConsentRevoked: the bank's consent has ended.
	CodeConsentExpired Code = "consent_expired"
	CodeConsentRevoked Code = "consent_revoked"
	// CodeActionNeeded: the end user must act on the bank's site first.
	CodeActionNeeded Code = "site_action_needed"
	// CodeUnavailable: the bank is down; later.
	CodeUnavailable Code = "bank_unavailable"
	// CodeRateLimited: the bank throttles; later.
	CodeRateLimited Code = "rate_limited"
	// CodeNotSupported: this way in does not exist for this login.
	CodeNotSupported Code = "not_supported"
	// CodeMisconfigured: our key, certificate or client is not accepted; the operator's turn.
	CodeMisconfigured Code = "tpp_misconfigured"
	// CodeProtocol: the bank answered something we do not understand.
	CodeProtocol Code = "protocol"
	// CodeBug: our mistake.
	CodeBug Code = "bug"
)

// Error is what a connector returns. Its text never holds a secret: Cause is logged.
type Error struct {
	Code Code
	// Field is the field the error belongs to, if one is.
	Field string
	// UserText is the bank's own words: untrusted, shown as plain text.
	UserText   string
	RetryAfter time.Duration
	Cause      error
}

// Error implements error.
func (e *Error) Error() string {
	s := "connector: " + string(e.Code)
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Level is how a log tells of the error: what an operator or a developer must mend as an error, and what an end user or a bank does in
// the course of things as news.
func (e *Error) Level() slog.Level {
	switch e.Code {
	case CodeBug, CodeProtocol, CodeMisconfigured:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// AsError finds the *Error in a chain. Anything else is CodeBug, but a context's end is CodeUnavailable: the bank was slow.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if isTimeout(err) {
		return &Error{Code: CodeUnavailable, Cause: err}
	}
	return &Error{Code: CodeBug, Cause: err}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Refused says whether the bank had a password and said no to it. A locked login counts: whoever tries it on keeps it locked.
func (c Code) Refused() bool { return c == CodeBadCredentials || c == CodeAccountLocked }

// State maps a code to the state a connection is left in after a pull that failed so.
func (c Code) State() bank.ConnectionState {
	switch c {
	case CodeBadCredentials, CodeAccountLocked:
		return bank.StateWrongpass
	case CodePasswordExpired:
		return bank.StatePasswordExpired
	case CodeNeedsUser, CodeConsentExpired, CodeConsentRevoked, CodeChallengeFailed, CodeChallengeExpired, CodeCancelled,
		CodeTooManyTries, CodeApprovalRefused, CodeApprovalExpired:
		return bank.StateSCARequired
	case CodeActionNeeded:
		return bank.StateActionNeeded
	case CodeUnavailable:
		return bank.StateWebsiteUnavailable
	case CodeRateLimited:
		return bank.StateRateLimiting
	case CodeNotSupported:
		return bank.StateNotSupported
	case CodeMisconfigured, CodeProtocol, CodeBug:
		return bank.StateBug
	}
	return bank.StateBug
}
