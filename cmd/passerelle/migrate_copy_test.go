package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/store"
)

// TestMigrateCopy moves an install with sealed values to PostgreSQL by the real binary, which is killed on the way and run again: what
// is there is the same, and opens. What is refused says why, and changes nothing.
func TestMigrateCopy(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, "", 300)
	made := object(t, w.args("client", "create", "--name", "Mover", "--redirect-uri", "https://a.example/cb", "--json")...)
	file, target := "sqlite:"+filepath.Join(w.data.DataDir, databaseName), postgresDatabase(t)
	args := []string{"migrate", "copy", "--from", file, "--to", target, "--json"}

	unlock, err := store.LockDataDir(w.data.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	if a := command(t, args...); a.code == exitOK || !strings.Contains(a.err, "--from: another process serves") {
		t.Errorf("while a service holds the folder: exit %d, %s", a.code, a.err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}

	bin := binary(t, "")
	for after := 40 * time.Millisecond; after < 400*time.Millisecond; after *= 2 {
		cmd := exec.CommandContext(t.Context(), bin, args...)
		cmd.Env = append(os.Environ(), "PASSERELLE_DATABASE_URL=")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after) // any moment will do
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	report := command(t, args...)
	if report.code != exitOK && !strings.Contains(report.err, "not empty") {
		t.Fatalf("after the kills: exit %d, %s", report.code, report.err)
	}

	moved := *w
	moved.data.DatabaseURL = target
	moved.check()
	list := command(t, moved.args("client", "list", "--json")...)
	if id := fmt.Sprint(made["client_id"]); list.code != exitOK || !strings.Contains(list.out, id) || !strings.Contains(list.out, `"Mover"`) {
		t.Errorf("the client application %s is not in %s %s", id, list.out, list.err)
	}
	if a := command(t, args...); a.code == exitOK || !strings.Contains(a.err, "--to: nothing was changed: the target is not empty") {
		t.Errorf("into what is not empty: exit %d, %s", a.code, a.err)
	}
	if a := command(t, "migrate", "copy", "--from", file, "--to", file); a.code == exitOK || !strings.Contains(a.err, "same database") {
		t.Errorf("into itself: exit %d, %s", a.code, a.err)
	}
}
