package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// webhookCommands are what an operator does with receivers. They work beside a running service, which sees what they did.
type webhookCommands struct {
	Add        webhookAddCommand        `cmd:"" help:"Register a receiver of an event."`
	List       webhookListCommand       `cmd:"" help:"List the receivers and how deliveries to them go."`
	Show       webhookShowCommand       `cmd:"" help:"Show one receiver."`
	Enable     webhookEnableCommand     `cmd:"" help:"Take a receiver up again that was disabled or rests; what waits for it goes at once."`
	Disable    webhookDisableCommand    `cmd:"" help:"Send nothing to a receiver for now."`
	Remove     webhookRemoveCommand     `cmd:"" help:"Delete a receiver; what waits for it is dropped."`
	Events     webhookEventsCommand     `cmd:"" help:"List the events that can be registered for."`
	Deliveries webhookDeliveriesCommand `cmd:"" help:"List the payloads of a receiver, newest first."`
	Logs       webhookLogsCommand       `cmd:"" help:"List the tries to deliver to a receiver, newest first."`
	Redeliver  webhookRedeliverCommand  `cmd:"" help:"Send payloads again: one, or all that were given up."`
	Test       webhookTestCommand       `cmd:"" help:"Send a payload of no meaning to a receiver, to see it answer."`
	Auth       struct {
		Add    webhookAuthAddCommand    `cmd:"" help:"Register what authenticates deliveries; its key is printed this once."`
		List   webhookAuthListCommand   `cmd:"" help:"List what authenticates deliveries."`
		Rotate webhookAuthRotateCommand `cmd:"" help:"Make a new key; it is printed this once."`
		Remove webhookAuthRemoveCommand `cmd:"" help:"Delete what no receiver uses."`
	} `cmd:"" help:"How receivers know that deliveries are ours."`
}

// withWebhooks runs f on the data folder's receivers.
func withWebhooks(ctx context.Context, d *config.Data, s streams, private bool, f func(*webhook.Service) error) error {
	return withKnownGrants(ctx, d, s, func(g *grant.Service) error {
		db, ok := g.Store.(webhook.Store)
		if !ok {
			return errors.New("this store keeps no receivers")
		}
		service, err := newWebhooks(db, private)
		if err != nil {
			return err
		}
		return f(service)
	})
}

// noWebhook names the id and the remedy where the store can only say that there is none.
func noWebhook(err error, id int64) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("no webhook has the id %d; `passerelle webhook list` shows those there are", id)
	}
	return err
}

// webhookFlagNames are the flags that stand for parameters.
var webhookFlagNames = map[string]string{
	"url": "URL", "event": "EVENT", "id_auth": "--auth", "dialect": "--dialect", "client_id": "--client-id", "name": "NAME", "config.url": "--token-url", "config.client_id": "--client-id",
	"config.client_secret": "--client-secret-file",
}

// webhookAddCommand registers a receiver.
type webhookAddCommand struct {
	dataFlags
	webhookFlags

	Event    string `arg:"" help:"Name of the event, as passerelle webhook events lists them; * for every one. Left out with --dialect linxo, which tells of readings alone."`
	URL      string `arg:"" optional:"" help:"Address of the receiver."`
	Dialect  string `help:"Whose words the payloads are in: powens or linxo." default:"powens" enum:"powens,linxo" placeholder:"DIALECT"`
	ClientID int64  `help:"Only events of this client application's users; needed with --dialect linxo." placeholder:"ID"`
	User     int64  `help:"Only events of this user." placeholder:"ID"`
	Auth     int64  `help:"What authenticates deliveries (default: a user access token of 30 minutes in each; nothing with --dialect linxo)." placeholder:"ID"`
	Gzip     bool   `help:"Compress bodies."`
}

// Run implements the command.
func (c *webhookAddCommand) Run(ctx context.Context, s streams) error {
	n := webhook.NewReceiver{
		Domain: grant.DefaultDomain, Dialect: c.Dialect, Event: c.Event, URL: c.URL, UserID: c.User, ClientID: c.ClientID, AuthID: c.Auth,
	}
	if c.Dialect == webhook.DialectLinxo && c.URL == "" {
		n.Event, n.URL = webhook.ConnectionSynced, c.Event
	}
	return withWebhooks(ctx, &c.Data, s, c.AllowPrivateNetworks, func(w *webhook.Service) error {
		if err := knownClient(ctx, w, c.ClientID); err != nil {
			return err
		}
		if c.Gzip {
			n.Params.Compress = &c.Gzip
		}
		r, err := w.Register(ctx, n)
		if err != nil {
			return named(err, webhookFlagNames)
		}
		return c.printWebhooks(s, r)
	})
}

