package linxo

import (
	"fmt"

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
		named := q.Request().Header.Get(headerUser)
		who := fmt.Sprintf("linxo %s %q %d %d %q", c.Kind, c.Domain, c.ClientID, c.UserID, named)
		if c.Kind == "" { // its credentials are the operation's to check
			client, err := q.RequiredClient()
			if err != nil {
				return err
			}
			who = fmt.Sprintf("linxo claims %d %q", client.ID, client.Secret.Reveal())
		}
		userID := c.UserID
		if userID == 0 {
			if userID, err = q.namedUser(); err != nil {
				return err
			}
		}
		return h.Repeats.Do(q.Context, middleware.Repeatable{Key: key, Who: who, Sent: q.Sent(), UserID: userID}, func() error { return handle(h, q) })
	}
}
