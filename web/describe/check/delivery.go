package check

import "fmt"

// Body says what is wrong with the body of a pushed event that is described as a type, nil when it is as described.
func (c *Checker) Body(kind string, body []byte) error {
	if err := c.validate(schemaPath+kind, body); err != nil {
		return fmt.Errorf("the body of %s: %w\n%s", kind, err, short(body))
	}
	return nil
}
