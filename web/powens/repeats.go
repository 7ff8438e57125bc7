package powens

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"passerelle/web/middleware"
	"passerelle/web/params"
)

// once answers an operation that makes something as it was answered before, where the same caller sends the same request with the same
// Idempotency-Key again (R77).
func once(handle func(*Handler, *request) error) func(*Handler, *request) error {
	return func(h *Handler, q *request) error {
		key, err := params.IdempotencyKey(q.Request())
		if err != nil {
			return err
		}
		c := q.caller
		who := fmt.Sprintf("powens %s %q %d %d", c.Kind, c.Domain, c.ClientID, c.UserID)
		if c.Kind == "" { // an operation that takes no access token
			if who, err = q.whoClaims(); err != nil {
				return err
			}
		}
		if who == "" {
			key = "" // nobody in particular, whose key could be anybody's
		}
		return h.Repeats.Do(q.Context, middleware.Repeatable{Key: key, Who: who, Sent: q.Sent(), UserID: q.userID}, func() error { return handle(h, q) })
	}
}

// whoClaims stands for a caller whose credentials the operation checks itself; empty for one without any.
func (q *request) whoClaims() (string, error) {
	client, err := q.Client()
	if err != nil {
		return "", err
	}
	bearer := q.Request().Header.Get(echo.HeaderAuthorization)
	if client.ID == 0 && bearer == "" {
		return "", nil
	}
	return fmt.Sprintf("powens claims %d %q %q", client.ID, client.Secret.Reveal(), bearer), nil
}
