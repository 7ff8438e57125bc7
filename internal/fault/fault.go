package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong, whoever asked.
type Kind string

// The kinds. web/respond maps each to a status; a dialect maps each to its own code.
const (
	// Invalid: the request is malformed or a value is not acceptable (400).
	Invalid Kind = "invalid"
	// Unauthenticated: no credential, or one that is not good (401).
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: a good credential that may not do this (403).
	Forbidden Kind = "forbidden"
	// NotFound: absent, or not the caller's; the two answer alike (404).
	NotFound Kind = "not_found"
	// Conflict: the state does not allow it now (409).
	Conflict Kind = "conflict"
	// Unprocessable: well-formed, and at odds with what was sent before (422).
	Unprocessable Kind = "unprocessable"
	// Gone: it was there and has ended, such as an expired attempt (410 on a page of ours).
	Gone Kind = "gone"
	// TooLarge: the body or a value is over its cap (413).
	TooLarge Kind = "too_large"
	// Timeout: the peer was silent in the middle of its request (408).
	Timeout Kind = "timeout"
	// Unsupported: a media type that is not read here (415).
	Unsupported Kind = "unsupported"
	// MethodNotAllowed: a known path with another method (405).
	MethodNotAllowed Kind = "method_not_allowed"
	// Misdirected: a Host that is not ours (421).
	Misdirected Kind = "misdirected"
	// Limited: too many requests (429, Retry-After).
	Limited Kind = "limited"
	// Unavailable: the store or a bank cannot answer now (503, Retry-After).
	Unavailable Kind = "unavailable"
	// Internal: a bug (500).
	Internal Kind = "internal"
)

// ErrOutcomeUnknown is among the causes of a fault where what was asked for may have been done all the same.
var ErrOutcomeUnknown = errors.New("it is not known whether this was done")

// Error is a fault: a kind, a stable code where a dialect has one, a message safe to show, and the field it concerns.
type Error struct {
	Kind Kind
	// Code is a finer name such as invalid_grant or wrongpass; empty when the kind says enough.
	Code string
	// Message names what is wrong and the remedy. It never holds a secret or an internal.
	Message string
	// Field is the parameter or form field concerned, if one is.
	Field string
	// Said is what the bank said to the end user, cleaned: to be shown as its words, where there are any.
	Said string
	// RetryAfter is when trying again makes sense (Limited, Unavailable).
	RetryAfter time.Duration
	// Cause is for the log alone.
	Cause error
}

// Error implements error. It is meant for the log and so includes the cause.
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Code != "" {
		s += "/" + e.Code
	}
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	s += ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault with a message in the manner of fmt.Sprintf.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// WithCode names the fault more finely and returns it.
func (e *Error) WithCode(code string) *Error { e.Code = code; return e }

// WithField names the parameter concerned and returns the fault.
func (e *Error) WithField(field string) *Error { e.Field = field; return e }

// WithCause keeps an error for the log and returns the fault.
func (e *Error) WithCause(err error) *Error { e.Cause = err; return e }

// WithSaid keeps the bank's own words, cleaned, and returns the fault.
func (e *Error) WithSaid(words string) *Error { e.Said = words; return e }

// WithRetry says when trying again makes sense and returns the fault.
func (e *Error) WithRetry(after time.Duration) *Error { e.RetryAfter = after; return e }

// As finds the fault in an error chain; anything else becomes an Internal one with the error as cause.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{Kind: Internal, Message: "Something went wrong on our side.", Cause: err}
}

// Is says whether an error is a fault of that kind.
func Is(err error, kind Kind) bool {
	var f *Error
	return errors.As(err, &f) && f.Kind == kind
}
