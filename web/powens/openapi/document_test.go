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
	got, err := Document()
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
