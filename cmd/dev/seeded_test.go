package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"
)

func TestSeededVerdict(t *testing.T) {
	t.Parallel()
	s := seededBug{name: "naive", run: "TestRace"}
	const green, red, other = "--- PASS: TestRace (0.01s)\nPASS\n", "--- FAIL: TestRace (0.01s)\nFAIL\n", "--- FAIL: TestRaceTrack (0.01s)\nFAIL\n"
	for _, tt := range []struct {
		name, said   string
		passed, made bool
		want         error
	}{
		{"noticed", red, false, true, nil},
		{"sound", green, true, false, nil},
		{"overseen", green, true, true, errOverseen},
		{"red anyway", red, false, false, errRed},
		{"green, but the program failed", green, false, false, errRed},
		{"another test failed", other, false, true, errNoTest},
		{"nothing ran", "PASS\n", true, true, errNoTest},
		{"it fell over", "panic: seeded: there is no mistake naive\n", false, true, errNoTest},
		{"a parent of its name alone", "    --- FAIL: TestRace/sub (0.00s)\n", false, true, errNoTest},
	} {
		if got := s.verdict(tt.said, tt.passed, tt.made); !errors.Is(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestSeededListIsWhole holds the list against internal/seeded, both ways round and in both builds: a mistake without a test would be
// made by nobody, and a name that only one build knows would not compile in the other.
func TestSeededListIsWhole(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "internal", "seeded")
	off, on := namesOf(t, filepath.Join(folder, "off.go")), namesOf(t, filepath.Join(folder, "on.go"))
	listed := map[string]bool{}
	for _, b := range seededBugs {
		if listed[b.name] || b.why == "" || b.pkg == "" || b.run == "" {
			t.Errorf("%s is listed twice, or not whole", b.name)
		}
		listed[b.name] = true
	}
	if len(on) != len(listed) || len(off) != len(on) || len(on) < 25 {
		t.Errorf("%d mistakes with the tag, %d without, %d tested", len(on), len(off), len(listed))
	}
	for name, text := range on {
		if !listed[text] {
			t.Errorf("no test is named that must notice %s", text)
		}
		if off[name] != "false" {
			t.Errorf("%s is %q without the tag, want false", name, off[name])
		}
	}
}

// namesOf gives what the names of a file of internal/seeded stand for: the argument of chosen, or the constant.
func namesOf(t *testing.T, file string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Names) != 1 || len(v.Values) != 1 {
			return true
		}
		switch value := v.Values[0].(type) {
		case *ast.Ident:
			out[v.Names[0].Name] = value.Name
		case *ast.CallExpr:
			if literal, ok := value.Args[0].(*ast.BasicLit); ok {
				out[v.Names[0].Name], _ = strconv.Unquote(literal.Value)
			}
		}
		return true
	})
	return out
}
