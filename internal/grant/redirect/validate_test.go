package redirect_test

import (
	"errors"
	"strings"
	"testing"

	"passerelle/internal/fault"
	"passerelle/internal/grant/redirect"
)

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{
		"https://app.example/cb", "https://app.example", "https://app.example/", "https://app.example:8443/cb",
		"https://app.example/cb?tenant=7", "https://xn--pp-7kc.example/cb", "https://192.0.2.7/cb", "https://[2001:db8::7]/cb",
		"http://127.0.0.1/cb", "http://127.0.0.1:8000/callback", "http://[::1]/cb", "http://localhost:3000/cb",
		"banquier://powens-callback", "powens-12345678://callback", "powens-1://webview-callback/connect",
		"com.example.app:/oauth2redirect", "https://app.example/cb%20b", "https://app.example/a.b/c..d",
	} {
		if err := redirect.Validate(uri); err != nil {
			t.Errorf("Validate(%q) = %v, want nil", uri, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{
		"empty":                   "",
		"relative":                "/cb",
		"no scheme":               "//app.example/cb",
		"javascript":              "javascript:alert(1)",
		"javascript with slashes": "javascript://app.example/%0aalert(1)",
		"upper-case javascript":   "JavaScript:alert(1)",
		"data":                    "data:text/html,x",
		"vbscript":                "vbscript:x",
		"file":                    "file:///etc/passwd",
		"blob":                    "blob:https://app.example/x",
		"about":                   "about:blank",
		"upper-case scheme":       "HTTPS://app.example/cb",
		"upper-case host":         "https://App.example/cb",
		"plain http":              "http://app.example/cb",
		"http like loopback":      "http://127.0.0.1.evil.test/cb",
		"fragment":                "https://app.example/cb#f",
		"empty fragment":          "https://app.example/cb#",
		"user information":        "https://user@app.example/cb",
		"user and password":       "https://u:p@app.example/cb",
		"encoded host":            "https://app%2eexample/cb",
		"carriage return":         "https://app.example/cb\r\nX: y",
		"tab":                     "https://app.example/\tcb",
		"space":                   "https://app.example/c b",
		"zero byte":               "https://app.example/cb\x00",
		"backslash":               `https://app.example\@evil.test/cb`,
		"homograph":               "https://аpp.example/cb",
		"dot segment":             "https://app.example/./cb",
		"parent segment":          "https://app.example/a/../cb",
		"parent at the end":       "https://app.example/..",
		"semicolon parent":        "https://app.example/..;/cb",
		"encoded dots":            "https://app.example/%2e%2e/cb",
		"encoded slash":           "https://app.example/a%2Fcb",
		"encoded backslash":       "https://app.example/a%5ccb",
		"twice encoded":           "https://app.example/%252e/cb",
		"encoded line feed":       "https://app.example/cb%0a",
		"encoded zero":            "https://app.example/cb%00",
		"broken percent":          "https://app.example/cb%2",
		"wildcard host":           "https://*.example/cb",
		"wildcard path":           "https://app.example/*",
		"no host":                 "https:///cb",
		"no slashes":              "https:app.example/cb",
		"port zero":               "https://app.example:0/cb",
		"port too high":           "https://app.example:65536/cb",
		"empty port":              "https://app.example:/cb",
		"hexadecimal address":     "https://0x7f000001/cb",
		"decimal address":         "https://2130706433/cb",
		"short address":           "https://127.1/cb",
		"octal address":           "https://0177.0.0.1/cb",
		"broken IPv6":             "https://[::1/cb",
		"zone":                    "https://[fe80::1%25eth0]/cb",
		"trailing dot":            "https://app.example./cb",
		"two slashes":             "https://app.example//evil.test",
		"own code":                "https://app.example/cb?code=attacker",
		"own state encoded":       "https://app.example/cb?%73tate=x",
		"own issuer in brackets":  "https://app.example/cb?a=1&iss[]=x",
		"own connection":          "https://app.example/cb?connection_id=1",
		"own error after ;":       "https://app.example/cb?a=1;error=x",
		"scheme alone":            "myapp:",
		"scheme and slashes":      "myapp://",
		"opaque scheme":           "myapp:callback",
		"too long":                "https://app.example/" + strings.Repeat("a", redirect.MaxLength),
	} {
		err := redirect.Validate(uri)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != "redirect_uri" {
			t.Errorf("%s: Validate(%q) = %v, want a fault on redirect_uri", name, uri, err)
		}
	}
}
