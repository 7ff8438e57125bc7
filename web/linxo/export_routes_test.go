package linxo

import "regexp"

var param = regexp.MustCompile(`:([a-z]+)`)

// Routes are the addresses of a version as its description writes them: method, space, path.
func Routes(prefix string) []string {
	out := []string{"GET /openapi.json", "GET /docs"}
	if prefix == "/v2.1" {
		out = append(out, "GET /postman.json")
	}
	for _, r := range routes() {
		if r.only == 0 || r.only == prefixes[prefix] {
			out = append(out, r.method+" "+param.ReplaceAllString(r.path, "{$1}"))
		}
	}
	return out
}
