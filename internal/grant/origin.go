package grant

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"passerelle/internal/fault"
)

// originHost is a host as a browser writes it in an origin: lower-case letters, digits, hyphens and dots; an international name in
// its ASCII form. An IPv6 address is left out: the grammar of frame-ancestors has none.
var originHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// checkOrigin wants an origin exactly as browsers write it (RFC 6454 §6.1): it is compared byte for byte with theirs, stands in
// frame-ancestors and is what the end of a visit is posted to. No wildcard, no path, no default port; https, or http on this
// machine for development.
func checkOrigin(origin string) error {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "%q is no origin that can be allowed: %s.", origin, why).WithField("allowed_origin")
	}
	scheme, rest, found := strings.Cut(origin, "://")
	switch {
	case !found || scheme != "https" && scheme != "http":
		return bad("write scheme and host, such as https://app.example")
	case strings.ContainsRune(origin, '*'):
		return bad("name each origin, wildcards are not read")
	case strings.ContainsAny(rest, "/?#@"):
		return bad("leave out the path, the slash at the end and everything after the host and its port")
	}
	host, port, hasPort := strings.Cut(rest, ":")
	if !originHost.MatchString(host) || len(host) > 253 {
		return bad("the host must be a name or an IPv4 address in lower case, an international name in its ASCII form (xn--…)")
	}
	if hasPort {
		n, err := strconv.Atoi(port)
		switch {
		case err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port:
			return bad("the port must be a number from 1 to 65535")
		case scheme == "https" && n == 443 || scheme == "http" && n == 80:
			return bad("leave out the port that the scheme has by itself: browsers do")
		}
	}
	if scheme == "http" && host != "localhost" && host != "127.0.0.1" && !strings.HasSuffix(host, ".localhost") {
		return bad("http is allowed on localhost and 127.0.0.1 only, use https")
	}
	if u, err := url.Parse(origin); err != nil || u.Host != rest {
		return bad("it cannot be read as an address")
	}
	return nil
}

// Frames says whether the pages of an origin may frame this client application's visits.
func (o Options) Frames(origin string) bool {
	for _, allowed := range o.AllowedOrigins {
		if allowed == origin {
			return true
		}
	}
	return false
}
