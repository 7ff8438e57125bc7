package npm

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// There is no lock file, so a range would let any later version in.
func TestVersionsAreExact(t *testing.T) {
	t.Parallel()
	var m struct {
		Dependencies, DevDependencies map[string]string
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Dependencies) == 0 || len(m.DevDependencies) != 0 {
		t.Errorf("dependencies %v, devDependencies %v", m.Dependencies, m.DevDependencies)
	}
	for name, version := range m.Dependencies {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
			t.Errorf("%s is asked for as %q, want an exact version", name, version)
		}
	}
}

// program writes a stand-in for npm that installs an axe.min.js of its own.
func program(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "npm")
	script := "#!/bin/sh\nset -e\ntest -f package.json\ncase \"$*\" in *--ignore-scripts*) ;; *) exit 9 ;; esac\n" +
		"mkdir -p node_modules/axe-core\nprintf '%s' '" + content + "' > node_modules/axe-core/axe.min.js\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAxeRefusesAnotherFile(t *testing.T) {
	t.Parallel()
	_, err := Axe(t.Context(), program(t, "evil()"), filepath.Join(t.TempDir(), "npm"))
	if !errors.Is(err, ErrDigest) {
		t.Errorf("Axe = %v, want ErrDigest", err)
	}
}

func TestAxeSaysThatNpmFailed(t *testing.T) {
	t.Parallel()
	_, err := Axe(t.Context(), "/bin/false", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "fetch axe-core from npm") {
		t.Errorf("Axe = %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	// FIPS 180-2, appendix B.1.
	if err := check(file, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); err != nil {
		t.Error(err)
	}
	if err := check(file, axeDigest); !errors.Is(err, ErrDigest) {
		t.Errorf("check of another file = %v", err)
	}
}
