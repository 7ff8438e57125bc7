package main

import (
	"context"
	"log/slog"

	"passerelle/internal/config"
)

// migrateCommand brings the database up to date. Opening it does that; the command exists for deployments that want it done
// before the new release starts.
type migrateCommand struct {
	config.Data `embed:""`
}

// Run implements the command.
func (c *migrateCommand) Run(ctx context.Context, s streams) error {
	db, _, err := openData(ctx, &c.Data, newLog(s.err, slog.LevelInfo, formatText))
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return printf(s.out, "The database in %s is up to date.\n", c.DataDir)
}
