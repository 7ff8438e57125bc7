package redirect_test

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/grant/redirect"
)

// registered is the whitelist of the attack table.
var registered = []string{"https://app.example/cb", "http://127.0.0.1/cb"}

// TestMatchAttacks walks the redirect attacks A1 to A18 and A24; A19 to A23 concern the request and stand with the service
// and the dialects. The presented value is what one decoding of the query leaves, so encoded rows appear both ways.
func TestMatchAttacks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id, uri string
		want    bool
	}{
		{"exact", "https://app.example/cb", true},
		{"A1 trailing slash", "https://app.example/cb/", false},
		{"A2 path case", "https://app.example/CB", false},
		{"A3 scheme and host case", "HTTPS://APP.EXAMPLE/cb", false},
		{"A4 suffix domain", "https://app.example.evil.test/cb", false},
		{"A5 host in path", "https://evil.test/app.example/cb", false},
		{"A6 user information", "https://app.example@evil.test/cb", false},
		{"A7 prefix domain", "https://evil-app.example/cb", false},
		{"A8 parent directory", "https://app.example/cb/../x", false},
		{"A8 parent directory back to it", "https://app.example/x/../cb", false},
		{"A8 semicolon", "https://app.example/cb/..;/x", false},
		{"A8 encoded slash", "https://app.example/cb%2f..%2fx", false},
		{"A8 encoded dots", "https://app.example/cb/%2e%2e/x", false},
		{"A9 default port", "https://app.example:443/cb", false},
		{"A9 other port", "https://app.example:8443/cb", false},
		{"A10 loopback port", "http://127.0.0.1:51000/cb", true},
		{"A10 loopback without port", "http://127.0.0.1/cb", true},
		{"A11 loopback query", "http://127.0.0.1:51000/cb?bar=foo", false},
		{"A12 localhost", "http://localhost:51000/cb", false},
		{"A12 suffix domain", "http://127.0.0.1.evil.test/cb", false},
		{"A12 hexadecimal address", "http://0x7f000001/cb", false},
		{"A12 other loopback host", "http://[::1]:51000/cb", false},
		{"A12 port then user information", "http://127.0.0.1:80@evil.test/cb", false},
		{"A12 empty port", "http://127.0.0.1:/cb", false},
		{"A12 port zero", "http://127.0.0.1:0/cb", false},
		{"A12 port with zero in front", "http://127.0.0.1:0080/cb", false},
		{"A12 port too high", "http://127.0.0.1:65536/cb", false},
		{"A12 highest port", "http://127.0.0.1:65535/cb", true},
		{"A12 https loopback", "https://127.0.0.1:51000/cb", false},
		{"A13 no scheme", "//evil.test/cb", false},
		{"A13 backslash", `/\evil.test`, false},
		{"A13 three slashes", "///evil.test", false},
		{"A13 tab", "/\t/evil.test", false},
		{"A13 carriage return", "/\r/evil.test", false},
		{"A13 two backslashes", `\\evil.test`, false},
		{"A14 javascript", "javascript:alert(1)//https://app.example/cb", false},
		{"A14 data", "data:text/html,<script>alert(1)</script>", false},
		{"A15 fragment", "https://app.example/cb#f", false},
		{"A15 encoded fragment", "https://app.example/cb%23f", false},
		{"A16 own code", "https://app.example/cb?code=attacker", false},
		{"A17 header injection", "https://app.example/cb\r\nSet-Cookie:a=b", false},
		{"A17 encoded header injection", "https://app.example/cb%0d%0aSet-Cookie:a=b", false},
		{"A18 zero byte", "https://app.example/cb\x00", false},
		{"A18 encoded zero byte", "https://app.example/cb%00", false},
		{"A24 homograph", "https://аpp.example/cb", false},
		{"A24 its punycode", "https://xn--pp-7kc.example/cb", false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		if got := redirect.Match(registered, tt.uri); got != tt.want {
			t.Errorf("%s: Match(%q) = %v, want %v", tt.id, tt.uri, got, tt.want)
		}
	}
}

// oracle says what Match should: it is written the other way round, as one expression, so that a slip in one shows.
var oracle = regexp.MustCompile(`^(https://app\.example/cb|http://127\.0\.0\.1(:([1-9][0-9]{0,4}))?/cb)$`)

func allowed(uri string) bool {
	m := oracle.FindStringSubmatch(uri)
	if m == nil {
		return false
	}
	if m[3] == "" {
		return true
	}
	port, err := strconv.Atoi(m[3])
	return err == nil && port <= 65535
}

// TestMatchMutated turns every registered URI into thousands of near misses: every encoding at every position.
func TestMatchMutated(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, base := range append([]string{"http://127.0.0.1:51000/cb"}, registered...) {
		for _, v := range mutations(base) {
			seen[v] = true
		}
	}
	hostile := 0
	for v := range seen {
		want := allowed(v)
		if !want {
			hostile++
		}
		if got := redirect.Match(registered, v); got != want {
			t.Errorf("Match(%q) = %v, want %v", v, got, want)
		}
	}
	const least = 10_000
	if hostile < least {
		t.Errorf("only %d hostile variants were tried, want at least %d", hostile, least)
	}
}

// pieces are what attackers slip in.
var pieces = strings.Fields(`/ // /// \ \\ . .. ... ../ ..\ ..;/ ./ ; : :80 :443 :0 @ @evil.test @evil.test/ evil.test .evil.test ` +
	`? ?code=x &state=x # #f %23 %00 %0a %0d %0d%0a %09 %20 %2e %2e%2e %2f %2F %5c %40 %3a %3f %25 %252e %252f %c0%ae %e3%80%82 ` +
	`[ ] [::1] localhost 0x7f.1 2130706433 * %2a , $ ! ~ ' " < > | ^ { } javascript: data: http: https: //evil.test`)

var controls = []string{"\x00", "\t", "\n", "\v", "\f", "\r", " ", "\x7f", "\u00a0", "\u200b", "\u2028", "。", "．", "／", "а", "ſ", "K", "\xff", "\xc0\xae"}

func mutations(base string) []string {
	all := append(append([]string{}, pieces...), controls...)
	var out []string
	for i := 0; i <= len(base); i++ {
		for _, p := range all {
			out = append(out, base[:i]+p+base[i:])
			if i < len(base) {
				out = append(out, base[:i]+p+base[i+1:])
			}
		}
		if i == len(base) {
			continue
		}
		encoded := "%" + strings.ToUpper(strconv.FormatInt(int64(base[i]), 16))
		out = append(out, base[:i]+base[i+1:], base[:i], base[i:], base[:i]+encoded+base[i+1:],
			base[:i]+strings.ToLower(encoded)+base[i+1:], base[:i]+url.QueryEscape(encoded)+base[i+1:],
			base[:i]+string(base[i]^0x20)+base[i+1:], base[:i]+string(base[i])+base[i:])
		for bit := range 8 {
			out = append(out, base[:i]+string([]byte{base[i] ^ 1<<bit})+base[i+1:])
		}
	}
	for _, p := range all {
		out = append(out, p+base, base+p, base+p+base, p+base+p)
	}
	return append(out, url.QueryEscape(base), strings.ToUpper(base), base+base, base+","+base, base+" "+base)
}
