package powens

import (
	"net/http"
	"time"

	"passerelle/internal/webhook"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// webhookLogs is GET /webhooks/{id}/logs: every try, newest first.
func (h *Handler) webhookLogs(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	limit, offset, err := q.page(mostWebhooks)
	if err != nil {
		return err
	}
	list, err := h.Webhooks.Store.DeliveryLogs(q.Request().Context(), r.ID, limit, offset)
	if err != nil {
		return err
	}
	out := make([]webhookLogObject, 0, len(list))
	for _, l := range list {
		out = append(out, newWebhookLog(l))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"webhooklogs": out, "total": len(out)})
}

// webhookDeliveries is GET /webhooks/{id}/deliveries: every payload, newest first, with state, min_date and max_date to narrow it.
func (h *Handler) webhookDeliveries(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"state": q.Query["state"], "min_date": q.Query["min_date"], "max_date": q.Query["max_date"]} {
		q.Body[name] = params.Value{Kind: params.KindText, Text: text}
	}
	f, err := q.deliveryFilter(r.ID)
	if err != nil {
		return err
	}
	if f.Limit, f.Offset, err = q.page(mostWebhooks); err != nil {
		return err
	}
	list, err := h.Webhooks.Store.Deliveries(q.Request().Context(), f)
	if err != nil {
		return err
	}
	out := make([]deliveryObject, 0, len(list))
	for _, d := range list {
		out = append(out, newDelivery(d))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"deliveries": out, "total": len(out)})
}

// states are the deliveries that can be asked for by state.
var states = map[string]webhook.State{
	"": "", "held": webhook.Held, "waiting": webhook.Waiting, "delivered": webhook.Delivered, "given_up": webhook.GivenUp,
	"dropped": webhook.Dropped,
}

// deliveryFilter reads state, min_date and max_date.
func (q *request) deliveryFilter(receiverID int64) (f webhook.DeliveryFilter, err error) {
	f.ReceiverID = receiverID
	state, err := q.Text("state")
	if err != nil {
		return f, err
	}
	known := false
	if f.State, known = states[state]; !known {
		return f, params.ErrValue("state", "must be held, waiting, delivered, given_up or dropped")
	}
	if f.From, err = q.webhookTime("min_date", false); err != nil {
		return f, err
	}
	f.To, err = q.webhookTime("max_date", true)
	return f, err
}

// webhookTime reads a time as this dialect writes it: with or without the time of day. A last day counts whole.
func (q *request) webhookTime(name string, last bool) (*time.Time, error) {
	s, err := q.Text(name)
	if err != nil || s == "" {
		return nil, err
	}
	if t, err := time.ParseInLocation(stampLayout, s, paris); err == nil {
		if last {
			t = t.Add(time.Second)
		}
		return &t, nil
	}
	t, err := time.ParseInLocation(dateLayout, s, paris)
	if err != nil {
		return nil, params.ErrValue(name, "must be a date such as 2026-03-31 or 2026-03-31 12:00:00")
	}
	if last {
		t = t.AddDate(0, 0, 1)
	}
	return &t, nil
}

// webhookRedeliver is POST /webhooks/{id}/deliveries/{did}/redeliver.
func (h *Handler) webhookRedeliver(q *request) error {
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("delivery"), "id_webhook_data")
	if err != nil {
		return err
	}
	if err := h.Webhooks.Store.RedeliverOne(q.Request().Context(), r.ID, id, h.now()); err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"redelivered": 1})
}

// webhookRedeliverAll is POST /webhooks/{id}/redeliver: what was given up, or what state says, within min_date and max_date.
func (h *Handler) webhookRedeliverAll(q *request) error {
	q.anywhere()
	r, err := h.receiver(q)
	if err != nil {
		return err
	}
	f, err := q.deliveryFilter(r.ID)
	if err != nil {
		return err
	}
	if f.State == "" {
		f.State = webhook.GivenUp
	}
	n, err := h.Webhooks.Store.Redeliver(q.Request().Context(), f, h.now())
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"redelivered": n})
}

// webhookEvents is GET /webhooks_events.
func (h *Handler) webhookEvents(q *request) error {
	out := make([]eventObject, 0, len(webhook.Kinds))
	for _, k := range webhook.Kinds {
		out = append(out, eventObject{k.ID, k.Name, k.Sent, k.About})
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"webhookevents": out, "total": len(out)})
}

// testWebhooks is POST /test/webhooks: a payload of no meaning to the webhook that id_webhook names.
func (h *Handler) testWebhooks(q *request) error {
	q.anywhere()
	id, err := q.ID("id_webhook")
	if err != nil {
		return err
	}
	if id == 0 {
		return params.ErrMissing("id_webhook")
	}
	d, err := h.Webhooks.SendTest(q.Request().Context(), q.caller.Domain, id)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, newDelivery(d))
}

// testSync is POST /test/sync: the connection that id_connection names is read, and its events go out.
func (h *Handler) testSync(q *request) error {
	q.anywhere()
	id, err := q.ID("id_connection")
	if err != nil {
		return err
	}
	if id == 0 {
		return params.ErrMissing("id_connection")
	}
	if err := h.Webhooks.Store.QueueSync(q.Request().Context(), q.caller.Domain, id); err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"id_connection": id, "queued": true})
}
