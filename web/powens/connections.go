package powens

import (
	"math"
	"net/http"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

// connections is GET /users/{id|me}/connections.
func (h *Handler) connections(q *request) error {
	all, err := h.Reader.Connections(q.Request().Context(), q.userID)
	if err != nil {
		return absent(err)
	}
	return h.showConnections(q, http.StatusOK, all)
}

// showConnections answers with a page of a user's connections.
func (h *Handler) showConnections(q *request, status int, all []bank.Connection) error {
	expand, err := q.expand()
	if err != nil {
		return err
	}
	limit, err := q.QueryNumber("limit", 1, math.MaxInt32, math.MaxInt32)
	if err != nil {
		return err
	}
	offset, err := q.QueryNumber("offset", 0, math.MaxInt32, 0)
	if err != nil {
		return err
	}
	from := min(offset, len(all))
	page := all[from:min(len(all), from+limit)]
	out := make([]connectionObject, 0, len(page))
	for _, c := range page {
		o, err := h.newConnection(q, c, expand)
		if err != nil {
			return err
		}
		out = append(out, o)
	}
	return respond.JSON(q, status, map[string]any{"connections": out, "total": len(all)})
}

// connection is GET /users/{id|me}/connections/{cid}.
func (h *Handler) connection(q *request) error {
	c, err := h.connectionInPath(q)
	if err != nil {
		return err
	}
	return h.showConnection(q, http.StatusOK, c)
}

// connectionInPath reads the connection that the path names; another user's is absent.
func (h *Handler) connectionInPath(q *request) (bank.Connection, error) {
	id, err := pathID(q.Param("connection"), "id_connection")
	if err != nil {
		return bank.Connection{}, err
	}
	c, err := h.Reader.Connection(q.Request().Context(), q.userID, id)
	return c, absent(err)
}

func (h *Handler) showConnection(q *request, status int, c bank.Connection) error {
	expand, err := q.expand()
	if err != nil {
		return err
	}
	o, err := h.newConnection(q, c, expand)
	if err != nil {
		return err
	}
	return respond.JSON(q, status, o)
}

// connectionDelete is DELETE /users/{id|me}/connections/{cid}: the connection and all that was read through it.
func (h *Handler) connectionDelete(q *request) error {
	id, err := pathID(q.Param("connection"), "id_connection")
	if err != nil {
		return err
	}
	if err := h.Direct.Remove(q.Request().Context(), q.userID, id); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}

// connectionsDelete is DELETE /users/{id|me}/connections: all of them.
func (h *Handler) connectionsDelete(q *request) error {
	if err := h.Direct.RemoveAll(q.Request().Context(), q.userID); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}

func (h *Handler) accountsOf(q *request, c bank.Connection, all bool) ([]accountObject, error) {
	accounts, err := h.Reader.UserAccounts(q.Request().Context(), c.UserID, c.ID, all)
	if err != nil {
		return nil, absent(err)
	}
	out := make([]accountObject, 0, len(accounts))
	for i := range accounts {
		out = append(out, newAccount(&accounts[i]))
	}
	return out, nil
}
