package redirect

import "strings"

// Match says whether the presented redirect URI is one of the registered ones: byte for byte (RFC 9700 §2.1), except that a
// registered http://127.0.0.1 or http://[::1] may be presented with any port (RFC 8252 §7.3). The presented value is what
// came out of one decoding of the query; it is not decoded again.
func Match(registered []string, presented string) bool {
	for _, r := range registered {
		if r == presented || mistaken(r, presented) {
			return true
		}
	}
	host, rest, ok := loopback(presented)
	if !ok {
		return false
	}
	for _, r := range registered {
		if h, tail, ok := loopback(r); ok && h == host && tail == rest {
			return true
		}
	}
	return false
}

// loopbackHosts are the only origins whose port may vary. localhost is not among them: it is a name, and whoever answers for
// it may not be this machine (RFC 8252 §8.3; Keycloak CVE-2024-8883).
var loopbackHosts = [...]string{"http://127.0.0.1", "http://[::1]"}

// loopback splits http://127.0.0.1[:port]<rest>. Rest is empty or starts with a slash or a question mark, so that
// http://127.0.0.1.evil.test and http://127.0.0.1:80@evil.test are not taken for the host.
func loopback(uri string) (host, rest string, ok bool) {
	for _, h := range loopbackHosts {
		tail, found := strings.CutPrefix(uri, h)
		if !found {
			continue
		}
		if after, has := strings.CutPrefix(tail, ":"); has {
			n := leadingDigits(after)
			if !validPort(after[:n]) {
				return "", "", false
			}
			tail = after[n:]
		}
		if tail != "" && tail[0] != '/' && tail[0] != '?' {
			return "", "", false
		}
		return h, tail, true
	}
	return "", "", false
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// validPort wants 1 to 65535 without leading zeros.
func validPort(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' || leadingDigits(s) != len(s) {
		return false
	}
	return len(s) < 5 || s <= "65535"
}
