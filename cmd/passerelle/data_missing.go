package main

import (
	"context"
	"fmt"
	"path/filepath"

	"passerelle/internal/config"
	"passerelle/internal/grant"
)

// withKnownGrants is withGrants for commands that look at or change what is there already. They refuse where there is no database:
// a mistyped folder would else look like a service without client applications, and leave an empty one behind.
func withKnownGrants(ctx context.Context, d *config.Data, s streams, f func(*grant.Service) error) error {
	if err := d.Validate(); err != nil {
		return err
	}
	missing, err := absent(filepath.Join(d.DataDir, databaseName))
	if err != nil {
		return err
	}
	if missing {
		return fmt.Errorf("--data-dir (PASSERELLE_DATA_DIR): there is no database in %s; give the folder that `passerelle serve` is given, "+
			"or make a database there first with `passerelle migrate`", d.DataDir)
	}
	return withGrants(ctx, d, s, f)
}

// withNewGrants is withGrants for the command that may come before the first `serve`: it makes the database, and says so, since
// the folder may be mistyped.
func withNewGrants(ctx context.Context, d *config.Data, s streams, f func(*grant.Service) error) error {
	if err := d.Validate(); err != nil {
		return err
	}
	fresh, err := absent(filepath.Join(d.DataDir, databaseName))
	if err != nil {
		return err
	}
	return withGrants(ctx, d, s, func(g *grant.Service) error {
		if fresh {
			if err := printf(s.err, "passerelle: made a new database in %s (--data-dir, PASSERELLE_DATA_DIR)\n", d.DataDir); err != nil {
				return err
			}
		}
		return f(g)
	})
}
