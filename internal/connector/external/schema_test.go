package external

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files anew")

// TestSchemaIsFresh holds the published schema to the types that read and write the messages.
func TestSchemaIsFresh(t *testing.T) {
	t.Parallel()
	want, err := makeSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.json", want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Schema, want) {
		t.Error("schema.json is not what the types say: go test ./internal/connector/external -run TestSchemaIsFresh -update")
	}
}
