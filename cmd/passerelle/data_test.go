package main

import (
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// contents gives what a folder holds, by name. The lock is no part of it: a process that refuses to start held it.
func contents(t *testing.T, dir string) map[string][sha256.Size]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][sha256.Size]byte)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = sha256.Sum256(b)
	}
	delete(out, "passerelle.lock")
	return out
}

// TestKeysetThatDoesNotBelong takes the keyset away, or puts another one in its place, and wants every command that opens the
// data folder to refuse, to name both files and the remedy, and to leave everything as it is (R52).
func TestKeysetThatDoesNotBelong(t *testing.T) {
	t.Parallel()
	other := dataDir(t)
	command(t, "migrate", "--data-dir", other)
	for name, spoil := range map[string]func(keyset string) error{
		"gone": os.Remove,
		"another": func(keyset string) error {
			b, err := os.ReadFile(filepath.Join(other, "keyset.json"))
			if err != nil {
				return err
			}
			return os.WriteFile(keyset, b, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			object(t, "client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--json", "--data-dir", dir)
			keyset := filepath.Join(dir, "keyset.json")
			right, err := os.ReadFile(keyset)
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(keyset); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)
			for _, args := range [][]string{
				{"client", "list"}, {"token", "create", "--kind", "users"}, {"migrate"}, {"serve", "--listen", "127.0.0.1:0", "--test-bank", "off"},
			} {
				a := command(t, append(args, "--data-dir", dir)...)
				if a.code != exitFailed || a.out != "" {
					t.Errorf("%v: exit %d, %q, want a refusal", args, a.code, a.out)
				}
				for _, want := range []string{keyset, filepath.Join(dir, databaseName), "restore", "move", "nothing was changed"} {
					if !strings.Contains(a.err, want) {
						t.Errorf("%v: %q does not say %q", args, a.err, want)
					}
				}
			}
			if after := contents(t, dir); !maps.Equal(after, before) {
				t.Errorf("the folder holds %v now, want %v unchanged", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
			}
			if err := os.WriteFile(keyset, right, 0o600); err != nil {
				t.Fatal(err)
			}
			if list := object(t, "client", "list", "--json", "--data-dir", dir); len(list["clients"].([]any)) != 1 {
				t.Errorf("with the keyset restored: %v", list)
			}
		})
	}
}

// TestFirstStartsAtOnce: processes that start together in a new folder end with one keyset and one database, and none refuses.
func TestFirstStartsAtOnce(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	var started []*program
	for range 6 {
		started = append(started, launch(t, nil, "migrate", "--data-dir", dir))
	}
	made := 0
	for _, p := range started {
		if code := p.exit(); code != exitOK {
			t.Errorf("exit %d: %s", code, p.err)
		}
		made += strings.Count(p.err.String(), "keyset made")
	}
	if made != 1 {
		t.Errorf("%d processes say that they made the keyset, want 1", made)
	}
}

// TestModes: others who can write to what is stored are refused, others who can read it are warned of.
func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	for _, tt := range []struct {
		what    string
		mode    os.FileMode
		refused bool
		says    string
	}{
		{".", 0o700, false, ""},
		{databaseName, 0o600, false, ""},
		{".", 0o750, false, "can reach"},
		{".", 0o755, false, "can reach"},
		{databaseName, 0o644, false, "can reach"},
		{".", 0o770, false, "can reach"},
		{".", 0o702, true, "chmod"},
		{databaseName, 0o660, false, "can reach"},
		{databaseName, 0o606, true, "chmod"},
	} {
		t.Run(tt.what+" "+tt.mode.String(), func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			command(t, "migrate", "--data-dir", dir)
			path := filepath.Join(dir, tt.what)
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			a := command(t, "client", "list", "--data-dir", dir)
			if refused := a.code != exitOK; refused != tt.refused {
				t.Errorf("exit %d, want refused %v: %s", a.code, tt.refused, a.err)
			}
			if !strings.Contains(a.err, tt.says) || tt.says == "" && a.err != "" || tt.says != "" && !strings.Contains(a.err, path) {
				t.Errorf("standard error %q, want it to say %q of %s", a.err, tt.says, path)
			}
		})
	}
}
