package middleware

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/seal"
)

func ring(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCSRFToken(t *testing.T) {
	t.Parallel()
	c, bind := NewCSRF(ring(t)), bank.NewSecret("secret of a browser")
	token, err := c.Token(bind, "attempt-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Token(bind, "attempt-1")
	if err != nil {
		t.Fatal(err)
	}
	if token == second {
		t.Error("two responses carry the same token: compression could tell it")
	}
	if !c.Valid(token, bind, "attempt-1") || !c.Valid(second, bind, "attempt-1") {
		t.Error("a token of ours is refused")
	}
	other := NewCSRF(ring(t))
	for name, ok := range map[string]bool{
		"another attempt":  c.Valid(token, bind, "attempt-2"),
		"another browser":  c.Valid(token, bank.NewSecret("other"), "attempt-1"),
		"no browser":       c.Valid(token, bank.Secret{}, "attempt-1"),
		"another install":  other.Valid(token, bind, "attempt-1"),
		"cut":              c.Valid(token[1:], bind, "attempt-1"),
		"longer":           c.Valid(token+"A", bind, "attempt-1"),
		"padded":           c.Valid(token+"=", bind, "attempt-1"),
		"empty":            c.Valid("", bind, "attempt-1"),
		"shifted boundary": c.Valid(token, bank.NewSecret("secret of a browser|"), "attempt-1"),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range token {
		changed := []byte(token)
		if changed[i] == 'A' {
			changed[i] = 'B'
		} else {
			changed[i] = 'A'
		}
		if c.Valid(string(changed), bind, "attempt-1") {
			t.Errorf("accepted with character %d changed", i)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	t.Parallel()
	public, _ := url.Parse("https://connect.example")
	for _, c := range []struct {
		site, origin string
		want         bool
	}{
		{"", "", true},
		{"", "https://connect.example", true},
		{"", "https://connect.example:443", true},
		{"", "https://CONNECT.example", true},
		{"", "http://connect.example", false},
		{"", "https://connect.example:444", false},
		{"", "https://connect.example.evil.test", false},
		{"", "https://evil.test", false},
		{"", "null", false},
		{"", "connect.example", false},
		{"same-origin", "", true},
		{"same-origin", "null", false},
		{"none", "null", false},
		{"same-origin", "https://connect.example", true},
		{"same-origin", "https://evil.test", false},
		{"none", "https://connect.example", true},
		{"same-site", "https://connect.example", false},
		{"cross-site", "https://connect.example", false},
		{"Same-Origin", "https://connect.example", false},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := SameOrigin(r, public); got != c.want {
			t.Errorf("site %q origin %q: %v, want %v", c.site, c.origin, got, c.want)
		}
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header["Origin"] = []string{"https://connect.example", "https://evil.test"}
	if SameOrigin(r, public) {
		t.Error("two origins are accepted")
	}
}
