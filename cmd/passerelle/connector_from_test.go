package main

import (
	"strings"
	"testing"
)

// TestConnectorListSaysWhereFrom: entries that come with the program and with kinds that serve sets up are listed beside those of the directory.
func TestConnectorListSaysWhereFrom(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	list := func(args ...string) map[string]int {
		t.Helper()
		view := object(t, append([]string{"connector", "list", "--json", "--data-dir", dir}, args...)...)
		out := map[string]int{}
		entries, _ := view["connectors"].([]any)
		for _, e := range entries {
			one, _ := e.(map[string]any)
			from, _ := one["from"].(string)
			out[from]++
		}
		return out
	}
	all := list()
	if all["program"] == 0 || all["testbank"] == 0 || all["directory"] != 0 || all["external"] != 0 || all[""] != 0 {
		t.Errorf("a fresh install lists %v", all)
	}
	if got := list("--from", "testbank"); len(got) != 1 || got["testbank"] != all["testbank"] {
		t.Errorf("of the test bank: %v, want its %d", got, all["testbank"])
	}
	table := inFile(t, "banks.csv", "country,name,bic\nCH,Alpenbank,ALPECH22\n")[1:]
	if a := command(t, "connector", "import", table, "--data-dir", dir); a.code != exitOK {
		t.Fatalf("import: %s", a.err)
	}
	if got := list("--from", "directory"); got["directory"] != 1 {
		t.Errorf("after an import: %v, want the one that was imported", got)
	}
	if a := command(t, "connector", "list", "--from", "moon", "--data-dir", dir); a.code == exitOK || !strings.Contains(a.err, "--from") {
		t.Errorf("exit %d: %s", a.code, a.err)
	}
	if a := command(t, "connector", "list", "--from", "testbank", "--data-dir", dir); a.code != exitOK || !strings.Contains(a.out, "  testbank  ") {
		t.Errorf("for people: %s %s", a.out, a.err)
	}
}
