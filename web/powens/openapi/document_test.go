package openapi

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write openapi.json and the tables of COMPATIBILITY.md anew")

// TestDocumentIsFresh: what is served is what the tables say.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	got, err := API().Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(got) != string(document) {
		t.Error("openapi.json is not what the tables say (go test ./web/powens/openapi -update writes it anew)")
	}
}

// TestOperations: each has a name of its own, says something, and takes nothing whose fate is not told.
func TestOperations(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, o := range Operations() {
		at := o.Method + " " + o.Path
		if ids[o.ID()] {
			t.Errorf("%s: its name %s is another's", at, o.ID())
		}
		ids[o.ID()] = true
		if o.Summary == "" || len(o.Answers) == 0 && o.Support != Refused {
			t.Errorf("%s: no summary, or no answer", at)
		}
		for _, l := range append(o.Params, o.Body...) {
			if l.Support == "" {
				t.Errorf("%s: what is done with %s is not told", at, l.Name)
			}
		}
		if !o.Pages && o.Auth != Nobody && !o.Answered(401, "unauthorized") && !o.Answered(401, "invalid_client") {
			t.Errorf("%s: it needs %s and never answers 401", at, o.Auth)
		}
	}
}
