package main

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/web/simplefin"
)

// userSimpleFINCreateCommand makes a setup token.
type userSimpleFINCreateCommand struct {
	dataFlags

	ID        int64  `arg:"" help:"Id of the user."`
	PublicURL string `help:"Address that programs reach the service at, as serve is given it." required:"" env:"PASSERELLE_PUBLIC_URL" placeholder:"URL"`
}

// setupView is a setup token as --json prints it.
type setupView struct {
	ID         string    `json:"id"`
	SetupToken string    `json:"setup_token"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// Run implements the command.
func (c *userSimpleFINCreateCommand) Run(ctx context.Context, s streams) error {
	base, err := config.ParsePublicURL(c.PublicURL)
	if err != nil {
		return fmt.Errorf("--public-url (PASSERELLE_PUBLIC_URL): %w", err)
	}
	return withSimpleFIN(ctx, &c.Data, s, func(g grant.SimpleFIN) error {
		made, err := g.SetupFor(ctx, c.ID)
		if err != nil {
			return noUser(err, c.ID)
		}
		v := setupView{made.Code.ID, simplefin.SetupToken(base.String(), made.Plain).Reveal(), made.Code.ExpiresAt.UTC().Truncate(time.Second)}
		if c.JSON {
			return printJSON(s.out, v)
		}
		return printf(s.out, "id            %s\nsetup token   %s   (shown this once; good for one claim until %s)\n", v.ID, v.SetupToken, v.ExpiresAt.Format(time.RFC3339))
	})
}

// userSimpleFINListCommand lists setup tokens.
type userSimpleFINListCommand struct {
	dataFlags

	ID int64 `arg:"" help:"Id of the user."`
}

// accessView is a setup token and what came of it, as --json prints it.
type accessView struct {
	ID        string     `json:"id"`
	CreatedAt time.Time  `json:"created_at"`
	ClaimedAt *time.Time `json:"claimed_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	LastUsed  *time.Time `json:"last_used"`
}

// Run implements the command.
func (c *userSimpleFINListCommand) Run(ctx context.Context, s streams) error {
	return withSimpleFIN(ctx, &c.Data, s, func(g grant.SimpleFIN) error {
		if _, err := g.Store.User(ctx, c.ID); err != nil {
			return noUser(err, c.ID)
		}
		list, err := g.List(ctx, c.ID)
		if err != nil {
			return err
		}
		views := make([]accessView, 0, len(list))
		for _, a := range list {
			views = append(views, accessView{a.ID, a.Created.UTC(), a.ClaimedAt, a.RevokedAt, a.LastUsed})
		}
		if c.JSON {
			return printJSON(s.out, map[string][]accessView{"tokens": views})
		}
		for _, v := range views {
			state := "waits to be claimed"
			switch {
			case v.RevokedAt != nil:
				state = "revoked"
			case v.ClaimedAt != nil:
				state = "reads"
			}
			if err := printf(s.out, "%s   %s   %s\n", v.ID, v.CreatedAt.Format(time.RFC3339), state); err != nil {
				return err
			}
		}
		return nil
	})
}

// userSimpleFINRevokeCommand ends a setup token.
type userSimpleFINRevokeCommand struct {
	config.Data `embed:""`

	ID    int64  `arg:"" help:"Id of the user."`
	Token string `arg:"" help:"Id of the setup token, as user simplefin list shows it."`
}

// Run implements the command.
func (c *userSimpleFINRevokeCommand) Run(ctx context.Context, s streams) error {
	return withSimpleFIN(ctx, &c.Data, s, func(g grant.SimpleFIN) error {
		if err := g.End(ctx, c.ID, c.Token); err != nil {
			return err
		}
		return printf(s.out, "%s is ended: whoever claimed it reads nothing more.\n", c.Token)
	})
}

func withSimpleFIN(ctx context.Context, d *config.Data, s streams, f func(grant.SimpleFIN) error) error {
	return withStore(ctx, d, s, func(db *store.Store) error {
		return f(grant.SimpleFIN{Service: &grant.Service{Store: db}, Kept: db})
	})
}
