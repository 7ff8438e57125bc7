package powens

import (
	"net/http"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/web/respond"
)

// connectionSources is GET /users/{id|me}/connections/{cid}/sources. A disabled one is there with the flag all alone.
func (h *Handler) connectionSources(q *request) error {
	all, err := q.QueryFlag("all")
	if err != nil {
		return err
	}
	c, err := h.connectionInPath(q)
	if err != nil {
		return err
	}
	out := []connectionSourceObject{}
	if all || c.Active {
		out = append(out, h.sourceOf(c))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"sources": out, "total": len(out)})
}

// connectionSource is GET /users/{id|me}/connections/{cid}/sources/{sid}.
func (h *Handler) connectionSource(q *request) error {
	c, err := h.sourceInPath(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, h.sourceOf(c))
}

// connectionSourceUpdate is POST /users/{id|me}/connections/{cid}/sources/{sid}. The only source of a connection switched off
// is the connection paused.
func (h *Handler) connectionSourceUpdate(q *request) error {
	off, err := q.disabled()
	if err != nil {
		return err
	}
	c, err := h.sourceInPath(q)
	if err != nil {
		return err
	}
	if off != nil {
		on := !*off
		if c, err = h.Direct.Set(q.Request().Context(), q.userID, c.ID, direct.Settings{Active: &on}); err != nil {
			return absent(err)
		}
	}
	return respond.JSON(q, http.StatusOK, h.sourceOf(c))
}

// sourceInPath reads the connection whose source the path names. Each connection has one source, which has its number. One that
// is disabled is as absent without the flag all, to read and to change, as accounts are.
func (h *Handler) sourceInPath(q *request) (bank.Connection, error) {
	all, err := q.QueryFlag("all")
	if err != nil {
		return bank.Connection{}, err
	}
	c, err := h.connectionInPath(q)
	if err != nil {
		return c, err
	}
	id, err := pathID(q.Param("source"), "id_source")
	if err != nil {
		return c, err
	}
	if id != c.ID || !c.Active && !all {
		return c, errAbsent()
	}
	return c, nil
}

func (h *Handler) sourceOf(c bank.Connection) connectionSourceObject {
	connector, _ := h.Directory.ByUUID(c.ConnectorUUID)
	return newConnectionSource(c, connector)
}
