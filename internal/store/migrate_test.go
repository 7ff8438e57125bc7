package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// TestNewerSchema opens databases that a newer release has written: one that this program can live with is served as it is, another
// one is refused and left as it is.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	steps, err := knownMigrations()
	if err != nil {
		t.Fatal(err)
	}
	newest := len(steps)
	for name, tt := range map[string]struct {
		needs string
		want  []string
	}{
		"lives with this one": {fmt.Sprint(newest), nil},
		"needs a newer one":   {"99", []string{"version 99", "needs at least", fmt.Sprintf("up to %d", newest), "run that release", "backup"}},
		"says nothing":        {"", []string{"version 99", fmt.Sprintf("up to %d", newest), "run that release", "backup"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "p.db")
			s := openAt(t, path)
			for _, statement := range []string{
				"INSERT INTO schema_version (version, name, applied_at) VALUES (99, 'x', 0)", "DELETE FROM settings WHERE name = 'needs_schema'",
				"INSERT INTO settings (name, value) SELECT 'needs_schema', " + cmp.Or(tt.needs, "0") + " WHERE '" + tt.needs + "' <> ''",
			} {
				execIn(t, s, statement)
			}
			again, err := Open(t.Context(), Options{Path: path, Sealer: place{}})
			if err == nil {
				temporaryUser(t, again)
				if err := again.Close(); err != nil {
					t.Error(err)
				}
			}
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("got %v, want it opened %v", err, tt.want == nil)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to say %q", err, want)
				}
			}
			if got := rowsIn(t, s, "schema_version", "1 = 1"); got != newest+1 {
				t.Errorf("got %d versions, want %d", got, newest+1)
			}
		})
	}
}

func TestNeedsOf(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"-- needs: 3\nCREATE": 3, "-- needs: 4": 4, "CREATE TABLE a": 4, "-- something\n-- needs: 2": 4, "-- needs: 5\n": 0, "-- needs: all": 0, "-- needs: 0": 0,
	} {
		got, err := needsOf(script, 4)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", script, got, err, want)
		}
	}
}

// TestMigrationsResume breaks off in the middle of a step: whole steps stay, the broken one leaves nothing, and the next start
// goes on.
func TestMigrationsResume(t *testing.T) {
	t.Parallel()
	db, err := openPool(filepath.Join(t.TempDir(), "p.db"), 1, writerPragmas...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	steps := []migration{
		{1, "0001_a.sql", "CREATE TABLE a (x INTEGER)", 0},
		{2, "0002_b.sql", "CREATE TABLE b (x INTEGER); INSERT INTO a (x) VALUES (1); INSERT INTO nowhere VALUES (1)", 0},
	}
	if err := migrate(t.Context(), db, steps, now); err == nil || !strings.Contains(err.Error(), "0002_b.sql") {
		t.Fatalf("got %v, want an error that names the step", err)
	}
	if got := tables(t, db); got != "a schema_version" {
		t.Errorf("got tables %q, want the first step alone", got)
	}
	steps[1].script = "CREATE TABLE b (x INTEGER); INSERT INTO a (x) VALUES (1)"
	for range 2 {
		if err := migrate(t.Context(), db, steps, now); err != nil {
			t.Fatal(err)
		}
	}
	var rows int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM a").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("got %d rows, %v, want the step applied once", rows, err)
	}
}

func tables(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
	names, err := collect(rows, err, scanText)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// TestOpenAtOnce opens one new database from several stores, as processes that start together do.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "p.db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{Path: path, Sealer: place{}})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if _, err := s.CatalogVersion(t.Context()); err != nil {
				t.Errorf("read: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestDatabaseIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "p.db")
	s := openAt(t, path)
	temporaryUser(t, s)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%q has mode %04o, want 0600", "p.db"+suffix, info.Mode().Perm())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"} {
		var got string
		if err := s.writeDB.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", pragma, got, err, want)
		}
	}
	if _, err := s.read.exec(t.Context(), "DELETE FROM users"); err == nil {
		t.Error("a connection of the read pool wrote")
	}
}

func TestMigrationNumbers(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"a gap":     {"migrations/0001_a.sql": {}, "migrations/0003_c.sql": {}},
		"a twin":    {"migrations/0001_a.sql": {}, "migrations/0001_b.sql": {}},
		"no number": {"migrations/first.sql": {}},
	} {
		if got, err := loadMigrations(files); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
	if got, err := loadMigrations(migrationFiles); err != nil || len(got) == 0 {
		t.Errorf("our own: got %d, %v", len(got), err)
	}
}

// TestIndices asks the planner how it would answer every read and every search of a sweep: none may walk a whole table.
func TestIndices(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	exercise(t, s)
	for _, query := range statementsOf(t, s) {
		checkPlan(t, s, query)
	}
}

// statementsOf lists the statements that the store's connections keep, without those of River and the look for tables at the start.
func statementsOf(t *testing.T, s *Store) []string {
	t.Helper()
	kept := make(map[string]bool)
	note := func(c *keptConn) {
		for query := range c.kept {
			if !strings.Contains(query, "river_") && !strings.HasPrefix(query, "-- name") && !strings.Contains(query, "sqlite_master") {
				kept[query] = true
			}
		}
	}
	for _, c := range s.read.(*reader).idle {
		note(c)
	}
	reads := len(kept)
	conn, err := s.writeDB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Raw(func(c any) error { note(c.(*keptConn)); return nil }); err != nil {
		t.Fatal(err)
	}
	if reads < 10 || len(kept) < reads+20 {
		t.Fatalf("got %d statements for reading and %d in all: the store keeps them elsewhere", reads, len(kept))
	}
	return slices.Sorted(maps.Keys(kept))
}

// checkPlan fails on a scan of a table that grows. Few and read whole: clients, connectors and what operators set for their kinds.
func checkPlan(t *testing.T, s *Store, query string) {
	t.Helper()
	args := make([]any, 25)
	for i := range args {
		args[i] = 1
	}
	n := 0
	for i := range args {
		if strings.Contains(query, "$"+rowName(int64(i+1))) {
			n = i + 1
		}
	}
	if strings.HasSuffix(query, " one") {
		return // a savepoint's
	}
	rows, err := s.read.query(t.Context(), "EXPLAIN QUERY PLAN "+query, args[:n]...)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		whole := strings.HasPrefix(detail, "SCAN ") && !strings.Contains(detail, "USING")
		// The redirect URIs of a client application and the accounts of a connection are found by index and are a handful.
		handful := strings.Contains(query, "FROM redirect_uris") || strings.Contains(query, "FROM accounts WHERE connection_id")
		sorted := strings.Contains(detail, "TEMP B-TREE") && !handful
		few := strings.Contains(detail, "SCAN clients") || strings.Contains(detail, "SCAN connector") || strings.Contains(detail, "CONSTANT ROW") ||
			strings.HasSuffix(detail, "VALUES CLAUSE")
		// All client applications are listed with their parts, for the operator.
		few = few || !strings.Contains(query, "$1") && strings.HasPrefix(query, "SELECT 0 AS part")
		if (whole || sorted) && !few {
			t.Errorf("%q in\n%s", detail, query)
		}
	}
	if err := rows.Err(); err != nil {
		t.Error(err)
	}
}
