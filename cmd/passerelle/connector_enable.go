package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
)

// connectorEnableCommand shows a connector, or lets a source of it be used again.
type connectorEnableCommand struct{ connectorSwitch }

// Run implements the command.
func (c *connectorEnableCommand) Run(ctx context.Context, s streams) error {
	return c.turn(ctx, s, true)
}

// connectorDisableCommand hides a connector, or takes a source of it out of use.
type connectorDisableCommand struct{ connectorSwitch }

// Run implements the command.
func (c *connectorDisableCommand) Run(ctx context.Context, s streams) error {
	return c.turn(ctx, s, false)
}

// connectorSwitch is what enable and disable have.
type connectorSwitch struct {
	connectorName

	Source string `help:"Only this source (openapi or directaccess): connections through it rest while it is disabled." placeholder:"NAME"`
}

// turn stores the choice, which wins over every import. A connector that is hidden keeps its connections: they go on.
func (c *connectorSwitch) turn(ctx context.Context, s streams, on bool) error {
	return withBanks(ctx, &c.Data, s, false, func(b *banks) error {
		e, err := b.find(c.Connector)
		if err != nil {
			return err
		}
		change := directory.Choice{UUID: e.UUID}
		if c.Source == "" {
			hidden := !on
			change.Hidden = &hidden
		} else {
			if !slices.ContainsFunc(e.Sources, func(src bank.Source) bool { return src.Name == c.Source }) {
				return fmt.Errorf("--source: %s has no source %q, but %s", e.Name, c.Source, sourceNames(e))
			}
			change.Disabled = map[string]bool{c.Source: !on}
		}
		if e, err = b.choose(ctx, change); err != nil {
			return err
		}
		return c.printConnector(s, b, e)
	})
}

func sourceNames(c *bank.Connector) string {
	names := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		names[i] = s.Name
	}
	return strings.Join(names, ", ")
}
