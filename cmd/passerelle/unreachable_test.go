package main

import (
	"strings"
	"testing"
)

// TestUnreachableFlag: a PostgreSQL that does not answer is told with the flag that names it, and never with the password.
func TestUnreachableFlag(t *testing.T) {
	t.Parallel()
	const gone = "postgres://somebody:CANARY@127.0.0.1:1/none"
	dir := dataDir(t)
	if a := command(t, "migrate", "--data-dir", dir); a.code != exitOK {
		t.Fatal(a)
	}
	for flag, args := range map[string][]string{
		"--database-url (PASSERELLE_DATABASE_URL)": {"client", "list", "--data-dir", dir, "--database-url", gone},
		"--from (PASSERELLE_COPY_FROM)":            {"migrate", "copy", "--data-dir", dir, "--from", gone, "--to", "sqlite:" + dir + "/other.db"},
		"--to (PASSERELLE_COPY_TO)":                {"migrate", "copy", "--from", "sqlite:" + dir + "/" + databaseName, "--to", gone},
	} {
		a := command(t, args...)
		if a.code != exitFailed || !strings.Contains(a.err, flag) || !strings.Contains(a.err, "refused") || strings.Contains(a.err, "CANARY") ||
			strings.Count(a.err, "\n") != 1 {
			t.Errorf("%v: exit %d: %s, want one line with %q", args, a.code, a.err, flag)
		}
	}
}
