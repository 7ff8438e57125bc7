package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// This file holds what is SQLite's own: how the file is opened and what its errors mean.

// Pragmas of each pool. They stand in the DSN, so that every connection has them, a reopened one too.
var (
	commonPragmas = []string{
		"busy_timeout(5000)", // other processes (the command line beside a server) are waited for
		"foreign_keys(1)",
		"temp_store(2)", // memory: what is sorted never reaches a file of its own
	}
	writerPragmas = []string{
		"journal_mode(WAL)",
		"synchronous(FULL)",         // with NORMAL a power cut may take back an acknowledged commit
		"secure_delete(1)",          // what is deleted is overwritten: erasure means erasure
		"cache_size(-65536)",        // KiB; with keys that grow, the pages written to stay in it
		"wal_autocheckpoint(16384)", // pages: the backstop; checkpoint.go does it off the request path
		"journal_size_limit(67108864)",
	}
	readerPragmas = []string{"query_only(1)", "cache_size(-8192)"}
	// The connection that checkpoints must fsync as the writer does. Where it empties the log it has writers wait: not for long, it
	// comes again.
	checkpointPragmas = []string{"synchronous(FULL)", "cache_size(-512)", "busy_timeout(100)"}
)

// openPool opens the file with the pragmas, at most that many connections.
func openPool(path string, most int, pragmas ...string) (*sql.DB, error) {
	c, err := connectTo(path, pragmas...)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

// connectTo says how the file is opened: with the pragmas, and with connections that keep their statements. Immediate transactions take the write lock at once: one that began by reading
// could not be given it later.
func connectTo(path string, pragmas ...string) (driver.Connector, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: the path of the database: %w", err)
	}
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range append(append([]string(nil), commonPragmas...), pragmas...) {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, fmt.Errorf("store: open the database: %w", err)
	}
	return keptConnector{c}, nil
}

// catalogued is an executor that knows which tables there are.
type catalogued interface {
	executor
	hasTable(ctx context.Context, name string) (bool, error)
}

// dbExecutor runs statements on a pool of database/sql, before there is a store.
type dbExecutor struct{ db *sql.DB }

func (d dbExecutor) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := d.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (d dbExecutor) query(ctx context.Context, query string, args ...any) (rows, error) {
	rs, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return rs, rs.Err()
}

func (d dbExecutor) queryRow(ctx context.Context, query string, args ...any) row {
	return d.db.QueryRowContext(ctx, query, args...)
}

// hasTable implements catalogued.
func (d dbExecutor) hasTable(ctx context.Context, name string) (bool, error) {
	var n int
	err := d.queryRow(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1", name).Scan(&n)
	return n > 0, err
}

// primaryCode gives SQLite's result code without its extension, 0 when the error is not SQLite's.
func primaryCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// cannotAnswer says whether the database cannot do its work now (locked, disk full, input or output error, closed), as
// opposed to a statement that is wrong.
func cannotAnswer(err error) bool {
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	if pgCannotAnswer(err) || errors.Is(err, errBrokenOff) {
		return true
	}
	// database/sql has no sentinel for this one.
	return err != nil && strings.Contains(err.Error(), "sql: database is closed")
}

// refersToNothing says whether a statement failed because a row that it refers to is not there.
func refersToNothing(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY || pgCode(err) == pgForeignKey
}

// endsTransaction says whether SQLite may have rolled the whole transaction back on its own after this error, other callers'
// savepoints included (https://www.sqlite.org/lang_transaction.html §3).
func endsTransaction(err error) bool {
	switch primaryCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_CORRUPT:
		return true
	}
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone)
}
