package grant

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"sync"
	"sync/atomic"
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

	// Counter counts refusals and creations; nil means that only what the store counts is limited.
	Counter Counter
	// MAC is the keyed hash that addresses are counted by, at least 16 bytes, the same in every process; nil means one of this
	// process's own, under which a restart forgets what was counted.
	MAC func(message []byte) []byte
	// PasswordCost is what passwords are hashed with; zero means DefaultPasswordCost.
	PasswordCost PasswordCost

	// touching counts the notes of use under way.
	touching  atomic.Int32
	hashing   hashing
	signingIn turns
	// trying are the tries at the page that are under way, by network address.
	trying underWay
	// ownKey is the key of mac where MAC is nil.
	keyed  sync.Once
	ownKey [sha256.Size]byte
}

func (s *Service) mac(message []byte) []byte {
	if s.MAC != nil {
		return s.MAC(message)
	}
	s.keyed.Do(func() { _, _ = rand.Read(s.ownKey[:]) }) // it never fails
	h := hmac.New(sha256.New, s.ownKey[:])
	_, _ = h.Write(message)
	return h.Sum(nil)
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

// storeFault makes Unavailable of a wait that was cut off. The store tells by itself when it cannot answer; whatever else
// comes from it is a bug and stays one. None of it is ever taken for an answer (R67).
func storeFault(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
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

func errUser() error { return fault.New(fault.NotFound, "This user is not known.") }
