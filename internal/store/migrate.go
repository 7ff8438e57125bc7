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
}

// Migrate brings the schema up to date: each migration in a transaction of its own together with the note that it was done,
// so that a crash leaves whole steps behind and the next start goes on. A database of a newer schema is refused and left as
// it is. Processes that start together take turns. River's own migrations follow.
func (s *Store) Migrate(ctx context.Context) error {
	if s.pg != nil {
		return s.migratePostgres(ctx)
	}
	steps, err := loadMigrations(migrationFiles)
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
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is fixed
	return len(names)
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
		out = append(out, migration{version: version, name: path.Base(name), script: string(script)})
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
		return newerSchema(at, newest)
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
	const note = "INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)"
	if _, err := tx.ExecContext(ctx, note, m.version, m.name, micros(now)); err != nil {
		return fmt.Errorf("note the version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func newerSchema(at, newest int) error {
	return fmt.Errorf("the database has schema version %d and this program knows versions up to %d: a newer release has "+
		"written it; run that release or a later one, or restore the backup made before the upgrade", at, newest)
}
