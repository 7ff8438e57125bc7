package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"passerelle/internal/config"
	"passerelle/internal/store"
)

// toOutput names standard output in the place of a file.
const toOutput = "-"

// backupCommand copies the database into a file, beside a running service. It opens no keyset: what is sealed stays sealed.
type backupCommand struct {
	dataFlags

	File string `arg:"" help:"New file for the backup, or - for standard output."`
}

// backupView is a backup as --json prints it.
type backupView struct {
	File          string           `json:"file"`
	Engine        config.Engine    `json:"engine"`
	SchemaVersion int              `json:"schema_version,omitempty"`
	Bytes         int64            `json:"bytes"`
	Rows          map[string]int64 `json:"rows,omitempty"`
	Seconds       float64          `json:"seconds"`
}

// Run implements the command.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	if err := c.Validate(); err != nil {
		return err
	}
	engine, place := c.Database()
	begun := time.Now()
	made, err := c.make(ctx, engine, place, s)
	if err != nil {
		return err
	}
	view := backupView{
		File: c.File, Engine: engine, SchemaVersion: made.SchemaVersion, Bytes: made.Bytes, Rows: made.Counts, Seconds: time.Since(begun).Seconds(),
	}
	switch {
	case c.File == toOutput:
		return nil // it is the answer
	case c.JSON:
		return printJSON(s.out, view)
	}
	rows := ""
	if len(made.Counts) > 0 { // pg_dump does not say what it saw
		rows = "rows     " + rowsIn(made.Counts) + "\n"
	}
	return printf(s.out, "backup   %s, %d bytes, whole\n%sKeep a copy of the keyset apart from it: without that, what is sealed in it opens no more.\n",
		view.File, view.Bytes, rows)
}

// make makes the backup where it was asked for.
func (c *backupCommand) make(ctx context.Context, engine config.Engine, place string, s streams) (store.Backup, error) {
	do := func(file string) (store.Backup, error) {
		if engine == config.Postgres {
			return store.BackupPostgres(ctx, place, file)
		}
		return store.BackupSQLite(ctx, place, file)
	}
	if c.File != toOutput {
		made, err := do(c.File)
		if errors.Is(err, store.ErrExists) {
			err = fmt.Errorf("nothing was written: %w", err)
		}
		return made, err
	}
	// It is looked through before a byte of it is given out, so it needs a place that is as private as the database.
	dir, err := os.MkdirTemp(c.workFolder(engine, place), "backup-")
	if err != nil {
		return store.Backup{}, fmt.Errorf("a folder for the backup: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "backup")
	made, err := do(file)
	if err != nil {
		return made, err
	}
	f, err := os.Open(file) //nolint:gosec // made by us
	if err != nil {
		return made, fmt.Errorf("give the backup out: %w", err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.Copy(s.out, f); err != nil {
		return made, fmt.Errorf("give the backup out: %w", err)
	}
	return made, nil
}

// workFolder is the folder of the database where that is a file, else the system's for such things.
func (c *backupCommand) workFolder(engine config.Engine, place string) string {
	if engine == config.SQLite {
		return filepath.Dir(place)
	}
	return ""
}

// rowsIn says how many rows there are, of what is worth telling.
func rowsIn(counts map[string]int64) string {
	return fmt.Sprintf("%d users, %d connections, %d accounts, %d transactions, %d events",
		counts["users"], counts["connections"], counts["accounts"], counts["transactions"], counts["events"])
}
