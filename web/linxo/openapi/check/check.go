package check

import (
	"sync"

	"passerelle/web/describe/check"
	"passerelle/web/linxo/openapi"
)

// Response is an answer, read to its end.
type Response = check.Response

// checkers are of version 3, whose prefix is the longer one, and of version 2.1, which stands at the root too.
var checkers = sync.OnceValues(func() (three, two *check.Checker) {
	return check.New(openapi.V3(), openapi.RawV3()), check.New(openapi.V21(), openapi.RawV21())
})

// of picks the description that an address belongs to.
func of(method, path string) *check.Checker {
	three, two := checkers()
	if len(path) >= 4 && path[:4] == "/v3/" {
		return three
	}
	return two
}

// Answer says what is wrong with an answer, nil when it is as described or none of the API's.
func Answer(r Response) error { return of(r.Method, r.Path).Answer(r) }

// Described says whether an operation is described for a request.
func Described(method, path string) bool { return of(method, path).Described(method, path) }

// Notification says what is wrong with the body of a notification, nil when it is as described.
func Notification(body []byte) error {
	_, two := checkers()
	return two.Body("Notification", body)
}

// Missing lists the described answers and refusals of the operations of some nouns, of both versions, that were never seen.
func Missing(nouns ...string) []string {
	three, two := checkers()
	var out []string
	for prefix, c := range map[string]*check.Checker{"v2.1": two, "v3": three} {
		for _, missing := range c.Missing(c.Of(nouns...)) {
			out = append(out, prefix+": "+missing)
		}
	}
	return out
}
