package check

import (
	"fmt"
	"slices"
	"sync"

	"passerelle/web/powens/openapi"
)

// sight is one kind of answer of one operation; the operation is empty for a general refusal anywhere.
type sight struct {
	operation string
	status    int
	code      string
}

var seen = struct {
	mu   sync.Mutex
	once map[sight]bool
}{once: map[sight]bool{}}

func keep(o openapi.Operation, status int, code string) {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	seen.once[sight{o.Method + " " + o.Path, status, code}] = true
	seen.once[sight{"", status, code}] = true
}

func keepGeneral(status int, code string) { keep(openapi.Operation{}, status, code) }

// Missing lists the described answers and refusals of these operations that were never seen, and the general refusals that no
// operation gave.
func Missing(operations []openapi.Operation) []string {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	var out []string
	for _, o := range operations {
		name := o.Method + " " + o.Path
		for _, a := range o.Answers {
			if !seen.once[sight{name, a.Status, ""}] {
				out = append(out, fmt.Sprintf("%s never answered %d", name, a.Status))
			}
		}
		for _, r := range o.Refusals {
			for _, code := range r.Codes {
				if !seen.once[sight{name, r.Status, code}] {
					out = append(out, fmt.Sprintf("%s never refused with %d %s", name, r.Status, code))
				}
			}
		}
	}
	for _, r := range openapi.General() {
		for _, code := range r.Codes {
			if !seen.once[sight{"", r.Status, code}] {
				out = append(out, fmt.Sprintf("nothing refused with %d %s", r.Status, code))
			}
		}
	}
	slices.Sort(out)
	return out
}
