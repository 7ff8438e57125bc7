package redirect

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"passerelle/internal/fault"
)

// MaxLength is the most bytes a redirect URI may have: what every browser and server in use still carries.
const MaxLength = 2000

// reservedMembers are the query members that a callback adds itself. A registered URI that already holds one would let
// whoever registered it answer in our place (OAuth parameter pollution; Keycloak CVE-2026-9689).
var reservedMembers = map[string]bool{
	"code": true, "state": true, "iss": true, "error": true, "error_description": true, "error_uri": true,
	"connection_id": true, "connection_ids": true, "id_connection": true, "response": true,
}

var (
	schemePattern = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)
	hostPattern   = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)
	numericLabel  = regexp.MustCompile(`^(0x[0-9a-f]*|[0-9]+)$`)
	badPercent    = regexp.MustCompile(`(?i)%(2e|2f|5c|25|7f|[01][0-9a-f])`)
	anyPercent    = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
)

// Validate says whether a redirect URI may be registered: https, http on a loopback host, or a private-use scheme (RFC 8252
// §7.1), absolute, without fragment, user information or anything that two programs might read differently (R3, R4). The
// error is a fault.Invalid on the field redirect_uri that names the remedy.
func Validate(uri string) error {
	if err := checkBytes(uri); err != nil {
		return err
	}
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || !schemePattern.MatchString(scheme) {
		return invalid("it must be absolute and begin with a lower-case scheme, such as https://app.example/callback")
	}
	if err := checkScheme(scheme); err != nil {
		return err
	}
	authority, path, query, err := split(rest)
	if err != nil {
		return err
	}
	switch scheme {
	case "https":
		err = checkHost(authority)
	case "http":
		err = checkLoopback(authority)
	default:
		err = checkPrivate(rest, authority)
	}
	if err != nil {
		return err
	}
	if err := checkPath(path); err != nil {
		return err
	}
	return checkQuery(query)
}

// checkBytes wants printable ASCII that needs no escaping, so that no layer between here and the browser rewrites it.
func checkBytes(uri string) error {
	if uri == "" {
		return invalid("it is empty")
	}
	if len(uri) > MaxLength {
		return invalid("it is longer than %d bytes", MaxLength)
	}
	for i := 0; i < len(uri); i++ {
		switch b := uri[i]; {
		case b <= ' ' || b >= 0x7f:
			return invalid("it may hold printable ASCII only: no spaces or control characters, names in punycode (xn--…)")
		case strings.IndexByte("\\\"<>^`{|}", b) >= 0:
			return invalid("the character %q must not stand in it", b)
		case b == '#':
			return invalid("it must have no fragment (RFC 6749 §3.1.2)")
		case b == '*':
			return invalid("there are no wildcards: register each redirect URI in full")
		}
	}
	if badPercent.MatchString(uri) {
		return invalid("percent-encoded dots, slashes, percent signs and control characters are not accepted")
	}
	if strings.Count(uri, "%") != len(anyPercent.FindAllString(uri, -1)) {
		return invalid("a percent sign must be followed by two hexadecimal digits")
	}
	return nil
}

// split cuts what follows the scheme's colon into its parts. Authority is "" when there is none.
func split(rest string) (authority, path, query string, err error) {
	path, query, _ = strings.Cut(rest, "?")
	if after, ok := strings.CutPrefix(path, "//"); ok {
		cut := strings.IndexByte(after, '/')
		if cut < 0 {
			cut = len(after)
		}
		authority, path = after[:cut], after[cut:]
	}
	if strings.ContainsAny(authority, "@%") {
		return "", "", "", invalid("it must have no user information and no percent-encoding before the path")
	}
	return authority, path, query, nil
}

func checkHost(authority string) error {
	host, port, hasPort := cutPort(authority)
	if hasPort && !validPort(port) {
		return invalid("the port must be a number from 1 to 65535 without leading zeros")
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !addr.Is6() || !strings.HasSuffix(inner, "]") || addr.Zone() != "" {
			return invalid("the host is not an IPv6 address in brackets")
		}
		return nil
	}
	if len(host) > 253 || !hostPattern.MatchString(host) {
		return invalid("the host must be a lower-case name such as app.example")
	}
	if last := host[strings.LastIndexByte(host, '.')+1:]; numericLabel.MatchString(last) {
		// A browser reads 0x7f000001, 2130706433 and 127.1 as addresses; a person does not.
		if addr, err := netip.ParseAddr(host); err != nil || addr.String() != host {
			return invalid("write an IPv4 address as four plain numbers")
		}
	}
	return nil
}

func cutPort(authority string) (host, port string, has bool) {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority, "", false
	}
	return authority[:i], authority[i+1:], true
}

func checkLoopback(authority string) error {
	host, port, hasPort := cutPort(authority)
	if hasPort && !validPort(port) {
		return invalid("the port must be a number from 1 to 65535 without leading zeros")
	}
	switch host {
	case "127.0.0.1", "[::1]", "localhost":
		return nil
	}
	return invalid("http is accepted for 127.0.0.1, [::1] and localhost only; use https")
}

// checkPrivate takes app://name, app://name/path and com.example.app:/path.
func checkPrivate(rest, authority string) error {
	if strings.HasPrefix(rest, "//") {
		if host, port, has := cutPort(authority); host == "" || has && !validPort(port) {
			return invalid("after the scheme a name or a path must follow, such as myapp://callback")
		}
		return nil
	}
	if !strings.HasPrefix(rest, "/") {
		return invalid("after the scheme // or / must follow, such as myapp://callback")
	}
	return nil
}

func checkPath(path string) error {
	for _, segment := range strings.Split(path, "/") {
		// ..;/ is a parent directory to some servers (Keycloak CVE-2026-3872).
		if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
			return invalid("the path must have no . or .. segments")
		}
	}
	if strings.HasPrefix(path, "//") {
		return invalid("the path must not begin with two slashes")
	}
	return nil
}

func checkQuery(query string) error {
	for _, member := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		raw, _, _ := strings.Cut(member, "=")
		name, err := url.QueryUnescape(raw)
		if err != nil {
			return invalid("its query cannot be read")
		}
		base, _, _ := strings.Cut(strings.ToLower(name), "[")
		if reservedMembers[strings.TrimSpace(base)] {
			return invalid("its query must not hold %q, which the callback adds itself", base)
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "This redirect URI cannot be registered: "+format+".", args...).WithField("redirect_uri")
}
