package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/load"
	"passerelle/internal/store/pgtest"
)

// upgrading is the next release with failpoints in it: a program that has one migration more.
const upgrading = "failpoints,nextschema"

// killed is the exit code of a process that a signal ended.
const killed = -1

// kill is an order of a failpoint, and the version that the database has when the program died of it.
type kill struct {
	order string
	after int
}

// TestF20KilledMigrations kills the program on both sides of each migration and in the middle of it: what is there is always whole steps,
// and the next start goes on to the schema that one start alone would have made.
func TestF20KilledMigrations(t *testing.T) {
	whole(t)
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { t.Helper(); return "sqlite:" + filepath.Join(t.TempDir(), "passerelle.db") },
		"PostgreSQL": pgtest.Empty,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := binary(t, upgrading)
			alone, dir := database(t), t.TempDir()
			if code, said := migrate(t, program, dir, alone, ""); code != 0 {
				t.Fatalf("without a kill: %d: %s", code, said)
			}
			want, steps := schema(t, alone), version(t, alone)
			at, dir := database(t), t.TempDir()
			for n := 1; n <= steps; n++ {
				// On SQLite each start passes all steps, on PostgreSQL those that are missing.
				pass := n
				if name == "PostgreSQL" {
					pass = 1
				}
				kills := []kill{{"store:migrate:inside=kill@1", n - 1}, {fmt.Sprintf("store:migrate:after=kill@%d", pass), n}}
				if n == 1 || n == steps {
					kills = append(kills[:0:0], append([]kill{{fmt.Sprintf("store:migrate:before=kill@%d", pass), n - 1}}, kills...)...)
				}
				for _, k := range kills {
					if code, said := migrate(t, program, dir, at, k.order); code != killed {
						t.Fatalf("step %d, %s: ended with %d, want to be killed: %s", n, k.order, code, said)
					}
					if got := version(t, at); got != k.after {
						t.Fatalf("step %d, %s: version %d is there, want %d", n, k.order, got, k.after)
					}
				}
			}
			if code, said := migrate(t, program, dir, at, ""); code != 0 {
				t.Fatalf("after the kills: %d: %s", code, said)
			}
			if got := schema(t, at); !slices.Equal(got, want) {
				t.Errorf("after the kills the schema is another one:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			// Several start at once, on an empty database and slowly enough to meet.
			both, dir := database(t), t.TempDir()
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if code, said := migrate(t, program, dir, both, "store:migrate:inside=sleep=20ms"); code != 0 {
						t.Errorf("several at once: %d: %s", code, said)
					}
				})
			}
			all.Wait()
			if got := schema(t, both); !slices.Equal(got, want) {
				t.Error("several at once made another schema than one alone")
			}
		})
	}
}

// TestF20KilledUpgrade kills the next release again and again while it upgrades a database that people have used: the old release serves
// it each time, nothing is lost, and in the end both do.
func TestF20KilledUpgrade(t *testing.T) {
	whole(t)
	t.Parallel()
	next := binary(t, upgrading)
	s := start(t, "", rig.Options{Engine: rig.SQLite})
	p, b, c := s.Web[0], s.backend(s.Web[0]), s.walk(3)
	c.some(2)
	last := version(t, s.DatabaseURL()) + 1
	for _, order := range []string{
		fmt.Sprintf("store:migrate:before=kill@%d", last), "store:migrate:inside=kill@1", fmt.Sprintf("store:migrate:after=kill@%d", last),
	} {
		b.user(t.Context())
		if code, err := p.Stop(patience); code != 0 || err != nil {
			t.Fatalf("the stop: %d, %v", code, err)
		}
		if code, said := migrate(t, next, s.Data, s.DatabaseURL(), order); code != killed {
			t.Fatalf("%s: ended with %d, want to be killed: %s", order, code, said)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatalf("%s: the old release: %v", order, err)
		}
		b.present(t.Context())
	}
	if got := version(t, s.DatabaseURL()); got != last {
		t.Errorf("version %d is there, want %d", got, last)
	}
	p.Use(next)
	if _, err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.present(t.Context())
	c.some(1)
	c.arrived()
	c.present()
	s.sound()
}

// migrate brings a database up to date with a program and its data folder, under the order of a failpoint, and gives its exit code and what it wrote.
func migrate(t *testing.T, program, dir, database, order string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "migrate", "--data-dir", dir, "--database-url", database) //nolint:gosec // ours
	cmd.Env = append(os.Environ(), "PASSERELLE_FAILPOINTS="+order)
	said, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Errorf("migrate: %v", err)
	}
	return cmd.ProcessState.ExitCode(), string(said)
}

// ask asks a database for one column of text.
func ask(t *testing.T, database, query string) []string {
	t.Helper()
	db, err := load.OpenDatabase(database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.Column(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// version is the schema's; each version is noted once, and none is left out.
func version(t *testing.T, database string) int {
	t.Helper()
	list := ask(t, database, "SELECT CAST(version AS TEXT) FROM schema_version ORDER BY schema_version.version")
	for i, v := range list {
		if v != fmt.Sprint(i+1) {
			t.Errorf("versions %v are noted", list)
		}
	}
	return len(list)
}

// schema is all that a database is made of, in words.
func schema(t *testing.T, database string) []string {
	t.Helper()
	if strings.HasPrefix(database, "sqlite:") {
		return ask(t, database, "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
	}
	return append(
		ask(t, database, `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
			FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`),
		ask(t, database, "SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname")...,
	)
}
