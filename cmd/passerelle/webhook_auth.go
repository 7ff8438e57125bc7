package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/webhook"
)

// webhookAuthAddCommand registers what authenticates deliveries.
type webhookAuthAddCommand struct {
	dataFlags
	webhookFlags

	Name             string `arg:"" help:"Name of your choice."`
	Type             string `help:"How: hmac_signature (BI-Signature), standard (Standard Webhooks) or oauth (client credentials)." default:"hmac_signature" enum:"hmac_signature,standard,oauth" placeholder:"TYPE"`
	TokenURL         string `help:"Token endpoint of the receiver's authorization server (oauth)." placeholder:"URL"`
	ClientID         string `help:"Who we are there (oauth)." placeholder:"ID"`
	ClientSecretFile string `help:"File with our secret there (oauth): on the command line everybody on this machine could read it." placeholder:"FILE"`
}

// Run implements the command.
func (c *webhookAuthAddCommand) Run(ctx context.Context, s streams) error {
	n := webhook.NewAuth{
		Domain: grant.DefaultDomain, Type: webhook.AuthType(c.Type), Name: c.Name,
		Config: webhook.AuthConfig{TokenURL: c.TokenURL, ClientID: c.ClientID},
	}
	if c.ClientSecretFile != "" {
		text, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			return fmt.Errorf("--client-secret-file: %w", err)
		}
		n.Config.ClientSecret = bank.NewSecret(strings.TrimRight(string(text), "\r\n"))
	}
	return withWebhooks(ctx, &c.Data, s, c.AllowPrivateNetworks, func(w *webhook.Service) error {
		a, err := w.RegisterAuth(ctx, n)
		if err != nil {
			return named(err, webhookFlagNames)
		}
		return c.printAuth(s, a, true)
	})
}

// webhookAuthListCommand lists what authenticates deliveries.
type webhookAuthListCommand struct{ dataFlags }

// Run implements the command.
func (c *webhookAuthListCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		list, err := w.Store.ListAuths(ctx, grant.DefaultDomain)
		if err != nil {
			return err
		}
		if c.JSON {
			view := authsView{Auths: make([]authView, 0, len(list))}
			for _, a := range list {
				view.Auths = append(view.Auths, authViewOf(a, false))
			}
			return printJSON(s.out, view)
		}
		for _, a := range list {
			if err := c.printAuth(s, a, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// webhookAuthRotateCommand makes a new key.
type webhookAuthRotateCommand struct {
	dataFlags

	ID int64 `arg:"" help:"Id of what authenticates."`
}

// Run implements the command.
func (c *webhookAuthRotateCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		a, err := w.RotateAuth(ctx, grant.DefaultDomain, c.ID)
		if err != nil {
			return noAuth(err, c.ID)
		}
		return c.printAuth(s, a, true)
	})
}

// webhookAuthRemoveCommand deletes what authenticates deliveries.
type webhookAuthRemoveCommand struct {
	dataFlags

	ID int64 `arg:"" help:"Id of what authenticates."`
}

// Run implements the command.
func (c *webhookAuthRemoveCommand) Run(ctx context.Context, s streams) error {
	return withWebhooks(ctx, &c.Data, s, false, func(w *webhook.Service) error {
		a, err := w.Store.Auth(ctx, grant.DefaultDomain, c.ID)
		if err == nil {
			err = w.Store.DeleteAuth(ctx, grant.DefaultDomain, c.ID)
		}
		if err != nil {
			return noAuth(err, c.ID)
		}
		return c.printAuth(s, a, false)
	})
}

// noAuth names the id and the remedy where the store can only say that there is none.
func noAuth(err error, id int64) error {
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("nothing that authenticates deliveries has the id %d; `passerelle webhook auth list` shows what there is", id)
	}
	return err
}
