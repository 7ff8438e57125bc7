package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"passerelle/web/describe"
)

const (
	documentName = "openapi.json"
	schemaPath   = "#/components/schemas/"
)

// Checker reads answers against one description. It is safe for concurrent use.
type Checker struct {
	api *describe.API
	raw []byte

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
	seen     map[sight]bool
}

// New makes a checker of an API by its document.
func New(api *describe.API, document []byte) *Checker {
	return &Checker{api: api, raw: document, schemas: map[string]*jsonschema.Schema{}, seen: map[sight]bool{}}
}

// compiled is the schema at a pointer into the description, compiled once.
func (c *Checker) compiled(at string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.schemas[at]; ok {
		return s, nil
	}
	if c.compiler == nil {
		d, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.raw))
		if err != nil {
			return nil, fmt.Errorf("the description: %w", err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft2020)
		compiler.AssertFormat()
		if err := compiler.AddResource(documentName, d); err != nil {
			return nil, fmt.Errorf("the description: %w", err)
		}
		c.compiler = compiler
	}
	s, err := c.compiler.Compile(documentName + at)
	if err != nil {
		return nil, fmt.Errorf("the description has no schema at %s: %w", at, err)
	}
	c.schemas[at] = s
	return s, nil
}

// pointer leads to the schema of an answer of an operation.
func pointer(o describe.Operation, status string) string {
	path := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(o.Path)
	return "#/paths/" + path + "/" + strings.ToLower(o.Method) + "/responses/" + status + "/content/application~1json/schema"
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}
