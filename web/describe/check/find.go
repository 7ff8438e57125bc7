package check

import (
	"net/http"
	"slices"
	"strings"

	"passerelle/web/describe"
)

// Described says whether an operation is described for a request.
func (c *Checker) Described(method, path string) bool {
	at, inside := c.below(path)
	_, known := c.find(method, at)
	return inside && known
}

// place is a path without the description's prefix.
type place struct {
	path string
	root bool
}

// below takes the prefix off a path; false where it stands below none. At the root stands what is below the first segment of an
// operation that stands there.
func (c *Checker) below(path string) (place, bool) {
	for _, prefix := range c.api.Prefixes {
		if rest, inside := strings.CutPrefix(path, prefix+"/"); inside && prefix != "" {
			return place{path: "/" + rest}, true
		}
	}
	for _, o := range c.api.Operations() {
		if c.stands(o, true) && first(o.Path) == first(path) {
			return place{path: path, root: true}, true
		}
	}
	return place{}, false
}

// stands says whether an operation is there, at the root or below a prefix.
func (c *Checker) stands(o describe.Operation, root bool) bool {
	return o.Root == root || root && !o.Below && slices.Contains(c.api.Prefixes, "")
}

// first is the first segment of a path.
func first(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return name
}

// find finds the described operation of a request. A segment that is written out wins over a parameter.
func (c *Checker) find(method string, at place) (describe.Operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	asked := strings.Split(at.path, "/")
	best, most := describe.Operation{}, -1
	for _, o := range c.api.Operations() {
		if o.Method != method || !c.stands(o, at.root) {
			continue
		}
		if n := alike(strings.Split(o.Path, "/"), asked); n > most {
			best, most = o, n
		}
	}
	return best, most >= 0
}

// page says whether a path is that of a described page, or below it, where the forms of that page are sent. An operation of the API
// that is written out for the same path wins over a page with a parameter there: /widget/widget_session answers in JSON.
func (c *Checker) page(at place) bool {
	asked := strings.Split(at.path, "/")
	page, most := false, -1
	for _, o := range c.api.Operations() {
		pattern := strings.Split(o.Path, "/")
		if !c.stands(o, at.root) || len(pattern) > len(asked) {
			continue
		}
		if n := alike(pattern, asked[:len(pattern)]); n > most {
			page, most = o.Pages, n
		}
	}
	return page
}

// alike says how many segments are written out the same, -1 when the two are not alike.
func alike(pattern, asked []string) int {
	if len(pattern) != len(asked) {
		return -1
	}
	n := 0
	for i, segment := range pattern {
		switch {
		case segment == asked[i]:
			n++
		case !strings.HasPrefix(segment, "{"), asked[i] == "":
			return -1
		}
	}
	return n
}

// Of are the described operations of some nouns.
func (c *Checker) Of(nouns ...string) []describe.Operation {
	return slices.DeleteFunc(c.api.Operations(), func(o describe.Operation) bool { return o.Pages || !slices.Contains(nouns, o.Noun) })
}
