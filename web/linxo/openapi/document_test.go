package openapi

import (
	"flag"
	"os"
	"testing"

	"passerelle/web/describe"
)

var update = flag.Bool("update", false, "write the descriptions and the tables of COMPATIBILITY.md anew")

// TestDocumentsAreFresh: what is served is what the tables say.
func TestDocumentsAreFresh(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]struct {
		api  *describe.API
		have []byte
	}{"v2.1.json": {V21(), documentV21}, "v3.json": {V3(), documentV3}} {
		got, err := d.api.Document()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, got, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if string(got) != string(d.have) {
			t.Errorf("%s is not what the tables say (go test ./web/linxo/openapi -update writes it anew)", name)
		}
	}
}

// TestOperations: each has a name of its own, says something, and takes nothing whose fate is not told.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, api := range []*describe.API{V21(), V3()} {
		ids := map[string]bool{}
		for _, o := range api.Operations() {
			at := o.Method + " " + o.Path
			if ids[o.ID()] {
				t.Errorf("%s: its name %s is another's", at, o.ID())
			}
			ids[o.ID()] = true
			if o.Summary == "" || len(o.Answers) == 0 && o.Support != describe.Refused {
				t.Errorf("%s: no summary, or no answer", at)
			}
			for _, l := range append(o.Params, o.Body...) {
				if l.Support == "" {
					t.Errorf("%s: what is done with %s is not told", at, l.Name)
				}
			}
			if !o.Pages && o.Auth != nobody && !o.Answered(401, "invalid_token") && !o.Answered(401, "invalid_client") {
				t.Errorf("%s: it needs %s and never answers 401", at, o.Auth)
			}
		}
	}
}
