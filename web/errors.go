package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/web/middleware"
)

// shape is how errors below a path prefix are shown.
type shape struct {
	prefix string
	show   func(c echo.Context, err error)
}

// showError answers a request that failed: in the shape of the area it came to, else as a page. Causes go to the log here,
// once, beside the request id; a client that hung up is not an error of ours.
func (s *Server) showError(err error, c echo.Context) {
	if c.Response().Committed {
		s.logCause(c, err)
		return
	}
	err = late(middleware.TooLarge(notYours(fromEcho(err, c.Request().URL.Path))))
	s.logCause(c, err)
	if wentAway(c.Request().Context(), err) {
		_ = c.NoContent(statusWentAway)
		return
	}
	defer func() {
		// The last resort: whatever shows errors has failed itself.
		if v := recover(); v != nil && !c.Response().Committed {
			s.deps.Log.ErrorContext(c.Request().Context(), "the error could not be shown", "panic", middleware.PanicText(v))
			_ = c.String(http.StatusInternalServerError, "Something went wrong on our side. Reference: "+
				middleware.ID(c.Request().Context())+"\n")
		}
	}()
	middleware.Tidy(c.Response().Header())
	path := c.Request().URL.Path
	for _, sh := range s.shapes {
		if strings.HasPrefix(path, sh.prefix) {
			sh.show(c, err)
			return
		}
	}
	s.deps.Pages.ShowError(c, err)
}

// statusWentAway is what log and metrics say of a request whose browser went away while we worked: it is no failure of ours,
// and nobody reads the answer. The number is nginx's.
const statusWentAway = 499

func wentAway(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled)
}

// logCause writes what must not be shown.
func (s *Server) logCause(c echo.Context, err error) {
	ctx := c.Request().Context()
	var p *middleware.PanicError
	if errors.As(err, &p) {
		s.deps.Log.ErrorContext(ctx, "panic", "what", p.What, "stack", p.Stack, "route", middleware.Route(c), "request_id", middleware.ID(ctx))
		return
	}
	f := fault.As(err)
	level := slog.LevelInfo
	switch {
	case wentAway(ctx, err):
		// The browser went away while we worked: nobody's mistake.
	case f.Kind == fault.Internal:
		level = slog.LevelError
	case f.Cause == nil:
		// Said all there is to say. Requests that are refused by the thousand have no cause either: the metrics count them.
		return
	case f.Kind == fault.Unavailable:
		level = slog.LevelError
	}
	s.deps.Log.Log(ctx, level, "request failed", "error", err, "route", middleware.Route(c), "request_id", middleware.ID(ctx))
}

// late makes a fault of what ended with its time and is none yet: somebody was waited for in vain, and asking again may help.
func late(err error) error {
	var known *fault.Error
	if errors.As(err, &known) || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.Unavailable, "This could not be done in time. Try again in a moment.").WithRetry(time.Second).WithCause(err)
}

// notYours makes a fault of the refusal of a browser that has no claim to a visit: anybody may ask, and that is no failure of ours.
func notYours(err error) error {
	if errors.Is(err, connect.ErrNotYours) {
		return fault.New(fault.Forbidden, "This browser did not start the visit.")
	}
	return err
}

// described is where the addresses stand that have a readable description, at docs below it.
const described = "/2.0/"

// fromEcho makes faults of echo's own errors, which come from its router.
func fromEcho(err error, path string) error {
	var he *echo.HTTPError
	if !errors.As(err, &he) {
		return err
	}
	switch he.Code {
	case http.StatusNotFound:
		if strings.HasPrefix(path, described) {
			return fault.New(fault.NotFound, "There is nothing at this address. %sdocs lists the addresses that there are.", described)
		}
		return fault.New(fault.NotFound, "There is nothing at this address.")
	case http.StatusMethodNotAllowed:
		return fault.New(fault.MethodNotAllowed, "This address does not answer this method: see Allow.")
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "The request body is too large.")
	case http.StatusUnsupportedMediaType:
		return fault.New(fault.Unsupported, "This media type is not read here.")
	case http.StatusBadRequest:
		// Its own text may quote what was sent.
		return fault.New(fault.Invalid, "The request cannot be read.")
	}
	return err
}
