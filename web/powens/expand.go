package powens

import (
	"strings"

	"passerelle/web/params"
)

// expansion is what an expand parameter asks for: names, each with what is asked for inside it.
type expansion map[string]expansion

// has says whether a name is asked for. A nil expansion asks for nothing.
func (e expansion) has(name string) bool {
	_, ok := e[name]
	return ok
}

// among lists which of some names are asked for, in their order.
func (e expansion) among(names []string) []string {
	var out []string
	for _, name := range names {
		if e.has(name) {
			out = append(out, name)
		}
	}
	return out
}

// expand reads expand=accounts,connector[countries,sources]. Unknown names are ignored, as unknown parameters are.
func (q *request) expand() (expansion, error) {
	raw := q.Query["expand"]
	const most = 1000
	e, rest, ok := parseExpand(raw, params.MostDepth)
	if !ok || rest != "" || len(raw) > most {
		return nil, params.ErrValue("expand", "must be names separated by commas, with brackets for what is inside: accounts,connector[sources]")
	}
	return e, nil
}

// parseExpand reads up to the end or to a closing bracket.
func parseExpand(s string, depth int) (e expansion, rest string, ok bool) {
	e = expansion{}
	if depth == 0 {
		return nil, "", false
	}
	for s != "" && s[0] != ']' {
		i := strings.IndexAny(s, ",[]")
		if i < 0 {
			i = len(s)
		}
		name := strings.TrimSpace(s[:i])
		s = s[i:]
		var inner expansion
		if strings.HasPrefix(s, "[") {
			if inner, s, ok = parseExpand(s[1:], depth-1); !ok || !strings.HasPrefix(s, "]") {
				return nil, "", false
			}
			s = s[1:]
		}
		if name == "" && inner != nil {
			return nil, "", false
		}
		if name != "" {
			e[name] = inner
		}
		s = strings.TrimPrefix(s, ",")
	}
	return e, s, true
}
