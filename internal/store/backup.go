package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Backup is what a backup of a SQLite database holds.
type Backup struct {
	SchemaVersion int
	// Counts are rows by table, for whoever looks whether it is the right one.
	Counts map[string]int64
	Bytes  int64
}

// countedTables are the tables that a backup tells the rows of.
var countedTables = []string{"clients", "users", "connections", "accounts", "transactions", "consents", "events"} //nolint:gochecknoglobals // a table

// ErrExists is answered where a file or a database is in the way of what is to be made.
var ErrExists = errors.New("there is something already")

// BackupSQLite copies a database that may be in use into a new file (VACUUM INTO): the state of one instant, without the rests of what was
// deleted, beside readers and writers, which wait for nothing. The copy is made beside its place, readable by its owner alone, looked
// through and written out before it gets its name: a file of that name is whole. An existing one is left as it is (ErrExists).
func BackupSQLite(ctx context.Context, source, file string) (b Backup, err error) {
	if _, err := os.Stat(source); err != nil {
		return b, fmt.Errorf("store: the database %s: %w", source, err)
	}
	part, done, err := partial(file)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, done()) }()
	db, err := openPool(source, 1)
	if err != nil {
		return b, err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", part)
	if err = errors.Join(err, db.Close()); err != nil {
		return b, fmt.Errorf("store: copy the database %s: %w", source, err)
	}
	if b, err = inspect(ctx, part, source); err != nil {
		return b, err
	}
	return b, publish(part, file)
}

// partial makes an empty file beside a place, to become what is there, and holds it until done, which takes it away. Those of processes
// that died are taken away too.
func partial(file string) (path string, done func() error, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return "", nil, errors.Join(fmt.Errorf("%s: %w; choose another name, or move it away", file, ErrExists), err)
	}
	old, err := filepath.Glob(globLiteral(file) + partSuffix + "*")
	if err != nil {
		return "", nil, fmt.Errorf("look for unfinished files beside %s: %w", file, err)
	}
	for _, path := range old {
		if strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") {
			continue
		}
		if release, err := tryLock(path); err == nil {
			removePart(path)
			_ = release()
		}
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+partSuffix) // with mode 0600
	if err != nil {
		return "", nil, fmt.Errorf("make a file beside %s: %w", file, err)
	}
	path = f.Name()
	if err := f.Close(); err != nil {
		return "", nil, fmt.Errorf("make %s: %w", path, err)
	}
	release, err := tryLock(path)
	if err != nil {
		return "", nil, fmt.Errorf("hold %s: %w", path, err)
	}
	return path, func() error {
		removePart(path)
		return release()
	}, nil
}

const partSuffix = ".partial-"

// removePart takes an unfinished file away, and what SQLite had beside it. Where it has got its name, that stays.
func removePart(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", ".migrate"} {
		_ = os.Remove(path + suffix) // what is not there need not be removed, and what cannot be is found by the next
	}
}

// globLiteral is a path as a pattern that finds that alone.
func globLiteral(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// publish writes a finished file out and gives it its name, unless something has that meanwhile.
func publish(part, file string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("write %s out: %w", part, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s out: %w", part, err)
	}
	// A link, unlike a renaming, takes the place of nothing.
	if err := os.Link(part, file); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w; choose another name, or move it away", file, ErrExists)
		}
		return fmt.Errorf("name %s: %w", file, err)
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("write the folder of %s out: %w", file, err)
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("write the folder of %s out: %w", file, err)
	}
	return nil
}

// inspect looks through a database that nobody else has open: whole, with all that refers to something referring to what is there. Errors
// name the file that it is a copy of, which is the one that the operator knows.
func inspect(ctx context.Context, path, of string) (b Backup, err error) {
	if !isSQLite(path) {
		return b, fmt.Errorf("store: %s is no SQLite database", of)
	}
	db, err := openPool(path, 1, readerPragmas...)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return b, errors.Join(fmt.Errorf("store: %s is damaged: %s", of, verdict), err)
	}
	var table string
	err = db.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	if !errors.Is(err, sql.ErrNoRows) {
		return b, errors.Join(fmt.Errorf("store: %s has rows in %q that refer to what is not there", of, table), err)
	}
	if err := db.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&b.SchemaVersion); err != nil {
		return b, fmt.Errorf("store: %s is no database of this program: %w", of, err)
	}
	b.Counts = make(map[string]int64, len(countedTables))
	for _, table := range countedTables {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil { //nolint:gosec // names of this file
			return b, fmt.Errorf("store: count the %s of %s: %w", table, of, err)
		}
		b.Counts[table] = n
	}
	info, err := os.Stat(path)
	if err != nil {
		return b, fmt.Errorf("store: %w", err)
	}
	b.Bytes = info.Size()
	return b, nil
}

// isSQLite says whether a file begins as SQLite's do (https://www.sqlite.org/fileformat.html §1.3).
func isSQLite(path string) bool { return beginsWith(path, "SQLite format 3\x00") }

// isDump says whether a file begins as those of pg_dump in its own format do.
func isDump(path string) bool { return beginsWith(path, "PGDMP") }

func beginsWith(path, text string) bool {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(text))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == text
}
