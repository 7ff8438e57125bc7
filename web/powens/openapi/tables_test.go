package openapi

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const compatibility = "../COMPATIBILITY.md"

var marked = regexp.MustCompile(`(?s)<!-- table: (\w+) -->\n.*?<!-- end -->`)

// TestCompatibility: the tables of the page are what the description says, so that every endpoint and every parameter of an
// entry address stands in them.
func TestCompatibility(t *testing.T) {
	t.Parallel()
	have, err := os.ReadFile(compatibility)
	if err != nil {
		t.Fatal(err)
	}
	want := marked.ReplaceAllStringFunc(string(have), func(s string) string {
		name := marked.FindStringSubmatch(s)[1]
		return "<!-- table: " + name + " -->\n" + API().Table(name) + "<!-- end -->"
	})
	if *update {
		if err := os.WriteFile(compatibility, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(have) != want {
		t.Error("the tables of COMPATIBILITY.md are not what the description says (go test ./web/powens/openapi -update writes them anew)")
	}
	text := string(have)
	for _, o := range Operations() {
		row := o.Method + " " + o.Path
		if o.Alias != "" {
			// One sentence tells of the whole name; the row is that of what it is the same as, at the same place below it.
			row = o.Alias
			if o.Method+" "+aliasRoot(o)+strings.TrimPrefix(o.Path, root(o.Path)) != o.Alias {
				t.Errorf("%s %s is not the same as %s", o.Method, o.Path, o.Alias)
			}
			if !regexp.MustCompile("(?m)^The same endpoints .*`"+root(o.Path)+"`.* deprecated names of `"+aliasRoot(o)+"`").MatchString(text) || strings.Contains(text, "| `"+o.Method+" "+o.Path+"`") {
				t.Errorf("%s %s stands in a row of COMPATIBILITY.md, or no sentence tells of %s", o.Method, o.Path, root(o.Path))
			}
		}
		if strings.Count(text, "| `"+row+"` |") != 1 {
			t.Errorf("%s does not stand in COMPATIBILITY.md, or more than once", row)
		}
		for _, l := range append(o.Params, o.Body...) {
			if !strings.Contains(text, "`"+l.Name+"`") {
				t.Errorf("%s of %s %s does not stand in COMPATIBILITY.md", l.Name, o.Method, o.Path)
			}
		}
	}
	for row := range strings.Lines(text) {
		if names := strings.Split(row, " | "); len(names) == 5 && strings.HasPrefix(row, "| `") {
			seen := map[string]bool{}
			for name := range strings.SplitSeq(names[2], ", ") {
				if seen[name] && name != "" {
					t.Errorf("%s names %s twice", names[0], name)
				}
				seen[name] = true
			}
		}
	}
	for _, f := range Flows() {
		for _, l := range f.Params {
			if !strings.Contains(text, "| `"+l.Name+"` |") {
				t.Errorf("%s of the flow %s does not stand in COMPATIBILITY.md", l.Name, f.Name)
			}
		}
	}
}

// aliasRoot is the name that the operation stands below as well.
func aliasRoot(o Operation) string {
	_, path, _ := strings.Cut(o.Alias, " ")
	return root(path)
}

// root is the first segment of a path.
func root(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}
