package external

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// mostUserText caps what a bank may say to the end user, in characters.
const mostUserText = 500

// codes are those that a program may answer with.
var codes = []connector.Code{ //nolint:gochecknoglobals // a table
	connector.CodeBadCredentials, connector.CodePasswordExpired, connector.CodeAccountLocked, connector.CodeChallengeFailed,
	connector.CodeChallengeExpired, connector.CodeTooManyTries, connector.CodeApprovalRefused, connector.CodeApprovalExpired,
	connector.CodeCancelled, connector.CodeNeedsUser, connector.CodeConsentExpired, connector.CodeConsentRevoked,
	connector.CodeActionNeeded, connector.CodeUnavailable, connector.CodeRateLimited, connector.CodeNotSupported,
	connector.CodeMisconfigured, connector.CodeProtocol, connector.CodeBug,
}

// fail makes the error of a call. The text is ours, or has gone through the veil.
func (c *call) fail(code connector.Code, why string) error {
	return &connector.Error{Code: code, Cause: fmt.Errorf("the external connector %s, asked to %s: %s", c.config.Name, c.method, c.veil.over(why))}
}

// wrong is a program that says what the protocol does not allow.
func (c *call) wrong(why string) error {
	return c.fail(connector.CodeProtocol, bank.CleanText(why, mostUserText))
}

// slow is a program that took longer than the host waits, or a host that waits no more.
func (c *call) slow(ctx context.Context) error {
	return &connector.Error{
		Code:  connector.CodeUnavailable,
		Cause: fmt.Errorf("the external connector %s, asked to %s, had not answered: %w", c.config.Name, c.method, ctx.Err()),
	}
}

// errMethod is a method that a program does not have.
var errMethod = errors.New("it has no such method")

// refused reads the error of an answer. Its message is for the log of the program's author alone: it may hold anything.
func (c *call) refused(f *failure) error {
	if f.Code == methodNotFound {
		return &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("the external connector %s, asked to %s: %w", c.config.Name, c.method, errMethod)}
	}
	if f.Data == nil {
		return c.fail(connector.CodeBug, fmt.Sprintf("it answers with the error %d and does not say which it is (data.code)", f.Code))
	}
	code := connector.Code(f.Data.Code)
	if !slices.Contains(codes, code) {
		return c.wrong("it answers with an error of a code that there is not")
	}
	const most = 7 * 24 * time.Hour
	after := min(max(time.Duration(f.Data.RetryAfter), 0), most/time.Second) * time.Second
	return &connector.Error{
		Code: code, Field: bank.CleanText(c.veil.over(f.Data.Field), mostID), UserText: bank.CleanText(c.veil.over(f.Data.UserText), mostUserText), RetryAfter: after,
		Cause: fmt.Errorf("the external connector %s, asked to %s, says so", c.config.Name, c.method),
	}
}
