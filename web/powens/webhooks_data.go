package powens

import (
	"net/http"
	"slices"

	"passerelle/internal/webhook"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// mostAdded and mostKey bound the names that are kept to be added to payloads.
const (
	mostAdded = 50
	mostKey   = 100
)

// addToData is GET /webhooks/{id}/add_to_data.
func (h *Handler) addToData(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"add_to_data": texts(r.Params.AddToData)})
}

// addToDataSet is POST /webhooks/{id}/add_to_data, with a list of keys, or …/{key} with one more. Users have no settings here:
// the names are kept and add nothing.
func (h *Handler) addToDataSet(q *request) error {
	q.anywhere()
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	keys := r.Params.AddToData
	if key := q.Param("key"); key != "" {
		keys = append(slices.Clone(keys), key)
	} else {
		for _, name := range []string{"keys", "key", "add_to_data"} {
			given, err := q.Texts(name)
			if err != nil {
				return err
			}
			if given != nil {
				keys = append(slices.Clone(keys), *given...)
			}
		}
	}
	// A key is held to what the name of a parameter is, wherever it was sent.
	bad := func(k string) bool { return k == "" || len(k) > mostKey || params.CheckName(k) != nil }
	if len(keys) > mostAdded || slices.ContainsFunc(keys, bad) {
		return params.ErrValue("key", "must be 1 to 100 bytes of plain text without brackets, and there can be 50 of them")
	}
	return h.changeAdded(q, r, keys)
}

// addToDataDelete is DELETE /webhooks/{id}/add_to_data[/{key}].
func (h *Handler) addToDataDelete(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	var keys []string
	if key := q.Param("key"); key != "" {
		if keys = slices.DeleteFunc(slices.Clone(r.Params.AddToData), func(k string) bool { return k == key }); len(keys) == len(r.Params.AddToData) {
			return errAbsent()
		}
	}
	return h.changeAdded(q, r, keys)
}

func (h *Handler) changeAdded(q *request, r webhook.Receiver, keys []string) error {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	p := r.Params
	p.AddToData = keys
	return h.changeWebhook(q, r.ID, webhook.Change{Params: &p})
}
