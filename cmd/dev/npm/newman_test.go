package npm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPinned: of Newman and oidc-provider every package has a digest, and none says where it comes from.
func TestPinned(t *testing.T) {
	t.Parallel()
	for of, text := range map[string][]byte{"newman": newmanLock, "oidc-provider": providerLock} {
		var lock struct {
			Packages map[string]struct {
				Version, Resolved, Integrity string
				HasInstallScript             bool
			}
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			t.Fatal(err)
		}
		if len(lock.Packages) < 10 {
			t.Errorf("%s: %d packages only", of, len(lock.Packages))
		}
		for name, p := range lock.Packages {
			if name != "" && (p.Version == "" || !strings.HasPrefix(p.Integrity, "sha512-")) {
				t.Errorf("%s: %s has version %q and digest %q", of, name, p.Version, p.Integrity)
			}
			if p.Resolved != "" {
				t.Errorf("%s: %s comes from %s", of, name, p.Resolved)
			}
		}
	}
}

// ci writes a stand-in for npm that installs a newman of its own, and counts how often it is asked.
func ci(t *testing.T, counter string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "npm")
	script := "#!/bin/sh\nset -e\ntest -f package.json\ntest -f package-lock.json\ncase \"$*\" in ci*--ignore-scripts*) ;; *) exit 9 ;; esac\n" +
		"echo x >> " + counter + "\nmkdir -p node_modules/newman/bin\ntouch node_modules/newman/bin/newman.js\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNewmanIsFetchedOnce: what is there is used, and what was cut off half-way is fetched again.
func TestNewmanIsFetchedOnce(t *testing.T) {
	t.Parallel()
	folder, counter := t.TempDir(), filepath.Join(t.TempDir(), "count")
	program := ci(t, counter)
	for _, step := range []struct {
		before func() error
		want   int
	}{
		{func() error { return nil }, 1},
		{func() error { return nil }, 1},
		{func() error { return os.Remove(filepath.Join(folder, "newman", "installed.json")) }, 2},
	} {
		if err := step.before(); err != nil {
			t.Fatal(err)
		}
		file, err := Newman(t.Context(), program, folder)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
		asked, err := os.ReadFile(counter)
		if got := strings.Count(string(asked), "x"); err != nil || got != step.want {
			t.Errorf("npm was asked %d times (%v), want %d", got, err, step.want)
		}
	}
}
