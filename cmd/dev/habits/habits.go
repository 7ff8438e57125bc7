package habits

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/cmd/dev/tree"
)

// The sizes that no file and no function passes.
const (
	MaxFileLines     = 500
	MaxFunctionLines = 80
)

// Report is what a check of the tree found.
type Report struct {
	// Problems are lines "file:line: what is wrong".
	Problems []string
	// Files and Functions are the lengths of all of them in lines, sorted.
	Files, Functions []int
	// Exported and Comments count exported names and comment lines.
	Exported, Comments int
}

// source is one parsed file.
type source struct {
	name  string // relative, slash-separated
	test  bool
	set   *token.FileSet
	file  *ast.File
	lines int
	found *Report
}

func (s source) problem(pos token.Pos, format string, args ...any) {
	where := fmt.Sprintf("%s:%d: ", s.name, s.set.Position(pos).Line)
	s.found.Problems = append(s.found.Problems, where+fmt.Sprintf(format, args...))
}

// Check reads every Go file under root.
func Check(root string) (Report, error) {
	var found Report
	names, err := tree.Files(root, ".go")
	if err != nil {
		return found, err
	}
	packages := map[string]bool{} // folder: has a doc.go that says something
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return found, fmt.Errorf("read %s: %w", name, err)
		}
		s := source{name: name, test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet(), found: &found}
		s.file, err = parser.ParseFile(s.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return found, fmt.Errorf("read %s: %w", name, err)
		}
		if ast.IsGenerated(s.file) {
			continue
		}
		s.lines = bytes.Count(text, []byte("\n"))
		if s.test {
			s.packageName()
			continue
		}
		s.check()
		dir := path.Dir(name)
		packages[dir] = packages[dir] || path.Base(name) == "doc.go" && s.file.Doc != nil
	}
	for dir, documented := range packages {
		if !documented {
			found.Problems = append(found.Problems, dir+": no doc.go that says what the package owns and where it hands over")
		}
	}
	slices.Sort(found.Problems)
	slices.Sort(found.Files)
	slices.Sort(found.Functions)
	return found, nil
}

func (s source) check() {
	s.packageName()
	s.found.Files = append(s.found.Files, s.lines)
	if s.lines > MaxFileLines {
		s.problem(s.file.Package, "the file has %d lines, more than %d", s.lines, MaxFileLines)
	}
	for _, group := range s.file.Comments {
		s.found.Comments += s.set.Position(group.End()).Line - s.set.Position(group.Pos()).Line + 1
	}
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			s.function(d)
		case *ast.GenDecl:
			s.names(d)
		}
	}
	s.httpDefaults()
}

// packageName refuses names that say nothing and so attract everything.
func (s source) packageName() {
	switch strings.TrimSuffix(s.file.Name.Name, "_test") {
	case "util", "utils", "helper", "helpers", "common", "misc", "shared":
		s.problem(s.file.Name.Pos(), "package %s says nothing about what it owns", s.file.Name.Name)
	}
}

func (s source) function(d *ast.FuncDecl) {
	lines := s.set.Position(d.End()).Line - s.set.Position(d.Pos()).Line + 1
	s.found.Functions = append(s.found.Functions, lines)
	if lines > MaxFunctionLines {
		s.problem(d.Pos(), "%s has %d lines, more than %d", d.Name.Name, lines, MaxFunctionLines)
	}
	if !d.Name.IsExported() || !exportedReceiver(d) {
		return
	}
	s.found.Exported++
	if d.Doc == nil {
		s.problem(d.Pos(), "exported %s has no doc comment", d.Name.Name)
	}
}

// exportedReceiver tells whether a method can be called by its type's name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// names checks types, constants and variables; a comment on a group or at the
// end of the line counts, as it does in the documentation.
func (s source) names(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		var names []*ast.Ident
		documented := d.Doc != nil
		switch v := spec.(type) {
		case *ast.TypeSpec:
			names = []*ast.Ident{v.Name}
			documented = documented || v.Doc != nil || v.Comment != nil
		case *ast.ValueSpec:
			names = v.Names
			documented = documented || v.Doc != nil || v.Comment != nil
		}
		for _, name := range names {
			if !name.IsExported() {
				continue
			}
			s.found.Exported++
			if !documented {
				s.problem(name.Pos(), "exported %s has no doc comment", name.Name)
			}
		}
	}
}
