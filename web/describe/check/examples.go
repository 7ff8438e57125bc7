package check

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Examples says what is wrong with the description itself: a schema that does not compile, has no example, or an example that is not
// one.
func (c *Checker) Examples() []error {
	var d struct {
		Components struct {
			Schemas map[string]struct {
				Examples []json.RawMessage `json:"examples"`
				Enum     []string          `json:"enum"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(c.raw, &d); err != nil {
		return []error{fmt.Errorf("the description: %w", err)}
	}
	var wrong []error
	for name, given := range d.Components.Schemas {
		if _, err := c.compiled(schemaPath + name); err != nil {
			wrong = append(wrong, err)
			continue
		}
		if len(given.Examples) == 0 && len(given.Enum) == 0 {
			wrong = append(wrong, fmt.Errorf("%s has no example", name))
		}
		for _, example := range given.Examples {
			if err := c.validate(schemaPath+name, example); err != nil {
				wrong = append(wrong, fmt.Errorf("the example of %s: %w", name, err))
			}
		}
	}
	for _, o := range c.api.Operations() {
		for _, a := range o.Answers {
			if a.Type == "" || strings.Contains(a.Type, "/") {
				continue
			}
			if _, err := c.compiled(pointer(o, statusText(a.Status))); err != nil {
				wrong = append(wrong, fmt.Errorf("%s %s: %w", o.Method, o.Path, err))
			}
		}
	}
	return wrong
}
