package wire_test

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// TestLinkStays: a bank's links lead to itself, to what the operator named, and are of a length that can be kept.
func TestLinkStays(t *testing.T) {
	t.Parallel()
	at, err := url.Parse("https://api.bank.example/v1/accounts?page=1")
	if err != nil {
		t.Fatal(err)
	}
	a := &wire.Answer{URL: at}
	for link, good := range map[string]bool{
		"?page=2": true, "/v1/x": true, "https://api.bank.example/v2": true, "https://other.bank.example/v1": true,
		"https://evil.example/": false, "//evil.example/x": false, "http://api.bank.example/": false, "https://api.bank.example:444/": false,
		"https://me@api.bank.example/": false, "https://api.bank.example.evil.example/": false, "https://169.254.169.254/latest": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "https:api": false, "\\\\evil.example": true, // a path of that name
		"?q=" + strings.Repeat("x", wire.MostLink-3): true, "?q=" + strings.Repeat("x", wire.MostLink-2): false,
	} {
		u, err := a.Link(link, "https://other.bank.example")
		if shown := link[:min(len(link), 60)]; (err == nil) != good {
			t.Errorf("%s: got %.200q, %v, want it taken: %v", shown, u, err, good)
		} else if err != nil && connector.AsError(err).Code != connector.CodeProtocol {
			t.Errorf("%s: got %v, want %s", shown, err, connector.CodeProtocol)
		}
	}
}
