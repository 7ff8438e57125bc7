package main

import (
	"context"

	"passerelle/internal/grant"
)

// clientPasswordCommand says whether a client application may get tokens for its users' passwords. It is a command of the operator's
// alone: a client backend that lost its secret must not be able to switch it on again.
type clientPasswordCommand struct {
	dataFlags

	ID    int64  `arg:"" help:"Id of the client application."`
	State string `arg:"" help:"on or off." enum:"on,off"`
}

// Run implements the command.
func (c *clientPasswordCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.AllowPasswordGrant(ctx, c.ID, c.State == "on") })
}
