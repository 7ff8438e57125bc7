package main

import (
	"context"
	"fmt"
	"strconv"

	"passerelle/internal/grant"
)

// clientLimitCommand gives a client application a limit of its own. It is a command of the operator's alone, since a limit that who is
// limited can raise is none.
type clientLimitCommand struct {
	dataFlags

	ID    int64  `arg:"" help:"Id of the client application."`
	Limit string `arg:"" help:"Requests a minute to the API; off for any number, default for --limit-client."`
}

// Run implements the command.
func (c *clientLimitCommand) Run(ctx context.Context, s streams) error {
	var most *int
	switch c.Limit {
	case "default":
	case "off":
		most = new(int)
	default:
		n, err := strconv.Atoi(c.Limit)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no limit: give a number of requests a minute, off or default", c.Limit)
		}
		most = &n
	}
	return c.change(ctx, s, c.ID, func(g *grant.Service) error { return g.LimitRequests(ctx, c.ID, most) })
}
