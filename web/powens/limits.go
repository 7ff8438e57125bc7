package powens

import (
	"passerelle/internal/fault"
	"passerelle/web/params"
)

// proved lets in who presents a good access token, within what its client application and domain may ask.
func (h *Handler) proved(q *request, n need) error {
	if err := h.Limits.Known(q); err != nil {
		return err
	}
	err := h.authorize(q, n)
	if fault.Is(err, fault.Unauthenticated) {
		return h.Limits.Wrong(q, err)
	}
	// What the token is not good for is asked by its client application all the same.
	if over := h.Limits.Caller(q, q.caller.Domain, q.caller.ClientID, q.caller.UserID); over != nil {
		return over
	}
	return err
}

// unproved runs an operation that takes no access token. Those that take a client application's credentials are held to its limit
// when these turn out to be right: until then they are only said to be its own.
func (h *Handler) unproved(q *request, r route) error {
	switch r.path {
	case pathInit, pathTokenAccess, pathRenew:
	default:
		if err := h.Limits.Stranger(q); err != nil {
			return err
		}
		return r.handle(h, q)
	}
	if err := h.Limits.Known(q); err != nil {
		return err
	}
	client, err := q.Client()
	if err != nil {
		return err
	}
	if client.ID == 0 {
		if scheme, _, _ := params.Authorization(q.Request()); scheme == "" {
			if err := h.Limits.Begin(q); err != nil {
				return err
			}
		}
	} else if err := h.Limits.Claimed(q, client.ID); err != nil {
		return err
	}
	if err := r.handle(h, q); err != nil {
		return h.Limits.Wrong(q, err)
	}
	h.Limits.Spent(q, client.ID)
	return nil
}
