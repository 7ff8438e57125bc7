package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	site "passerelle/web/sandboxbank"
)

// TestImportFromAKind takes the institutions of an aggregator over, the sandbox bank's: with the operator's key, once, and offered at
// once. A key that another sandbox bank made is none of this one's.
func TestImportFromAKind(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "application.pem")
	p := launch(t, nil, "sandboxbank", "--listen", "127.0.0.1:0", "--application-key", file)
	// What the bank prints is the command as it stands.
	_, line, _ := strings.Cut(p.line("for Enable Banking:"), "passerelle connector ")
	set := strings.Fields(line)
	p.line("listening on")
	dir := dataDir(t)
	do := func(args ...string) answer {
		t.Helper()
		return command(t, append(append([]string{"connector"}, args...), "--data-dir", dir)...)
	}
	if a := do(set...); a.code != exitOK {
		t.Fatal(a.err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info, err)
	}
	if a := do("import", "--from", "enablebanking"); a.code == exitOK || !strings.Contains(a.err, "give --allow-private-networks") {
		t.Errorf("an address on this machine was reached without --allow-private-networks: %+v", a)
	}
	first := decode(t, do("import", "--from", "enablebanking", "--allow-private-networks", "--json").out)
	added, err := first["added"].(json.Number).Int64()
	if err != nil || added != int64(len(site.Aggregated)) || len(first["refused"].([]any)) != 0 {
		t.Fatalf("imported: %v", first)
	}
	again := decode(t, do("import", "--from", "enablebanking", "--allow-private-networks", "--json").out)
	if kept, _ := again["kept"].(json.Number).Int64(); kept != added || again["added"].(json.Number) != "0" || again["changed"].(json.Number) != "0" {
		t.Errorf("again: %v, want %d kept", again, added)
	}
	list := decode(t, do("list", "--kind", "enablebanking", "--offered", "--json").out)
	if n, _ := list["total"].(json.Number).Int64(); n == 0 || n > added {
		t.Errorf("%d of %d are offered", n, added)
	}
	seen := map[string]bool{}
	for _, e := range list["connectors"].([]any) {
		id := e.(map[string]any)["id"].(json.Number).String()
		if seen[id] || id == "0" || !strings.HasPrefix(id, "1") {
			t.Errorf("the number %s", id)
		}
		seen[id] = true
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	other := launch(t, nil, "sandboxbank", "--listen", "127.0.0.1:0", "--application-key", filepath.Join(t.TempDir(), "other.pem"))
	other.line("for Enable Banking:")
	at := strings.Fields(other.line("listening on"))
	if a := do("settings", "set", "enablebanking", "base_url="+at[len(at)-1]+"/eb"); a.code != exitOK {
		t.Fatal(a.err)
	}
	if a := do("import", "--from", "enablebanking", "--allow-private-networks"); a.code == exitOK || !strings.Contains(a.err, "UNAUTHORIZED_ACCESS") {
		t.Errorf("with another's key: %+v", a)
	}
}
