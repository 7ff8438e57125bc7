package linxo_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"passerelle/web/linxo"
	"passerelle/web/linxo/openapi"
)

const compatibility = "COMPATIBILITY.md"

var marked = regexp.MustCompile(`(?s)<!-- table: (\w+) -->\n.*?<!-- end -->`)

// tableOf writes one table of the page, in Markdown.
func tableOf(name string) string {
	switch name {
	case "v3":
		return openapi.V3().Table("api")
	case "decisions":
		return decisions()
	}
	return openapi.V21().Table(name)
}

func decisions() string {
	cell := strings.NewReplacer("|", `\|`).Replace
	var b strings.Builder
	b.WriteString("| topic | here | why |\n|---|---|---|\n")
	for _, d := range linxo.Decisions {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(d.Topic), cell(d.Says), cell(d.Why))
	}
	return b.String()
}

// TestCompatibility: the tables of the page are what the descriptions and the table of decisions say, so that every endpoint, every
// parameter and every decision stands in them.
func TestCompatibility(t *testing.T) {
	t.Parallel()
	have, err := os.ReadFile(compatibility)
	if err != nil {
		t.Fatal(err)
	}
	want := marked.ReplaceAllStringFunc(string(have), func(s string) string {
		name := marked.FindStringSubmatch(s)[1]
		return "<!-- table: " + name + " -->\n" + tableOf(name) + "<!-- end -->"
	})
	if *update {
		if err := os.WriteFile(compatibility, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(have) != want {
		t.Error("the tables of COMPATIBILITY.md are not what the descriptions say (go test ./web/linxo -run TestCompatibility -update writes them anew)")
	}
	for _, api := range versions {
		for _, o := range api().Operations() {
			if row := "| `" + o.Method + " " + o.Path + "` |"; !strings.Contains(want, row) && o.Alias == "" {
				t.Errorf("%s does not stand in COMPATIBILITY.md", row)
			}
			for _, l := range append(o.Params, o.Body...) {
				if !strings.Contains(want, "`"+l.Name+"`") {
					t.Errorf("%s of %s %s does not stand in COMPATIBILITY.md", l.Name, o.Method, o.Path)
				}
			}
		}
	}
	topics := map[string]bool{}
	for _, d := range linxo.Decisions {
		if topics[d.Topic] || d.Says == "" || d.Why == "" {
			t.Errorf("the decision on %s stands twice, or says nothing", d.Topic)
		}
		topics[d.Topic] = true
	}
}
