package failpoint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestAllListsEveryName holds the list against the constants: a point that the list leaves out would be killed at by no test.
func TestAllListsEveryName(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, s := range Steps() {
		listed[string(s)]++
	}
	for _, p := range All() {
		listed[string(p)]++
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		literal, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		declared++
		if got := listed[name]; got != 1 {
			t.Errorf("%s is listed %d times, want once", name, got)
		}
		return true
	})
	if want := len(Steps()) + 2; declared != want {
		t.Errorf("%d names are declared and %d listed", declared, want)
	}
}
