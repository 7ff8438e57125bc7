package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestRestoreWithoutKeyset: a missing keyset is told in words of its own, with the flags that name one.
func TestRestoreWithoutKeyset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := command(t, "restore", filepath.Join(dir, "backup"), "--to", "sqlite:"+filepath.Join(dir, "new.db"), "--data-dir", filepath.Join(dir, "keys"))
	for _, want := range []string{"--keyset", "--data-dir", filepath.Join(dir, "keys"), "put the copy that belongs to the backup there"} {
		if a.code != exitFailed || !strings.Contains(a.err, want) {
			t.Errorf("exit %d: %s, want it to say %q", a.code, a.err, want)
		}
	}
	if strings.Contains(a.err, "anew") {
		t.Errorf("a restore is told to begin anew: %s", a.err)
	}
	if remedy := keysetRemedy(ofPostgres); remedy != "give every process the same keyset, or restore it from its copy" {
		t.Errorf("on PostgreSQL: %q", remedy)
	}
}
