package main

import (
	"context"

	"passerelle/internal/grant"
)

// clientCreateCommand registers a client application.
type clientCreateCommand struct {
	dataFlags

	Name        string   `help:"Name of the client application, shown to end users." required:""`
	RedirectURI []string `help:"Address that end users are sent back to, exactly as the application will name it; may be given several times." name:"redirect-uri" required:"" sep:"none" placeholder:"URI"`

	AllowedOrigin []string `help:"Origin whose pages may show the webview in a frame (https://app.example); may be given several times." name:"allowed-origin" sep:"none" placeholder:"ORIGIN"`
}

// Run implements the command.
func (c *clientCreateCommand) Run(ctx context.Context, s streams) error {
	if err := checkURIs("--redirect-uri", c.RedirectURI...); err != nil {
		return err
	}
	return withNewGrants(ctx, &c.Data, s, func(g *grant.Service) error {
		issued, err := g.CreateClient(ctx, grant.NewClient{
			Name: c.Name, RedirectURIs: c.RedirectURI, Options: grant.Options{AllowedOrigins: c.AllowedOrigin},
		})
		if err != nil {
			return named(err, flagNames)
		}
		return c.print(s, issuedView(issued))
	})
}

func (d *dataFlags) print(s streams, v clientView) error {
	if d.JSON {
		return printJSON(s.out, v)
	}
	return printClient(s.out, v)
}

// clientListCommand lists the client applications, secrets left out: nobody can read them again.
type clientListCommand struct{ dataFlags }

// Run implements the command.
func (c *clientListCommand) Run(ctx context.Context, s streams) error {
	return withKnownGrants(ctx, &c.Data, s, func(g *grant.Service) error {
		list, err := g.Store.Clients(ctx)
		if err != nil {
			return err
		}
		view := clientsView{Clients: make([]clientView, 0, len(list))}
		for _, client := range list {
			view.Clients = append(view.Clients, viewOf(client))
		}
		if c.JSON {
			return printJSON(s.out, view)
		}
		if len(list) == 0 {
			return printf(s.out, "No client application is registered. Make one: passerelle client create --name NAME --redirect-uri URI\n")
		}
		for i, v := range view.Clients {
			if i > 0 {
				if err := printf(s.out, "\n"); err != nil {
					return err
				}
			}
			if err := printClient(s.out, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// clientShowCommand shows one client application, its secret left out.
type clientShowCommand struct {
	dataFlags

	ID int64 `arg:"" help:"Id of the client application."`
}

// Run implements the command.
func (c *clientShowCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.ID, func(*grant.Service) error { return nil })
}

// clientRotateCommand gives a client application a new secret.
type clientRotateCommand struct {
	dataFlags

	ID int64 `arg:"" help:"Id of the client application."`
}

// Run implements the command.
func (c *clientRotateCommand) Run(ctx context.Context, s streams) error {
	return withKnownGrants(ctx, &c.Data, s, func(g *grant.Service) error {
		issued, err := g.RotateClientSecret(ctx, c.ID)
		if err != nil {
			return noClient(err, c.ID)
		}
		return c.print(s, issuedView(issued))
	})
}

// clientURIAddCommand allows a redirect URI.
type clientURIAddCommand struct {
	dataFlags

	ID  int64  `arg:"" help:"Id of the client application."`
	URI string `arg:"" help:"The redirect URI."`
}

// Run implements the command.
func (c *clientURIAddCommand) Run(ctx context.Context, s streams) error {
	if err := checkURIs("URI", c.URI); err != nil {
		return err
	}
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.AddRedirectURI(ctx, c.ID, c.URI) })
}

// clientURIRemoveCommand takes a redirect URI from the list.
type clientURIRemoveCommand struct {
	dataFlags

	ID  int64  `arg:"" help:"Id of the client application."`
	URI string `arg:"" help:"The redirect URI, exactly as it is listed."`
}

// Run implements the command.
func (c *clientURIRemoveCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.RemoveRedirectURI(ctx, c.ID, c.URI) })
}

// change does something to a client application and prints what it looks like now.
func (d *dataFlags) change(ctx context.Context, s streams, id int64, do func(*grant.Service) error) error {
	return withKnownGrants(ctx, &d.Data, s, func(g *grant.Service) error {
		if _, err := g.Store.Client(ctx, id); err != nil {
			return noClient(err, id)
		}
		if err := do(g); err != nil {
			return named(err, map[string]string{"redirect_uri": "URI", "allowed_origin": "ORIGIN"})
		}
		now, err := g.Store.Client(ctx, id)
		if err != nil {
			return noClient(err, id)
		}
		return d.print(s, viewOf(now))
	})
}
