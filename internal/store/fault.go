package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/process"
)

// retryAfter is what a caller is told to wait when the store cannot answer: a queue of writes empties in a fraction of it.
const retryAfter = time.Second

// translate is the one place where errors of the database become errors of the project. noun names what was looked for or
// written ("client application"), for the reader of the message; values never get into an error.
func translate(noun string, err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, connect.ErrStale), errors.Is(err, connect.ErrCodeSpent):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return notFound(noun)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("store: %s: %w", noun, err)
	case errors.Is(err, context.DeadlineExceeded), cannotAnswer(err),
		// Others do the work now; the process has another number soon, and is asked again with that.
		errors.Is(err, process.ErrLost),
		errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone), errors.Is(err, errClosed):
		return unavailable(fmt.Errorf("store: %s: %w", noun, err))
	default:
		return fmt.Errorf("store: %s: %w", noun, err)
	}
}

func notFound(noun string) error {
	return fault.New(fault.NotFound, "There is no such %s.", noun)
}

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "The service cannot read or store just now. Try again in a moment.").
		WithRetry(retryAfter).WithCause(cause)
}
