package repeat

import (
	"bytes"
	"context"
	"errors"
	"time"

	"passerelle/internal/fault"
)

const (
	// Keep is how long an answer can be asked for again.
	Keep = 24 * time.Hour
	// underWay is how long a first request may take before it counts as cut off: longer than any handler may.
	underWay = time.Minute
	// again is when it makes sense to ask for the answer of one that is under way.
	again = 2 * time.Second
	// settling is how long the end of a request may take to be written down, whoever waits for its answer.
	settling = 2 * time.Second
)

// Claim is a request that wants to be the first of its key.
type Claim struct {
	// Name stands for caller, operation and key: a hash from which none of them can be read.
	Name []byte
	// Request stands for all that was asked for; a hash, too.
	Request []byte
	// UserID is whose it is, where it is a user's: it ends with them.
	UserID int64
	// Now is when it came, Until when it counts as cut off, Over before when another one must have come to be forgotten.
	Now, Until, Over time.Time
}

// Kept is what a store has under a name.
type Kept struct {
	ID      int64
	Request []byte
	// Answer is nil while there is none.
	Answer []byte
	Until  time.Time
}

// Store keeps claims and answers. Claim inserts a claim, or gives what is there already: one statement decides. What is kept is
// personal, and holds secrets: answers are sealed.
type Store interface {
	ClaimRepeat(ctx context.Context, c Claim) (kept Kept, first bool, err error)
	KeepAnswer(ctx context.Context, id int64, answer []byte) error
	DropRepeat(ctx context.Context, id int64) error
}

// Service decides what a repeated request is answered.
type Service struct {
	Store Store
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
}

func (s *Service) now() time.Time {
	if s.Clock == nil {
		return time.Now().UTC()
	}
	return s.Clock().UTC()
}

// Begin claims the key of a request. It gives the answer that is kept, or the id to end the claim by (End). Another request with the key
// is fault.Unprocessable; one whose first is under way, or was cut off, fault.Conflict.
func (s *Service) Begin(ctx context.Context, name, request []byte, userID int64) (id int64, answer []byte, err error) {
	now := s.now()
	kept, first, err := s.Store.ClaimRepeat(ctx, Claim{Name: name, Request: request, UserID: userID, Now: now, Until: now.Add(underWay), Over: now.Add(-Keep)})
	switch {
	case err != nil:
		return 0, nil, err
	case first:
		return kept.ID, nil, nil
	case !bytes.Equal(kept.Request, request):
		return 0, nil, fault.New(fault.Unprocessable, "This Idempotency-Key was sent with another request before: send a new key with each new request.")
	case kept.Answer != nil:
		return 0, kept.Answer, nil
	case now.Before(kept.Until):
		return 0, nil, fault.New(fault.Conflict, "The first request with this Idempotency-Key is still under way: ask again in a moment.").WithRetry(again)
	}
	return 0, nil, fault.New(fault.Conflict, "The first request with this Idempotency-Key was cut off, and it is not known what it made: look, and "+
		"send it again with a new key if it is not there.")
}

// End ends a claim: with the answer that was given, or with the error instead of one. The answer is the caller's already when it cannot be
// kept; who repeats the request is told to look then.
func (s *Service) End(ctx context.Context, id int64, answer []byte, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
	defer cancel()
	switch {
	case failed == nil:
		return s.Store.KeepAnswer(ctx, id, answer)
	case madeNothing(failed):
		return s.Store.DropRepeat(ctx, id)
	}
	return nil
}

// madeNothing says whether an error is a refusal. What was cut off, what nobody knows the end of, and what is a mistake of ours may have made
// something before.
func madeNothing(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return false
	}
	return !errors.Is(err, fault.ErrOutcomeUnknown) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
