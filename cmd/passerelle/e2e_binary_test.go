package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builds are the binaries built so far, by build tags. Tests that run at one time share a build; the last one removes it.
var builds = struct {
	sync.Mutex
	byTags map[string]*build
}{byTags: make(map[string]*build)}

type build struct {
	once  sync.Once
	dir   string
	out   []byte
	err   error
	users int
}

// binary gives the path of the real program, built by `go build` as for a release: not the test binary under another name,
// which starts slower and, under -race, is another program.
func binary(t *testing.T, tags string) string {
	t.Helper()
	builds.Lock()
	b, ok := builds.byTags[tags]
	if !ok {
		b = &build{}
		builds.byTags[tags] = b
	}
	b.users++
	builds.Unlock()
	t.Cleanup(func() { letGo(t, tags, b) })
	b.once.Do(func() { b.make(tags) })
	if b.err != nil {
		t.Fatalf("build with tags %q: %v\n%s", tags, b.err, b.out)
	}
	return b.path()
}

func (b *build) path() string { return filepath.Join(b.dir, "passerelle") }

func (b *build) make(tags string) {
	if b.dir, b.err = os.MkdirTemp("", "passerelle-e2e-"); b.err != nil {
		return
	}
	// The build is shared, so that the end of the test which asked first must not stop it: no context of a test.
	b.out, b.err = exec.Command("go", "build", "-tags", tags, "-o", b.path(), ".").CombinedOutput() //nolint:gosec,noctx // fixed arguments
}

func letGo(t *testing.T, tags string, b *build) {
	builds.Lock()
	defer builds.Unlock()
	if b.users--; b.users > 0 {
		return
	}
	delete(builds.byTags, tags)
	if err := os.RemoveAll(b.dir); err != nil {
		t.Error(err)
	}
}