// knownClient refuses a client application that is not there: nothing would ever be sent for it.
func knownClient(ctx context.Context, w *webhook.Service, id int64) error {
	clients, ok := w.Store.(grant.ClientStore)
	if id == 0 || !ok {
		return nil
	}
	_, err := clients.Client(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("--client-id: no client application has the id %d; `passerelle client list` shows those there are", id)
	}
	return err
}

// webhookListCommand lists the receivers.
type webhookListCommand struct{ dataFlags }

// Run implements the command.
func (c *webhookListCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		list, err := w.Store.ListReceivers(ctx, webhook.ReceiverFilter{Domain: grant.DefaultDomain})
		if err != nil {
			return err
		}
		if c.JSON {
			view := webhooksView{Webhooks: make([]webhookView, 0, len(list))}
			for _, r := range list {
				view.Webhooks = append(view.Webhooks, webhookViewOf(r))
			}
			return printJSON(s.out, view)
		}
		if len(list) == 0 {
			return printf(s.out, "No receiver is registered. Make one: passerelle webhook add EVENT URL\n")
		}
		return c.printWebhooks(s, list...)
	})
}

// webhookID is what commands about one receiver have.
type webhookID struct {
	dataFlags

	ID int64 `arg:"" help:"Id of the receiver."`
}

// change changes a receiver and prints what it is now.
func (c *webhookID) change(ctx context.Context, s streams, what webhook.Change) error {
	// The address was accepted once; whether it may be reached is looked at again by whoever delivers.
	return withWebhooks(ctx, &c.Data, s, true, func(w *webhook.Service) error {
		r, err := w.Change(ctx, grant.DefaultDomain, c.ID, what)
		if err != nil {
			return noWebhook(err, c.ID)
		}
		return c.printWebhooks(s, r)
	})
}

// webhookShowCommand shows a receiver.
type webhookShowCommand struct{ webhookID }

// Run implements the command.
func (c *webhookShowCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		r, err := w.Store.Receiver(ctx, grant.DefaultDomain, c.ID)
		if err != nil {
			return noWebhook(err, c.ID)
		}
		return c.printWebhooks(s, r)
	})
}

// webhookEnableCommand takes a receiver up again.
type webhookEnableCommand struct{ webhookID }

// Run implements the command.
func (c *webhookEnableCommand) Run(ctx context.Context, s streams) error {
	on := true
	return c.change(ctx, s, webhook.Change{Enabled: &on})
}

// webhookDisableCommand rests a receiver.
type webhookDisableCommand struct{ webhookID }

// Run implements the command.
func (c *webhookDisableCommand) Run(ctx context.Context, s streams) error {
	on := false
	return c.change(ctx, s, webhook.Change{Enabled: &on})
}

// webhookRemoveCommand deletes a receiver.
type webhookRemoveCommand struct{ webhookID }

// Run implements the command.
func (c *webhookRemoveCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, webhook.Change{Deleted: true})
}

// webhookTestCommand sends a payload of no meaning.
type webhookTestCommand struct{ webhookID }

// Run implements the command.
func (c *webhookTestCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		d, err := w.SendTest(ctx, grant.DefaultDomain, c.ID)
		if err != nil {
			return noWebhook(err, c.ID)
		}
		if c.JSON {
			return printJSON(s.out, deliveryViewOf(d))
		}
		return printf(s.out, "Delivery %d is queued; a running service sends it within a second. See: passerelle webhook logs %d\n", d.ID, c.ID)
	})
}

// webhookRedeliverCommand sends payloads again.
type webhookRedeliverCommand struct {
	webhookID

	Delivery int64         `arg:"" optional:"" help:"Id of one payload; without it, all that were given up."`
	State    string        `help:"Which ones, without an id: given_up, delivered or dropped." default:"given_up" enum:"given_up,delivered,dropped" placeholder:"STATE"`
	Since    time.Duration `help:"Only those made within this time, without an id." placeholder:"DURATION"`
}

// Run implements the command.
func (c *webhookRedeliverCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		if _, err := w.Store.Receiver(ctx, grant.DefaultDomain, c.ID); err != nil {
			return noWebhook(err, c.ID)
		}
		now, n := w.Clock(), 1
		var err error
		if c.Delivery != 0 {
			err = w.Store.RedeliverOne(ctx, c.ID, c.Delivery, now)
		} else {
			f := webhook.DeliveryFilter{ReceiverID: c.ID, State: webhook.State(c.State)}
			if c.Since > 0 {
				from := now.Add(-c.Since)
				f.From = &from
			}
			n, err = w.Store.Redeliver(ctx, f, now)
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, map[string]int{"redelivered": n})
		}
		return printf(s.out, "%d to be sent again\n", n)
	})
}
