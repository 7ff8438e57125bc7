package main

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/web/simplefin"
)

// userSimpleFINCreateCommand makes a setup token.
type userSimpleFINCreateCommand struct {
	dataFlags

	ID        int64  `arg:"" help:"Id of the user."`
	Name      string `help:"What the program is called; the user reads it where they end its access." placeholder:"TEXT"`
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
		made, err := g.SetupFor(ctx, c.ID, c.Name)
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
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt is until when it can be claimed, null once it was. One that was ended before has its end here.
	ExpiresAt *time.Time `json:"expires_at"`
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
			v := accessView{ID: a.ID, Name: a.Name, CreatedAt: a.Created.UTC(), ClaimedAt: a.ClaimedAt, RevokedAt: a.RevokedAt, LastUsed: a.LastUsed}
			if a.ClaimedAt == nil {
				end := a.ExpiresAt.UTC()
				v.ExpiresAt = &end
			}
			views = append(views, v)
		}
		if c.JSON {
			return printJSON(s.out, map[string][]accessView{"tokens": views})
		}
		if len(views) == 0 {
			return printf(s.out, "None.\n")
		}
		for _, v := range views {
			state := "waits to be claimed"
			switch now := failpoint.Now(); {
			case v.ExpiresAt != nil && !now.Before(*v.ExpiresAt):
				state = "over: nobody claimed it"
			case v.RevokedAt != nil:
				state = "revoked"
			case v.ClaimedAt != nil:
				state = "reads"
			}
			if v.Name != "" {
				state += "   " + v.Name
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
		err := g.End(ctx, c.ID, c.Token)
		if fault.Is(err, fault.NotFound) {
			return fmt.Errorf("user %d has no setup token of the id %q; `passerelle user simplefin list %[1]d` shows them", c.ID, c.Token)
		}
		if err != nil {
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
