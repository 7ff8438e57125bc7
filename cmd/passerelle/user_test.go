package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// personIn makes a user with a connection and movements in a data folder, and gives their id.
func personIn(t *testing.T, dir string) int64 {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	a := &connect.Attempt{ID: uuid.Must(uuid.NewV7()).String(), Domain: grant.DefaultDomain, Created: now, Updated: now, ExpiresAt: now.Add(time.Hour)}
	db, _, err := openData(ctx, &config.Data{DataDir: dir}, slog.New(slog.DiscardHandler))
	if err == nil {
		err = errors.Join(db.CreateAttempt(ctx, a, ""), db.SaveConnection(ctx, connect.SaveConnection{
			Attempt: a, Connection: bank.Connection{ConnectorUUID: "c1", OwnerKey: "mallory-4711"}, Session: connect.Private("s"),
			NewUser: &grant.User{Domain: grant.DefaultDomain, Created: now}, Now: now,
		}))
	}
	if err == nil {
		_, err = db.SaveAccounts(ctx, a.ConnectionID, []bank.Account{{Key: "a", IBAN: "FR7630006000011234567890189", Name: "mallory-4711"}}, now)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return a.UserID
}

// TestUserCommands exports and erases a user from the command line, beside a service and without one.
func TestUserCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	id := fmt.Sprint(personIn(t, dir))
	export := command(t, "user", "export", id, "--data-dir", dir)
	if !json.Valid([]byte(export.out)) || !strings.Contains(export.out, "FR7630006000011234567890189") {
		t.Errorf("got export %.200s", export.out)
	}
	if got := command(t, "user", "erase", id, "--data-dir", dir); got.code == 0 || !strings.Contains(got.err, "--yes") {
		t.Errorf("without --yes: got %+v", got)
	}
	erased := object(t, "user", "erase", id, "--yes", "--json", "--data-dir", dir)
	if hash, ok := erased["hash"].(string); !ok || len(hash) != 64 {
		t.Errorf("got proof %v, want a hash", erased)
	}
	if got := command(t, "user", "erase", id, "--yes", "--data-dir", dir); got.code != 0 || !strings.Contains(got.out, "erased before") {
		t.Errorf("a second time: got %+v", got)
	}
	if got := command(t, "user", "proofs", "--data-dir", dir); !strings.Contains(got.out, erased["hash"].(string)) || strings.Contains(got.out, "mallory") {
		t.Errorf("got proofs %q", got.out)
	}
	for _, args := range [][]string{{"user", "export", "4711"}, {"user", "erase", "4711", "--yes"}} {
		if got := command(t, append(args, "--data-dir", dir)...); got.code == 0 || !strings.Contains(got.err, "no user has the id 4711") {
			t.Errorf("%q: got %+v", args, got)
		}
	}
	for _, name := range []string{"passerelle.db", "passerelle.db-wal"} {
		if raw, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.Contains(string(raw), "mallory-4711") {
			t.Errorf("%s still holds the person", name)
		}
	}
}

// TestKilledCommands kills backup, restore and erase anywhere: what has the name is whole, what does not is taken away by the next run, and
// a user is there or erased.
func TestKilledCommands(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	program := binary(t, "")
	killed := func(args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), program, append(args, "--data-dir", dir)...) //nolint:gosec // the program under test
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond) //nolint:forbidigo,gosec // a moment at random is the test
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	for round := range 5 {
		id := fmt.Sprint(personIn(t, dir))
		work := t.TempDir()
		file, target := filepath.Join(work, "b.db"), filepath.Join(work, "new", "p.db")
		killed("backup", file)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if got := command(t, "backup", file, "--data-dir", dir); got.code != 0 {
				t.Fatalf("round %d: a backup after a killed one: %+v", round, got)
			}
		}
		killed("restore", file, "--to", "sqlite:"+target)
		if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
			if got := command(t, "restore", file, "--to", "sqlite:"+target, "--data-dir", dir); got.code != 0 {
				t.Fatalf("round %d: a restore after a killed one: %+v", round, got)
			}
		}
		if got := command(t, "user", "export", id, "--data-dir", dir, "--database-url", "sqlite:"+target); got.code != 0 {
			t.Errorf("round %d: the user is not in the restored database: %+v", round, got)
		}
		killed("user", "erase", id, "--yes")
		if got := command(t, "user", "erase", id, "--yes", "--data-dir", dir); got.code != 0 {
			t.Errorf("round %d: an erasure after a killed one: %+v", round, got)
		}
		// The hash knows them in the restored database too.
		proofs := filepath.Join(work, "proofs")
		if err := os.WriteFile(proofs, []byte(command(t, "user", "proofs", "--data-dir", dir).out), 0o600); err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(work, "again", "p.db")
		if got := object(t, "restore", file, "--to", "sqlite:"+again, "--erased", proofs, "--json", "--data-dir", dir); fmt.Sprint(got["erased_again"]) != "1" {
			t.Errorf("round %d: got %v, want the erased user not to come back", round, got)
		}
	}
}
