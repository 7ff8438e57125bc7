package grant

import (
	"strings"
	"testing"

	"passerelle/internal/fault"
)

// TestS256 begins with the example of RFC 7636 appendix B.
func TestS256(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, verifier, want string
		ok                   bool
	}{
		{"appendix B", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true},
		{"42 characters", strings.Repeat("a", 42), "", false},
		{"128 characters", strings.Repeat("~", 128), "zNhOm5Jyonenca7bQzzpjUpwFDVrfhrbbOGCqgWA6HU", true},
		{"129 characters", strings.Repeat("a", 129), "", false},
		{"plus sign", strings.Repeat("a", 42) + "+", "", false},
		{"space", strings.Repeat("a", 43) + " ", "", false},
		{"letter outside ASCII", strings.Repeat("a", 43) + "é", "", false},
		{"zero byte", strings.Repeat("a", 43) + "\x00", "", false},
	}
	for _, tt := range tests {
		got, ok := S256(tt.verifier)
		if ok != tt.ok || got != tt.want {
			t.Errorf("%s: S256 = %q, %v, want %q, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// TestCheckChallenge is A35 and A37, and a client application that requires PKCE.
func TestCheckChallenge(t *testing.T) {
	t.Parallel()
	good, _ := S256(strings.Repeat("v", 43))
	tests := []struct {
		name, challenge, method string
		required, want          bool
	}{
		{"absent", "", "", false, true},
		{"absent but required", "", "", true, false},
		{"S256", good, "S256", true, true},
		{"plain", good, "plain", false, false},
		{"plain by default", good, "", false, false},
		{"lower-case method", good, "s256", false, false},
		{"method alone", "", "S256", false, false},
		{"42 characters", good[:42], "S256", false, false},
		{"44 characters", good + "a", "S256", false, false},
		{"129 characters", strings.Repeat("a", 129), "S256", false, false},
		{"padded", good + "=", "S256", false, false},
		{"not base64url", good[:42] + "+", "S256", false, false},
		{"last character that no encoder writes", good[:42] + "B", "S256", false, false},
	}
	for _, tt := range tests {
		err := CheckChallenge(tt.challenge, tt.method, tt.required)
		if got := err == nil; got != tt.want {
			t.Errorf("%s: CheckChallenge = %v, want good %v", tt.name, err, tt.want)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || fault.As(err).Code != "invalid_request") {
			t.Errorf("%s: the error is %v, want invalid_request", tt.name, err)
		}
	}
}
