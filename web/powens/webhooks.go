package powens

import (
	"encoding/json"
	"net/http"

	"passerelle/internal/webhook"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// mostWebhooks is how many entries one answer about webhooks lists.
const mostWebhooks = 1000

// webhooks is GET /webhooks; with the flag all, deleted ones too.
func (h *Handler) webhooks(q *request) error {
	all, err := q.QueryFlag("all")
	if err != nil {
		return err
	}
	limit, offset, err := q.page(mostWebhooks)
	if err != nil {
		return err
	}
	list, err := h.Webhooks.Store.ListReceivers(q.Request().Context(), webhook.ReceiverFilter{
		Domain: q.caller.Domain, Deleted: all, Limit: limit, Offset: offset,
	})
	if err != nil {
		return err
	}
	out := make([]webhookObject, 0, len(list))
	for _, r := range list {
		out = append(out, newWebhook(r))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"webhooks": out, "total": len(out)})
}

// page reads limit and offset.
func (q *request) page(most int) (limit, offset int, err error) {
	if limit, err = q.QueryNumber("limit", 1, most, most); err != nil {
		return 0, 0, err
	}
	offset, err = q.QueryNumber("offset", 0, mostOffset, 0)
	return limit, offset, err
}

// anywhere lets parameters of the query count as parameters of the body: clients of the live service send them there.
func (q *request) anywhere() {
	for name, text := range q.Query {
		if !q.Has(name) {
			q.Body[name] = params.Value{Kind: params.KindText, Text: text}
		}
	}
}

// webhookCreate is POST /webhooks.
func (h *Handler) webhookCreate(q *request) error {
	q.anywhere()
	c, err := q.webhookChange()
	if err != nil {
		return err
	}
	n := webhook.NewReceiver{Domain: q.caller.Domain}
	take(&n.Event, c.Event)
	take(&n.URL, c.URL)
	take(&n.UserID, c.UserID)
	take(&n.ServiceID, c.ServiceID)
	take(&n.AuthID, c.AuthID)
	take(&n.Params, c.Params)
	made, err := h.Webhooks.Register(q.Request().Context(), n)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newWebhook(made))
}

func take[T any](into *T, v *T) {
	if v != nil {
		*into = *v
	}
}

// webhookChange reads what the body says of a receiver; what it does not name stays as it is.
func (q *request) webhookChange() (c webhook.Change, err error) {
	if c.URL, err = q.OptionalText("url", mostOffset); err != nil {
		return c, err
	}
	if c.Event, err = q.eventName(); err != nil {
		return c, err
	}
	for name, into := range map[string]**int64{"id_user": &c.UserID, "id_service": &c.ServiceID, "id_auth": &c.AuthID} {
		if !q.Has(name) {
			continue
		}
		id, err := q.ID(name)
		if err != nil {
			return c, err
		}
		*into = &id
	}
	if c.Params, err = q.webhookParams(); err != nil {
		return c, err
	}
	disabled, err := q.OptionalFlag("disabled")
	if err != nil {
		return c, err
	}
	if disabled != nil {
		enabled := !*disabled
		c.Enabled = &enabled
	}
	c.Deleted, err = q.Flag("deleted")
	return c, err
}

// eventName reads event, a name, or id_event, our number of one.
func (q *request) eventName() (*string, error) {
	name, err := q.OptionalText("event", 100)
	if err != nil || name != nil || !q.Has("id_event") {
		return name, err
	}
	id, err := q.ID("id_event")
	if err != nil {
		return nil, err
	}
	for _, k := range webhook.Kinds {
		if int64(k.ID) == id {
			return &k.Name, nil
		}
	}
	return nil, params.ErrValue("id_event", "is not the id of an event; GET /webhooks_events lists them")
}

// webhookParams reads params, of which compression alone does something. Names to add to payloads are kept as they were.
func (q *request) webhookParams() (*webhook.Params, error) {
	if !q.Has("params") {
		return nil, nil
	}
	given, err := q.Nested("params")
	if err != nil || given == nil {
		return &webhook.Params{}, err
	}
	out := &webhook.Params{}
	if raw, ok := given["compression"]; ok {
		var on bool
		if json.Unmarshal(raw, &on) != nil {
			return nil, params.ErrValue("params.compression", "must be true or false")
		}
		out.Compress = &on
	}
	text, err := json.Marshal(given)
	out.Given = string(text)
	return out, err
}

// webhook is GET /webhooks/{id}.
func (h *Handler) webhook(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newWebhook(r))
}

// receiver finds the webhook in the path.
func (h *Handler) receiver(q *request) (webhook.Receiver, error) {
	id, err := pathID(q.Param("webhook"), "id_webhook")
	if err != nil {
		return webhook.Receiver{}, err
	}
	r, err := h.Webhooks.Store.Receiver(q.Request().Context(), q.caller.Domain, id)
	return r, absent(err)
}

// webhookUpdate is POST or PUT /webhooks/{id}.
func (h *Handler) webhookUpdate(q *request) error {
	q.anywhere()
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	c, err := q.webhookChange()
	if err != nil {
		return err
	}
	if c.Params != nil {
		c.Params.AddToData = r.Params.AddToData
	}
	return h.changeWebhook(q, r.ID, c)
}

func (h *Handler) changeWebhook(q *request, id int64, c webhook.Change) error {
	now, err := h.Webhooks.Change(q.Request().Context(), q.caller.Domain, id, c)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, newWebhook(now))
}

// webhookDelete is DELETE /webhooks/{id}.
func (h *Handler) webhookDelete(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	if _, err := h.Webhooks.Change(q.Request().Context(), q.caller.Domain, r.ID, webhook.Change{Deleted: true}); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}

// webhooksDelete is DELETE /webhooks: all of them.
func (h *Handler) webhooksDelete(q *request) error {
	ctx := q.Request().Context()
	list, err := h.Webhooks.Store.ListReceivers(ctx, webhook.ReceiverFilter{Domain: q.caller.Domain})
	if err != nil {
		return err
	}
	for _, r := range list {
		if _, err := h.Webhooks.Change(ctx, q.caller.Domain, r.ID, webhook.Change{Deleted: true}); err != nil {
			return err
		}
	}
	return q.NoContent(http.StatusNoContent)
}
