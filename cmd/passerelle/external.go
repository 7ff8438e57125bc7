package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector/external"
)

// describeWithin is how long a start waits for an external connector to say what it is.
const describeWithin = 20 * time.Second

// addExternal registers the programs of --external-connector, and gives the institutions that they describe. One that cannot be used is
// said in the log and left out: a program of somebody else's must not keep the service from starting.
func (a *app) addExternal(ctx context.Context) (entries []bank.Connector, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find our own program: %w", err)
	}
	user, group := a.cfg.ExternalUser()
	if user == 0 && len(a.cfg.External()) > 0 && os.Geteuid() == 0 {
		a.log.WarnContext(ctx, "external connectors run as root, who reads every file of root's, the keyset too, and is held to no number of processes",
			"remedy", "give them a user of their own: --external-connector-user (PASSERELLE_EXTERNAL_CONNECTOR_USER)")
	}
	for _, e := range a.cfg.External() {
		c, err := external.New(a.bankKinds.host(), external.Config{
			Name: e.Name, Path: e.Path, Helper: []string{self, external.SandboxCommand}, User: user, Group: group, Log: a.log,
		})
		if err != nil {
			return nil, fmt.Errorf("--external-connector (PASSERELLE_EXTERNAL_CONNECTOR): %w", err)
		}
		list, err := a.describeExternal(ctx, c)
		if err != nil {
			a.log.ErrorContext(ctx, "an external connector is left out", "connector", e.Name, "error", err,
				"remedy", "passerelle connector check "+e.Path+", then start the service again")
			continue
		}
		a.log.LogAttrs(ctx, slog.LevelInfo, "an external connector is offered", slog.String("connector", e.Name), slog.Int("institutions", len(list)))
		entries = append(entries, list...)
	}
	return entries, nil
}

func (a *app) describeExternal(ctx context.Context, c *external.Connector) ([]bank.Connector, error) {
	ctx, cancel := context.WithTimeout(ctx, describeWithin)
	defer cancel()
	page, err := c.Institutions(ctx, "")
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the connector
	}
	return page.Connectors, a.bankKinds.add(ctx, c.Kind(), c)
}
