package check

import (
	"fmt"
	"slices"

	"passerelle/web/describe"
)

// sight is one kind of answer of one operation; the operation is empty for a general refusal anywhere.
type sight struct {
	operation string
	status    int
	code      string
}

func (c *Checker) keep(o describe.Operation, status int, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[sight{o.Method + " " + o.Path, status, code}] = true
	c.seen[sight{"", status, code}] = true
}

// Missing lists the described answers and refusals of these operations that were never seen, and the general refusals that no
// operation gave.
func (c *Checker) Missing(operations []describe.Operation) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, o := range operations {
		name := o.Method + " " + o.Path
		for _, a := range o.Answers {
			if !c.seen[sight{name, a.Status, ""}] {
				out = append(out, fmt.Sprintf("%s never answered %d", name, a.Status))
			}
		}
		for _, r := range o.Refusals {
			for _, code := range r.Codes {
				if !c.seen[sight{name, r.Status, code}] {
					out = append(out, fmt.Sprintf("%s never refused with %d %s", name, r.Status, code))
				}
			}
		}
	}
	for _, r := range c.api.General {
		for _, code := range r.Codes {
			if !c.seen[sight{"", r.Status, code}] {
				out = append(out, fmt.Sprintf("nothing refused with %d %s", r.Status, code))
			}
		}
	}
	slices.Sort(out)
	return out
}
