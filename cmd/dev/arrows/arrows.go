package arrows

import (
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	"passerelle/cmd/dev/tree"
)

// Import is one import found in the tree: the package that imports, the file
// and line it does so in, and the path it imports.
type Import struct {
	From, To string
	Where    string // file:line
	Test     bool   // in a _test.go file
}

// Rule forbids the packages matched by Who (but not by Except) to import what
// Never matches (but not what But matches). A package may always import
// itself and what lies below it.
//
// Patterns are import paths in which "*" stands for one segment and a final
// "..." for any number, none included.
type Rule struct {
	Name   string
	Why    string
	Who    []string
	Except []string
	Never  []string
	But    []string
	// Tests says that the rule binds _test.go files too. Most do not: a test
	// may put a room together with its real neighbours.
	Tests bool
}

// Violation is an import that a rule refuses.
type Violation struct {
	Rule   Rule
	Import Import
}

// String says where the import stands, what it is, and why it is refused.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s imports %s: %s (%s)", v.Import.Where, v.Import.From, v.Import.To, v.Rule.Why, v.Rule.Name)
}

func (r Rule) refuses(i Import) bool {
	if i.Test && !r.Tests {
		return false
	}
	if i.To == i.From || strings.HasPrefix(i.To, i.From+"/") {
		return false
	}
	return matchAny(r.Who, i.From) && !matchAny(r.Except, i.From) &&
		matchAny(r.Never, i.To) && !matchAny(r.But, i.To)
}

// Check returns every import that one of the rules refuses.
func Check(rules []Rule, imports []Import) []Violation {
	var found []Violation
	for _, i := range imports {
		for _, r := range rules {
			if r.refuses(i) {
				found = append(found, Violation{Rule: r, Import: i})
			}
		}
	}
	return found
}

func matchAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if match(p, path) {
			return true
		}
	}
	return false
}

func match(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, w := range want {
		if w == "..." && i == len(want)-1 {
			return true
		}
		if i >= len(have) || w != "*" && w != have[i] {
			return false
		}
	}
	return len(want) == len(have)
}

// Load reads the imports of every Go file under root, the project's root.
func Load(root string) ([]Import, error) {
	files, err := tree.Files(root, ".go")
	if err != nil {
		return nil, err
	}
	var all []Import
	set := token.NewFileSet()
	for _, file := range files {
		parsed, err := parser.ParseFile(set, filepath.Join(root, filepath.FromSlash(file)), nil, parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("read the imports of %s: %w", file, err)
		}
		for _, spec := range parsed.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("read the imports of %s: %w", file, err)
			}
			all = append(all, Import{
				From:  tree.ImportPath(file),
				To:    to,
				Where: file + ":" + strconv.Itoa(set.Position(spec.Pos()).Line),
				Test:  strings.HasSuffix(file, "_test.go"),
			})
		}
	}
	return all, nil
}
