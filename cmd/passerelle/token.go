package main

import (
	"context"
	"time"

	"passerelle/internal/grant"
)

// tokenCreateCommand makes a manage token.
type tokenCreateCommand struct {
	dataFlags

	Kind string `help:"What it is for: users (list and make users) or config (change settings)." required:"" enum:"users,config" placeholder:"KIND"`
}

// Run implements the command.
func (c *tokenCreateCommand) Run(ctx context.Context, s streams) error {
	return withKnownGrants(ctx, &c.Data, s, func(g *grant.Service) error {
		token, plain, err := g.ManageToken(ctx, grant.TokenKind(c.Kind))
		if err != nil {
			return err
		}
		v := tokenView{AccessToken: plain.Reveal(), Kind: c.Kind, CreatedAt: token.Created.UTC().Truncate(time.Second)}
		if c.JSON {
			return printJSON(s.out, v)
		}
		return printf(s.out, "kind           %s\naccess token   %s   (shown this once: keep it now)\n", v.Kind, v.AccessToken)
	})
}
