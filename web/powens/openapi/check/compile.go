package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"passerelle/web/powens/openapi"
)

const (
	documentName = "openapi.json"
	schemaPath   = "#/components/schemas/"
)

var compiler = struct {
	mu      sync.Mutex
	c       *jsonschema.Compiler
	schemas map[string]*jsonschema.Schema
}{schemas: map[string]*jsonschema.Schema{}}

// compiled is the schema at a pointer into the description, compiled once.
func compiled(at string) (*jsonschema.Schema, error) {
	compiler.mu.Lock()
	defer compiler.mu.Unlock()
	if s, ok := compiler.schemas[at]; ok {
		return s, nil
	}
	if compiler.c == nil {
		d, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi.Raw()))
		if err != nil {
			return nil, fmt.Errorf("the description: %w", err)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		c.AssertFormat()
		if err := c.AddResource(documentName, d); err != nil {
			return nil, fmt.Errorf("the description: %w", err)
		}
		compiler.c = c
	}
	s, err := compiler.c.Compile(documentName + at)
	if err != nil {
		return nil, fmt.Errorf("the description has no schema at %s: %w", at, err)
	}
	compiler.schemas[at] = s
	return s, nil
}

// pointer leads to the schema of an answer of an operation.
func pointer(o openapi.Operation, status string) string {
	path := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(o.Path)
	return "#/paths/" + path + "/" + strings.ToLower(o.Method) + "/responses/" + status + "/content/application~1json/schema"
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}
