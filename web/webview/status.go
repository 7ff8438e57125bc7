package webview

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/fault"
)

// longestPoll is how long a waiting page is held: under the half minute after which proxies give up.
const longestPoll = 25 * time.Second

// askAgain is when a waiting page that is not held should ask again, in seconds.
const askAgain = "5"

// status tells a waiting page whether the attempt has left its step, at once or as soon as it does: {"step":7}. A shutdown
// answers with the step as it is; the page asks again, elsewhere. So does the cap on pages held, with a Retry-After.
func (h *Handler) status(c echo.Context) error {
	lang, id, err := h.attempt(c)
	if err != nil {
		return err
	}
	step, err := strconv.Atoi(c.QueryParam("step"))
	if err != nil {
		return fault.New(fault.Invalid, "step must be a number.").WithField("step")
	}
	release, ok := h.polls.hold(id)
	if !ok {
		return h.statusNow(c, lang, id)
	}
	defer release()
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	if h.Draining != nil {
		go func() {
			select {
			case <-h.Draining:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	now, err := h.Visits.Await(ctx, id, h.Browser.Bind(c.Request(), id), step, longestPoll, psuOf(c, lang))
	switch {
	case err != nil && ctx.Err() != nil:
		now = step // let go of in the middle of a look: nothing is known to have changed
	case err != nil:
		return err
	}
	return c.JSON(http.StatusOK, map[string]int{"step": now})
}

// statusNow answers a waiting page that is one too many to be held: it hears the step and when to ask again.
func (h *Handler) statusNow(c echo.Context, lang, id string) error {
	now, err := h.Visits.Status(c.Request().Context(), id, h.Browser.Bind(c.Request(), id), psuOf(c, lang))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderRetryAfter, askAgain)
	return c.JSON(http.StatusOK, map[string]int{"step": now})
}
