package main

import (
	"context"

	"passerelle/internal/grant"
)

// clientOriginAddCommand lets the pages of an origin frame the webview.
type clientOriginAddCommand struct {
	dataFlags

	ID     int64  `arg:"" help:"Id of the client application."`
	Origin string `arg:"" help:"The origin: scheme and host, and the port if it is not the scheme's own."`
}

// Run implements the command.
func (c *clientOriginAddCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.AllowOrigin(ctx, c.ID, c.Origin) })
}

// clientOriginRemoveCommand takes an origin from the list.
type clientOriginRemoveCommand struct {
	dataFlags

	ID     int64  `arg:"" help:"Id of the client application."`
	Origin string `arg:"" help:"The origin, exactly as it is listed."`
}

// Run implements the command.
func (c *clientOriginRemoveCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.DisallowOrigin(ctx, c.ID, c.Origin) })
}
