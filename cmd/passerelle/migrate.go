package main

import (
	"context"
	"log/slog"

	"passerelle/internal/config"
)

// migrateCommands are what there is to do with a whole database.
type migrateCommands struct {
	Up   migrateCommand     `cmd:"" default:"withargs" help:"Bring the database up to date: before a new release starts, or by another database user than it serves as. Plain migrate does the same."`
	Copy migrateCopyCommand `cmd:"" help:"Copy everything into another, empty database: from SQLite to PostgreSQL, or back."`
}

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
	if c.DatabaseURL != "" {
		return printf(s.out, "The database of --database-url is up to date.\n")
	}
	return printf(s.out, "The database in %s is up to date.\n", c.DataDir)
}
