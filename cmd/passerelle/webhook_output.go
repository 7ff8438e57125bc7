package main

import (
	"context"
	"time"

	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// webhookView is a receiver as --json prints it. The keys are stable: other programs read them.
type webhookView struct {
	ID        int64      `json:"id"`
	Dialect   string     `json:"dialect"`
	Event     string     `json:"event"`
	URL       string     `json:"url"`
	UserID    int64      `json:"user_id,omitempty"`
	ClientID  int64      `json:"client_id,omitempty"`
	AuthID    int64      `json:"auth_id,omitempty"`
	Disabled  string     `json:"disabled,omitempty"`
	Failures  int        `json:"failures"`
	Failing   *time.Time `json:"failing_since,omitempty"`
	RetryAt   *time.Time `json:"retry_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

type webhooksView struct {
	Webhooks []webhookView `json:"webhooks"`
}

func webhookViewOf(r webhook.Receiver) webhookView {
	return webhookView{
		r.ID, r.Dialect, r.Event, r.URL, r.UserID, r.ClientID, r.AuthID, r.Disabled, r.Failures, seconds(r.Failing), seconds(r.RetryAt),
		r.Created.UTC().Truncate(time.Second), seconds(r.Deleted),
	}
}

func seconds(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC().Truncate(time.Second)
	return &at
}

// utc is a time for people, with its zone.
func utc(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

// printWebhooks prints receivers, with what is wrong with them and what can be done about it.
func (d *dataFlags) printWebhooks(s streams, list ...webhook.Receiver) error {
	if d.JSON && len(list) == 1 {
		return printJSON(s.out, webhookViewOf(list[0]))
	}
	for _, r := range list {
		health := "well"
		switch {
		case r.Deleted != nil:
			health = "deleted"
		case r.Disabled == webhook.DisabledGone:
			health = "disabled: it answered 410 Gone; when it is back: passerelle webhook enable"
		case r.Disabled != "":
			health = "disabled " + r.Disabled
		case webhook.Broken(r.Failures) && r.RetryAt != nil:
			health = "nothing arrives since " + utc(*r.Failing) + "; tried again at " + utc(*r.RetryAt) + "; see: passerelle webhook logs"
		case r.Failures > 0:
			health = "failing since " + utc(*r.Failing) + "; see: passerelle webhook logs"
		}
		event := r.Event
		if r.Dialect != webhook.Dialect {
			event = r.Dialect + " UPDATED"
		}
		if err := printf(s.out, "%-4d %-22s %s\n     %s\n", r.ID, event, r.URL, health); err != nil {
			return err
		}
	}
	return nil
}

// deliveryView is a payload as --json prints it.
type deliveryView struct {
	ID           int64      `json:"id"`
	Event        string     `json:"event"`
	UserID       int64      `json:"user_id,omitempty"`
	ConnectionID int64      `json:"connection_id,omitempty"`
	State        string     `json:"state"`
	Tries        int        `json:"tries"`
	CreatedAt    time.Time  `json:"created_at"`
	NextTry      *time.Time `json:"next_try,omitempty"`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

func deliveryViewOf(d webhook.Delivery) deliveryView {
	return deliveryView{
		d.ID, d.Event, d.UserID, d.ConnectionID, string(d.State), d.Tries, d.Created.UTC().Truncate(time.Second), seconds(d.NextTry), seconds(d.Ended),
	}
}

// webhookDeliveriesCommand lists payloads.
type webhookDeliveriesCommand struct {
	webhookID

	State string `help:"Only those that are held, waiting, delivered, given_up or dropped." default:"" enum:",held,waiting,delivered,given_up,dropped" placeholder:"STATE"`
	Limit int    `help:"How many." default:"20"`
}

// Run implements the command.
func (c *webhookDeliveriesCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		if _, err := w.Store.Receiver(ctx, grant.DefaultDomain, c.ID); err != nil {
			return noWebhook(err, c.ID)
		}
		list, err := w.Store.Deliveries(ctx, webhook.DeliveryFilter{ReceiverID: c.ID, State: webhook.State(c.State), Limit: c.Limit})
		if err != nil {
			return err
		}
		views := make([]deliveryView, 0, len(list))
		for _, d := range list {
			views = append(views, deliveryViewOf(d))
		}
		if c.JSON {
			return printJSON(s.out, map[string]any{"deliveries": views})
		}
		for _, v := range views {
			if err := printf(s.out, "%-8d %s  %-22s %-9s %d tries\n", v.ID, utc(v.CreatedAt), v.Event, v.State, v.Tries); err != nil {
				return err
			}
		}
		return nil
	})
}

// logView is a try as --json prints it.
type logView struct {
	DeliveryID int64      `json:"delivery_id"`
	Event      string     `json:"event"`
	SentAt     time.Time  `json:"sent_at"`
	Status     int        `json:"status,omitempty"`
	Problem    string     `json:"problem,omitempty"`
	Answer     string     `json:"answer,omitempty"`
	NextTry    *time.Time `json:"next_try,omitempty"`
}

// webhookLogsCommand lists tries.
type webhookLogsCommand struct {
	webhookID

	Limit int `help:"How many." default:"20"`
}

// Run implements the command.
func (c *webhookLogsCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		if _, err := w.Store.Receiver(ctx, grant.DefaultDomain, c.ID); err != nil {
			return noWebhook(err, c.ID)
		}
		list, err := w.Store.DeliveryLogs(ctx, c.ID, c.Limit, 0)
		if err != nil {
			return err
		}
		views := make([]logView, 0, len(list))
		for _, l := range list {
			views = append(views, logView{l.DeliveryID, l.Event, l.Sent.UTC().Truncate(time.Second), l.Status, l.Problem, l.Answer, seconds(l.NextTry)})
		}
		if c.JSON {
			return printJSON(s.out, map[string]any{"logs": views})
		}
		for _, v := range views {
			// The answer is the receiver's own text, without control characters (webhook.Log).
			if err := printf(s.out, "%s  %-8d %-22s %3d %s%s\n", utc(v.SentAt), v.DeliveryID, v.Event, v.Status, v.Problem, v.Answer); err != nil {
				return err
			}
		}
		return nil
	})
}

// webhookEventsCommand lists what can be registered for.
type webhookEventsCommand struct {
	JSON bool `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// Run implements the command.
func (c *webhookEventsCommand) Run(s streams) error {
	type event struct {
		Name  string `json:"name"`
		Sent  bool   `json:"sent"`
		About string `json:"about"`
	}
	list := make([]event, 0, len(webhook.Kinds))
	for _, k := range webhook.Kinds {
		list = append(list, event{k.Name, k.Sent, k.About})
	}
	if c.JSON {
		return printJSON(s.out, map[string]any{"events": list})
	}
	for _, e := range list {
		if err := printf(s.out, "%-30s %s\n", e.Name, e.About); err != nil {
			return err
		}
	}
	return nil
}

// authView is what authenticates deliveries as --json prints it.
type authView struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
	Name string `json:"name"`
	// SecretKey is there in the one moment it is known: after add and rotate.
	SecretKey string    `json:"secret_key,omitempty"`
	TokenURL  string    `json:"token_url,omitempty"`
	ClientID  string    `json:"client_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

type authsView struct {
	Auths []authView `json:"auths"`
}

func authViewOf(a webhook.Auth, shown bool) authView {
	v := authView{
		ID: a.ID, Type: string(a.Type), Name: a.Name, TokenURL: a.Config.TokenURL, ClientID: a.Config.ClientID,
		CreatedAt: a.Created.UTC().Truncate(time.Second),
	}
	if shown {
		v.SecretKey = a.Config.SecretKey.Reveal()
	}
	return v
}

func (d *dataFlags) printAuth(s streams, a webhook.Auth, shown bool) error {
	v := authViewOf(a, shown)
	if d.JSON {
		return printJSON(s.out, v)
	}
	if err := printf(s.out, "%-4d %-15s %s\n", v.ID, v.Type, v.Name); err != nil || v.SecretKey == "" {
		return err
	}
	return printf(s.out, "     key %s   (shown this once: keep it now)\n", v.SecretKey)
}
