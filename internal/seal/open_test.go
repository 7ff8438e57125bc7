package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/seal"
)

func TestFirstStartCreates(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "keyset.json")
	ring, created, err := seal.OpenOrCreate(path)
	if err != nil || !created {
		t.Fatalf("first: created = %v, err = %v, want true, nil", created, err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s = %04o, want %04o", filepath.Base(name), got, want)
		}
	}
	sealed, err := ring.Seal([]byte("secret"), place)
	if err != nil {
		t.Fatal(err)
	}
	again, created, err := seal.OpenOrCreate(path)
	if err != nil || created {
		t.Fatalf("second: created = %v, err = %v, want false, nil", created, err)
	}
	if got, err := again.Open(sealed, place); err != nil || string(got) != "secret" {
		t.Errorf("after a restart: Open = %q, %v", got, err)
	}
	if left := names(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("the folder holds %v, want the keyset alone", left)
	}
}

func TestUnusableFileIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	good := goodFile(t)
	withoutPRF, swapped, future := reshape(t, good)
	for _, tt := range []struct {
		name    string
		content []byte
		mode    os.FileMode
		want    []string
	}{
		{"readable by the group", good, 0o640, []string{"0640", "chmod 600"}},
		{"readable by all", good, 0o604, []string{"0604", "chmod 600"}},
		{"writable by others", good, 0o602, []string{"0602", "chmod 600"}},
		{"empty", nil, 0o600, []string{"empty", "backup"}},
		{"truncated", good[:len(good)/2], 0o600, []string{"truncated", "backup"}},
		{"cut by its last byte", bytes.TrimSpace(good)[:len(bytes.TrimSpace(good))-1], 0o600, []string{"truncated", "backup"}},
		{"not JSON", []byte("hello"), 0o600, []string{"not a JSON object", "backup"}},
		{"trailing data", append(bytes.Clone(good), '{', '}'), 0o600, []string{"follows", "backup"}},
		{"another version", future, 0o600, []string{"version 2", "backup"}},
		{"without prf", withoutPRF, 0o600, []string{`no "prf" keyset`, "backup"}},
		{"keysets swapped", swapped, 0o600, []string{"aead keyset", "backup"}},
		{"keyset of nonsense", []byte(`{"version":1,"aead":{"a":1},"prf":{}}`), 0o600, []string{`"aead" keyset`, "backup"}},
		{"huge", bytes.Repeat([]byte(" "), 1<<20+1), 0o600, []string{"larger", "backup"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keyset.json")
			if err := os.WriteFile(path, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			ring, created, err := seal.OpenOrCreate(path)
			if err == nil || ring != nil || created {
				t.Fatalf("OpenOrCreate = %v, %v, %v, want an error alone", ring, created, err)
			}
			for _, want := range append(tt.want, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("err = %v, want it to say %q", err, want)
				}
			}
			if after, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(after, tt.content) {
				t.Errorf("the file was changed (read: %v)", readErr)
			}
		})
	}
}

// Key material must not reach a log through the message of a failed start.
func TestErrorsQuoteNoKeys(t *testing.T) {
	t.Parallel()
	var f map[string]json.RawMessage
	if err := json.Unmarshal(goodFile(t), &f); err != nil {
		t.Fatal(err)
	}
	f["aead"] = json.RawMessage(`{"key":"CANARY-KEY","primaryKeyId":"CANARY-KEY"}`)
	content, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]byte{content, []byte(`{"version":"CANARY-KEY"`), []byte("CANARY-KEY")} {
		path := filepath.Join(t.TempDir(), "keyset.json")
		if err := os.WriteFile(path, c, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := seal.OpenOrCreate(path); err == nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("err = %v, want one without the content", err)
		}
	}
}

func TestPathTrouble(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"empty": "", "a folder": dir, "under a file": filepath.Join(file, "keyset.json")} {
		if _, _, err := seal.OpenOrCreate(path); err == nil || !strings.Contains(err.Error(), "keyset") {
			t.Errorf("%s: err = %v, want one about the keyset", name, err)
		}
	}
}

func TestGoroutinesEndWithOneKeyset(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := filepath.Join(t.TempDir(), "keyset.json")
		const n = 16
		rings, createds, errs := make([]*seal.Keyring, n), make([]bool, n), make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { rings[i], createds[i], errs[i] = seal.OpenOrCreate(path) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		winners := 0
		sealed, err := rings[0].Seal([]byte("x"), place)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if createds[i] {
				winners++
			}
			if _, err := rings[i].Open(sealed, place); err != nil {
				t.Fatalf("goroutine %d holds another keyset: %v", i, err)
			}
		}
		if winners != 1 {
			t.Fatalf("%d say that they created the file, want 1", winners)
		}
	}
}

const childPath = "SEAL_TEST_KEYSET"

// TestMain lets the test binary play a starting process, which opens the keyset and prints what it derives from it, and a key
// management service.
func TestMain(m *testing.M) {
	if token := os.Getenv(kmsVariable); token != "" {
		fmt.Fprintln(os.Stderr, serveKMS(token))
		os.Exit(1)
	}
	path := os.Getenv(childPath)
	if path == "" {
		os.Exit(m.Run())
	}
	ring, created, err := seal.OpenOrCreate(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out, err := ring.Derive("child", nil, 16)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%x %v\n", out, created)
}

func TestProcessesEndWithOneKeyset(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "keyset.json")
	const n = 6
	outs, errs := make([]string, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), childPath+"="+path)
			out, err := cmd.Output()
			outs[i], errs[i] = string(out), err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	winners := 0
	for _, out := range outs {
		key, created, _ := strings.Cut(strings.TrimSpace(out), " ")
		if first, _, _ := strings.Cut(outs[0], " "); key != first || key == "" {
			t.Errorf("a process derived %q, another %q", key, first)
		}
		if created == "true" {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d processes say that they created the file, want 1", winners)
	}
}

func goodFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyset.json")
	if _, _, err := seal.OpenOrCreate(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// reshape makes damaged variants of a good file.
func reshape(t *testing.T, good []byte) (withoutPRF, swapped, future []byte) {
	t.Helper()
	variant := func(change func(map[string]json.RawMessage)) []byte {
		var f map[string]json.RawMessage
		if err := json.Unmarshal(good, &f); err != nil {
			t.Fatal(err)
		}
		change(f)
		out, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	withoutPRF = variant(func(f map[string]json.RawMessage) { delete(f, "prf") })
	swapped = variant(func(f map[string]json.RawMessage) { f["prf"], f["aead"] = f["aead"], f["prf"] })
	future = variant(func(f map[string]json.RawMessage) { f["version"] = json.RawMessage("2") })
	return withoutPRF, swapped, future
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
