package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/store"
	"passerelle/internal/syncer"
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

// TestReadProofs: what user proofs prints is read as it was printed, erased users and removed connections, to the microsecond; anything else
// is refused before a restore begins.
func TestReadProofs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "proofs.jsonl")
	first := time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)
	write := func(lines ...any) {
		t.Helper()
		var out bytes.Buffer
		for _, l := range lines {
			if err := json.NewEncoder(&out).Encode(l); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(viewOfProof(syncer.Proof{ID: 1, Hash: []byte("hash")}), removalView{Connection: 17, FirstConsent: first, RemovedAt: first.Add(time.Hour)},
		unsharedView{Account: 5, Connection: 18, FirstConsent: first, UnsharedAt: first.Add(time.Minute), ByUser: true, Removed: true, All: true})
	got, err := readProofs(file)
	want := store.Removal{Connection: 17, FirstConsent: first, At: first.Add(time.Hour)}
	if err != nil || len(got.erased) != 1 || !got.erased["hash"] || len(got.removed) != 1 || got.removed[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	unshared := store.Unshared{Connection: 18, Account: 5, FirstConsent: first, At: first.Add(time.Minute), ByUser: true, Removed: true, All: true}
	if len(got.unshared) != 1 || got.unshared[0] != unshared {
		t.Errorf("got %+v, want the account that is not shared", got.unshared)
	}
	for name, line := range map[string]any{
		"neither": map[string]any{"id": 1}, "no time": map[string]any{"connection": 17}, "no hash": map[string]any{"hash": "xyz"},
		"no end": map[string]any{"account": 5, "of_connection": 18, "first_consent": first}, "a wrong time": map[string]any{"account": 5, "first_consent": 7}, "a text": "proof",
	} {
		write(line)
		if _, err := readProofs(file); err == nil || !strings.Contains(err.Error(), "--erased") {
			t.Errorf("%s: got %v, want a refusal that names the flag", name, err)
		}
	}
}
