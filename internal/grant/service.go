package grant

import (
	"crypto/rand"
	"errors"
	"io"
	"time"

	"passerelle/internal/fault"
)

// Service issues, redeems and revokes. All that it decides once is decided by one statement of the store; what it keeps in
// memory it may lose.
type Service struct {
	Store Store
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
	// Rand gives the random bytes of ids and secrets and must be safe for concurrent use; nil means crypto/rand.
	Rand io.Reader
}

func (s *Service) now() time.Time {
	if s.Clock == nil {
		return time.Now().UTC()
	}
	return s.Clock().UTC()
}

func (s *Service) random() io.Reader {
	if s.Rand == nil {
		return rand.Reader
	}
	return s.Rand
}

// retryAfter is what a caller is told to wait when the store cannot answer.
const retryAfter = 2 * time.Second

// storeFault makes sure that a store that cannot answer is never taken for an answer (R67): what is not a fault already
// becomes Unavailable, with the cause for the log.
func storeFault(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Unavailable, "The service cannot answer just now. Try again in a moment.").
		WithRetry(retryAfter).WithCause(err)
}

// The answers that must not tell more than they say: each is one constant text whatever the reason (R76, A41).

func errClient() error {
	return fault.New(fault.Unauthenticated, "The client_id or client_secret is not right.").WithCode("invalid_client")
}

func errGrant() error {
	return fault.New(fault.Invalid, "The code is not known, has expired, was used before, or does not belong to this "+
		"client application, redirect_uri or code_verifier.").WithCode("invalid_grant").WithField("code")
}

func errToken() error {
	return fault.New(fault.Unauthenticated, "The access token is not known, has expired or was revoked.").WithCode("invalid_token")
}
