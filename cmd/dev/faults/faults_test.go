package faults

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"passerelle/cmd/dev/tree"
)

func root(t *testing.T) string {
	t.Helper()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := tree.Root(wd)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRowsNameTestsThatAreThere holds the table to the tree: 32 rows in order, each with tests that exist or with words on what is
// missing.
func TestRowsNameTestsThatAreThere(t *testing.T) {
	t.Parallel()
	dir := root(t)
	there := make(map[string]map[string]bool)
	if len(Rows) != 32 {
		t.Errorf("%d rows, want 32", len(Rows))
	}
	for i, r := range Rows {
		if want := "F" + strconv.Itoa(i+1); r.ID != want {
			t.Errorf("row %d is %s, want %s", i+1, r.ID, want)
		}
		if len(r.Tests) == 0 && r.Missing == "" {
			t.Errorf("%s names no test and does not say what is missing", r.ID)
		}
		for _, test := range r.Tests {
			if there[test.Folder] == nil {
				there[test.Folder] = testsIn(t, filepath.Join(dir, filepath.FromSlash(test.Folder)))
			}
			if !there[test.Folder][test.Name] {
				t.Errorf("%s names %s in %s, which is not there", r.ID, test.Name, test.Folder)
			}
		}
	}
}

// testsIn are the names of the tests of a folder.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				found[f.Name.Name] = true
			}
		}
	}
	return found
}
