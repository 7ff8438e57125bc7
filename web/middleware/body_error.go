package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"passerelle/internal/fault"
)

// BodyError makes a fault of what reading a request body failed with: the cap (413), the peer's silence (408), anything else
// (400). The reader's own text goes nowhere, not even into the log: net/http quotes the body in it, such as the line of a
// chunked trailer that is none, and with it whatever was typed (R47). Its type says enough for the log.
func BodyError(err error) error {
	if over := TooLarge(err); fault.Is(over, fault.TooLarge) {
		return over
	}
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return fault.New(fault.Timeout, "The request body did not arrive in time: send it again.").WithCause(errors.New("body: timed out"))
	}
	f := fault.New(fault.Invalid, "The request body did not arrive whole: send it again.")
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return f.WithCause(errors.New("body: ended early"))
	case errors.Is(err, context.Canceled):
		return f.WithCause(errors.New("body: the peer went away"))
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return f.WithCause(fmt.Errorf("body: %T", err))
}
