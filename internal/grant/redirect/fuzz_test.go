package redirect_test

import (
	"testing"

	"passerelle/internal/grant/redirect"
)

// FuzzMatch holds Match to an oracle written the other way round, and Validate to what it promises.
func FuzzMatch(f *testing.F) {
	for _, base := range registered {
		f.Add(base)
	}
	f.Add("http://127.0.0.1:51000/cb")
	f.Add("https://app.example@evil.test/cb")
	f.Add("powens-1://callback?a=b")
	f.Fuzz(func(t *testing.T, uri string) {
		if got, want := redirect.Match(registered, uri), allowed(uri); got != want {
			t.Fatalf("Match(%q) = %v, want %v", uri, got, want)
		}
		if redirect.Validate(uri) != nil {
			return
		}
		if !redirect.Match([]string{uri}, uri) {
			t.Fatalf("a registered %q does not match itself", uri)
		}
		for i := 0; i < len(uri); i++ {
			if b := uri[i]; b <= ' ' || b >= 0x7f || b == '#' || b == '\\' || b == '*' {
				t.Fatalf("Validate(%q) accepted byte %q", uri, b)
			}
		}
	})
}
