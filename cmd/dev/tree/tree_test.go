package tree

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFilesLeavesOutWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{
		"a.go", "b/c.go", "b/c.txt", ".cache/d.go", "b/node_modules/e.go",
		"b/testdata/f.go", "_old/g.go", "vendor/h.go",
	} {
		write(t, root, name, "package x\n")
	}
	got, err := Files(root, ".go")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.go", "b/c.go"}; !slices.Equal(got, want) {
		t.Errorf("Files = %v, want %v", got, want)
	}
}

func TestRootSearchesUpward(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "go.mod", "module "+Module+"\n")
	write(t, root, "b/go.mod", "module other\n")
	write(t, root, "b/c/d.go", "package c\n")
	got, err := Root(filepath.Join(root, "b", "c"))
	if err != nil || got != root {
		t.Errorf("Root = %q, %v, want %q", got, err, root)
	}
	if _, err := Root(t.TempDir()); !errors.Is(err, ErrNoRoot) {
		t.Errorf("Root outside a project: %v, want ErrNoRoot", err)
	}
}

func TestImportPath(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"main.go":                "passerelle",
		"internal/bank/money.go": "passerelle/internal/bank",
	} {
		if got := ImportPath(file); got != want {
			t.Errorf("ImportPath(%q) = %q, want %q", file, got, want)
		}
	}
}
