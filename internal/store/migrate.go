package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/failpoint"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered file, NNNN_name.sql.
type migration struct {
	version int
	name    string
	script  string
	// needs is the least schema version that a program must know to live with a database that the step was applied to.
	needs int
}

// Migrate brings the schema up to date: each migration in a transaction of its own together with the note that it was done,
// so that a crash leaves whole steps behind and the next start goes on. A database of a newer schema that this program can live
// with is served as it is (doc.go says when); another one is refused and left as it is. Processes that start together take turns. River's own migrations follow.
func (s *Store) Migrate(ctx context.Context) error {
	if s.pg != nil {
		return s.migratePostgres(ctx)
	}
	steps, err := knownMigrations()
	if err != nil {
		return err
	}
	unlock, err := lockFile(ctx, s.path+".migrate")
	if err != nil {
		return fmt.Errorf("store: wait for another process's migration: %w", err)
	}
	defer unlock()
	if err := migrate(ctx, s.writeDB, steps, s.now()); err != nil {
		return err
	}
	return migrateRiver(ctx, s.writeDB, s.log)
}

// SchemaVersion is the newest schema version that this program knows.
func SchemaVersion() int {
	steps, _ := knownMigrations() // Open has said what is wrong with them
	return len(steps)
}

// knownMigrations are the steps that are built in.
func knownMigrations() ([]migration, error) {
	steps, err := loadMigrations(migrationFiles)
	if err != nil {
		return nil, err
	}
	return append(steps, nextMigrations(len(steps))...), nil
}

func loadMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("store: list the migrations: %w", err)
	}
	var out []migration
	for i, name := range names { // Glob sorts
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("store: migration %s should have number %04d", name, i+1)
		}
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("store: read migration %s: %w", name, err)
		}
		needs, err := needsOf(string(script), version)
		if err != nil {
			return nil, fmt.Errorf("store: migration %s: %w", name, err)
		}
		out = append(out, migration{version: version, name: path.Base(name), script: string(script), needs: needs})
	}
	return out, nil
}

// migrate applies what is missing of steps.
func migrate(ctx context.Context, db *sql.DB, steps []migration, now time.Time) error {
	const table = `CREATE TABLE IF NOT EXISTS schema_version (
		version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, applied_at INTEGER NOT NULL)`
	if _, err := db.ExecContext(ctx, table); err != nil {
		return translate("schema", fmt.Errorf("make the table of versions: %w", err))
	}
	for _, m := range steps {
		if err := failpoint.Around(ctx, failpoint.StoreMigrate, func() error { return applyMigration(ctx, db, m, len(steps), now) }); err != nil {
			return translate("schema", fmt.Errorf("migration %s: %w", m.name, err))
		}
	}
	return nil
}

// applyMigration applies one step unless it was applied before. The version is read inside the transaction, which holds the
// write lock, so that of two processes only one does it.
func applyMigration(ctx context.Context, db *sql.DB, m migration, newest int, now time.Time) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	var at int
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&at); err != nil {
		return fmt.Errorf("read the version: %w", err)
	}
	if at > newest {
		return newerSchema(tx.QueryRowContext(ctx, neededQuery), at, newest)
	}
	if m.version <= at {
		return nil
	}
	if _, err := tx.ExecContext(ctx, m.script); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	if err := failpoint.Hit(ctx, failpoint.StoreMigrateInside); err != nil {
		return err
	}
	if m.needs > 0 {
		if _, err := tx.ExecContext(ctx, noteNeeds, m.needs); err != nil {
			return fmt.Errorf("note what it needs: %w", err)
		}
	}
	const note = "INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)"
	if _, err := tx.ExecContext(ctx, note, m.version, m.name, micros(now)); err != nil {
		return fmt.Errorf("note the version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// needsOf reads the first line of a step: "-- needs: 13" says that programs which know version 13 can live with it. Where it says nothing,
// only those that know the step itself can.
func needsOf(script string, version int) (int, error) {
	first, _, _ := strings.Cut(script, "\n")
	text, ok := strings.CutPrefix(first, "-- needs: ")
	if !ok {
		return version, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > version {
		return 0, fmt.Errorf("its first line %q names no version up to its own", first)
	}
	return n, nil
}

// What a program must know to live with the database, in settings.
const (
	neededQuery = "SELECT coalesce(max(value), 0) FROM settings WHERE name = 'needs_schema'"
	noteNeeds   = `INSERT INTO settings (name, value) VALUES ('needs_schema', $1) ON CONFLICT (name) DO UPDATE
		SET value = CASE WHEN excluded.value > settings.value THEN excluded.value ELSE settings.value END`
)

// newerSchema says whether this program can live with a database that a newer release has written: nil when it can. needed is the row of
// neededQuery.
func newerSchema(needed row, at, newest int) error {
	var least int
	if err := needed.Scan(&least); err != nil {
		return fmt.Errorf("read what the database needs: %w", err)
	}
	if least > 0 && least <= newest {
		return nil
	}
	if least > 0 {
		return fmt.Errorf("the database has schema version %d and needs at least a program that knows version %d, and this one knows versions "+
			"up to %d: a newer release has written it; run that release or a later one, or restore the backup made before the upgrade", at, least, newest)
	}
	return fmt.Errorf("the database has schema version %d and this program knows versions up to %d: a newer release has "+
		"written it; run that release or a later one, or restore the backup made before the upgrade", at, newest)
}
