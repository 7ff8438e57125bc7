package load

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL, looked at from outside
	_ "modernc.org/sqlite"             // the driver that the store uses
)

// Database is the service's database, looked at from outside: nothing of the store is used.
type Database struct{ db *sql.DB }

// OpenDatabase opens the database of an address as --database-url has it, for reading alone.
func OpenDatabase(address string) (*Database, error) {
	driver, dsn := "pgx", address
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+file+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &Database{db}, nil
}

// Close closes it.
func (d *Database) Close() { _ = d.db.Close() }

// Column reads one column of text, or of numbers as text. An error is a database that cannot be asked, or a query that is wrong.
func (d *Database) Column(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := d.Rows(ctx, 1, query, args...)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r[0]
	}
	return out, err
}

// Rows reads so many columns of text, or of numbers as text; NULL is empty.
func (d *Database) Rows(ctx context.Context, columns int, query string, args ...any) ([][]string, error) {
	rows, err := d.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer func() { _ = rows.Close() }()
	var out [][]string
	for rows.Next() {
		values, into := make([]sql.NullString, columns), make([]any, columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("%s: %w", query, err)
		}
		line := make([]string, columns)
		for i, v := range values {
			line[i] = v.String
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	return out, nil
}

// tables are all tables that there are.
func (d *Database) tables(ctx context.Context) ([]string, error) {
	names, err := d.Column(ctx, "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err == nil {
		return names, nil
	}
	return d.Column(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
}

// Find looks for texts in every column of every row of every table, and gives where they stand (I5).
func (d *Database) Find(ctx context.Context, needles []string) ([]string, error) {
	names, err := d.tables(ctx)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range names {
		more, err := d.findIn(ctx, name, needles)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func (d *Database) findIn(ctx context.Context, table string, needles []string) ([]string, error) {
	rows, err := d.db.QueryContext(ctx, `SELECT * FROM "`+table+`"`) //nolint:gosec // a name that the database has just given
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	var found []string
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		for i, v := range values {
			text := ""
			switch v := v.(type) {
			case string:
				text = v
			case []byte:
				text = string(v)
			}
			for _, n := range needles {
				if strings.Contains(text, n) && len(found) < mostWords {
					found = append(found, table+"."+columns[i])
				}
			}
		}
	}
	return found, rows.Err()
}
