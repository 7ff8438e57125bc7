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
		return "<!-- table: " + name + " -->\n" + Table(name) + "<!-- end -->"
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
		if !strings.Contains(text, "`"+o.Method+" "+o.Path+"`") {
			t.Errorf("%s %s does not stand in COMPATIBILITY.md", o.Method, o.Path)
		}
		for _, l := range append(o.Params, o.Body...) {
			if !strings.Contains(text, "`"+l.Name+"`") {
				t.Errorf("%s of %s %s does not stand in COMPATIBILITY.md", l.Name, o.Method, o.Path)
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
