package check

import (
	"net/http"
	"strings"

	"passerelle/web/powens/openapi"
)

// Described says whether an operation is described for a request, whose path begins with Prefix.
func Described(method, path string) bool {
	below, inside := strings.CutPrefix(path, Prefix)
	_, known := find(method, below)
	return inside && known
}

// find finds the described operation of a request. A segment that is written out wins over a parameter.
func find(method, path string) (openapi.Operation, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	asked := strings.Split(path, "/")
	best, most := openapi.Operation{}, -1
	for _, o := range openapi.Operations() {
		if o.Method != method {
			continue
		}
		if n := alike(strings.Split(o.Path, "/"), asked); n > most {
			best, most = o, n
		}
	}
	return best, most >= 0
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
