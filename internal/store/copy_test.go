package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/store/pgtest"
	"passerelle/internal/syncer"
)

// TestCopy moves a store from SQLite to PostgreSQL and back: the first copy is cut off and goes on, and at the end each row is what it
// was.
func TestCopy(t *testing.T) {
	t.Parallel()
	from := openTest(t)
	connection := stocked(t, from, 1300)
	if err := from.QueueSyncs(t.Context(), []int64{connection, 77}, true); err != nil {
		t.Fatal(err)
	}
	gone := temporaryUser(t, from)
	if _, err := from.writeDB.ExecContext(t.Context(), "DELETE FROM users WHERE id = $1", gone.ID); err != nil {
		t.Fatal(err)
	}

	url := postgresURL(t)
	to := openCopy(t, Options{Postgres: url})
	ctx, cut := context.WithCancel(t.Context())
	_, err := from.CopyTo(ctx, to, func(p CopyProgress) {
		if p.Table == "transactions" && p.Rows > 600 {
			cut()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a copy that was cut off gave %v", err)
	}
	if _, err := Open(t.Context(), Options{Postgres: url, Sealer: place{}}); !errors.Is(err, ErrCopyUnfinished) {
		t.Errorf("half a copy opens for service: %v", err)
	}
	var bars int
	report, err := from.CopyTo(t.Context(), openCopy(t, Options{Postgres: url}), func(CopyProgress) { bars++ })
	if err != nil || !report.Resumed || report.Rows < 1300 || report.Jobs < 2 || bars < 10 {
		t.Fatalf("got %+v after %d signs, %v", report, bars, err)
	}

	served := openPG(t, url)
	if u := temporaryUser(t, served); u.ID <= gone.ID {
		t.Errorf("the id %d was given before: %d was, to one who is gone", u.ID, gone.ID)
	} else if _, err := served.pgExec(t.Context(), "DELETE FROM users WHERE id = $1", u.ID); err != nil {
		t.Fatal(err)
	}
	const jobs = "kind = $1 AND CAST(args ->> 'connection_id' AS BIGINT) IN ($2, 77)"
	got, want := rowsIn(t, served, "river_job", jobs, syncer.JobSync, connection), rowsIn(t, from, "river_job", jobs, syncer.JobSync, connection)
	if got != want || want < 2 {
		t.Errorf("%d of %d jobs came along", got, want)
	}
	if _, err := from.CopyTo(t.Context(), served, func(CopyProgress) {}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("into what is not empty: %v", err)
	}

	back := openCopy(t, Options{Path: filepath.Join(t.TempDir(), "back.db")})
	if report, err = served.CopyTo(t.Context(), back, func(CopyProgress) {}); err != nil || report.Resumed {
		t.Fatalf("back: %+v, %v", report, err)
	}
	c := &copying{from: from, to: back, tell: func(CopyProgress) {}}
	if err := c.list(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.report.Rows = c.total
	if err := c.verify(t.Context()); err != nil {
		t.Errorf("there and back: %v", err)
	}
}

// TestCopyNotices: a row that is not the same on both sides is found and named, by its number alone.
func TestCopyNotices(t *testing.T) {
	t.Parallel()
	from := openTest(t)
	stocked(t, from, 3)
	to := openCopy(t, Options{Path: filepath.Join(t.TempDir(), "to.db")})
	_, err := from.CopyTo(t.Context(), to, func(p CopyProgress) {
		if p.Verifying && p.Rows == 0 {
			if _, err := to.writeDB.ExecContext(t.Context(), "UPDATE accounts SET number = 'someone else''s'"); err != nil {
				t.Error(err)
			}
		}
	})
	if err == nil || !strings.Contains(err.Error(), "accounts: the column number of row ") || strings.Contains(err.Error(), "someone") {
		t.Errorf("got %v", err)
	}
	_, err = from.CopyTo(t.Context(), to, func(p CopyProgress) {
		if p.Verifying && p.Rows == 0 {
			if _, err := from.writeDB.ExecContext(t.Context(), "INSERT INTO users (domain, created) VALUES ('default', 1)"); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, ErrCopyChanged) {
		t.Errorf("a source that was written to meanwhile: %v, want it to say so", err)
	}
}

// TestCopyServed: nothing is copied from under a process that serves.
func TestCopyServed(t *testing.T) {
	t.Parallel()
	from := openPG(t, postgresURL(t))
	if _, err := from.pgExec(t.Context(), "INSERT INTO processes (id, name, role, version, schema_version, started, draining) VALUES (1, 'n', 'web', 'v', 1, 1, 0)"); err != nil {
		t.Fatal(err)
	}
	if _, err := from.pgExec(t.Context(), "INSERT INTO beats (process_id, beat) VALUES (1, 1)"); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), 30*time.Second)
	defer end()
	go func() {
		for ctx.Err() == nil {
			_, _ = from.pgExec(ctx, "UPDATE beats SET beat = beat + 1")
			time.Sleep(100 * time.Millisecond)
		}
	}()
	to := openCopy(t, Options{Path: filepath.Join(t.TempDir(), "to.db")})
	if _, err := from.CopyTo(ctx, to, func(CopyProgress) {}); err == nil || !strings.Contains(err.Error(), "serves from the source") {
		t.Errorf("got %v", err)
	}
}

// stocked fills a store with what every verb leaves, and with movements, and gives a connection.
func stocked(t *testing.T, s *Store, movements int) int64 {
	t.Helper()
	exercise(t, s)
	a := saved(t, s)
	accounts, err := s.SaveAccounts(t.Context(), a.ConnectionID, []bank.Account{{Key: "many"}, {Key: "\x00 odd"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.writeDB.ExecContext(t.Context(), "UPDATE accounts SET disabled_at = NULL"); err != nil {
		t.Fatal(err)
	}
	list := make([]bank.Transaction, movements)
	for i := range list {
		list[i] = bank.Transaction{Key: strconv.Itoa(i), Date: now, OriginalWording: "émission " + strconv.Itoa(i)}
	}
	if n, err := s.SaveTransactions(t.Context(), accounts[0].ID, list, now); err != nil || n != movements {
		t.Fatal(n, err)
	}
	return a.ConnectionID
}

func openCopy(t *testing.T, o Options) *Store {
	t.Helper()
	o.Sealer, o.Copying = place{}, true
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestParentsFirst(t *testing.T) {
	t.Parallel()
	parents := map[string][]string{"a": {"b", "z"}, "b": {"z"}, "tree": {"tree"}, "c": {"out of here"}}
	want := []string{"c", "tree", "z", "b", "a"}
	for range 20 {
		names := slices.Clone(want)
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		if got, err := parentsFirst(names, parents); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v became %v (%v), want %v", names, got, err, want)
		}
	}
	if got, err := parentsFirst([]string{"x", "y"}, map[string][]string{"x": {"y"}, "y": {"x"}}); err == nil {
		t.Errorf("a circle became %v", got)
	}
}

// TestCopyFromRestored copies from a PostgreSQL database whose tables pg_restore has made, in the order of their names.
func TestCopyFromRestored(t *testing.T) {
	t.Parallel()
	url := postgresURL(t)
	s := openPG(t, url)
	a := saved(t, s)
	if _, err := s.SaveAccounts(t.Context(), a.ConnectionID, []bank.Account{{Key: "one"}}, now); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := BackupPostgres(t.Context(), url, file); err != nil {
		t.Fatal(err)
	}
	restored := pgtest.Empty(t)
	if _, err := RestorePostgres(t.Context(), file, restored, Restore{Sealer: place{}, Now: now}); err != nil {
		t.Fatal(err)
	}
	to := openCopy(t, Options{Path: filepath.Join(t.TempDir(), "to.db")})
	if _, err := openPG(t, restored).CopyTo(t.Context(), to, func(CopyProgress) {}); err != nil {
		t.Fatal(err)
	}
	if n := rowsIn(t, to, "accounts", "1 = $1", 1); n != 1 {
		t.Errorf("%d accounts came along, want 1", n)
	}
}
