package outbound

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Limits of a name (RFC 1035 §2.3.4).
const (
	mostHost  = 253
	mostLabel = 63
)

const privateHost = "must not lead to a private address; if it is to, start the service with --allow-private-networks"

// oddHost says what is wrong with a host as it is written, before any resolver is asked: resolvers and browsers read odd spellings
// in different ways, and what one takes for a name is an address to another. "" when it is an ordinary name or address. Private
// says that the operator allows private networks, in which names need no domain.
func oddHost(host string, private bool) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "must name its host without a zone (%)"
		}
		return ""
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "must name its host in ASCII; a name in other letters has a form that begins with xn--"
	}
	host = strings.ToLower(host)
	if strings.HasSuffix(host, ".") {
		return "must name its host without a dot at the end"
	}
	labels := strings.Split(host, ".")
	if len(host) > mostHost || !named(labels) {
		return "must name its host by letters, digits and dashes, with dots between"
	}
	if last := labels[len(labels)-1]; numeric(last) {
		return "must name its host, or give its address as four numbers from 0 to 255, or in brackets"
	}
	if private {
		return ""
	}
	if last := labels[len(labels)-1]; len(labels) == 1 || last == "localhost" || last == "local" || last == "internal" {
		return privateHost
	}
	return ""
}

// named says whether labels are those of a name. Underscores are no part of host names, but are found in some.
func named(labels []string) bool {
	for _, l := range labels {
		if l == "" || len(l) > mostLabel || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := 0; i < len(l); i++ {
			if c := l[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		if strings.HasPrefix(l, "xn--") {
			// What decodes to nothing, to plain ASCII or to something that is written otherwise is no name.
			if again, err := idna.Lookup.ToUnicode(l); err != nil || again == l {
				return false
			}
		}
	}
	return true
}

// numeric says whether a last label makes its host an address for those who read it as the WHATWG URL standard says (§3.5).
func numeric(label string) bool {
	if strings.HasPrefix(label, "0x") {
		_, err := strconv.ParseUint("0"+label[2:], 16, 64)
		return err == nil || len(label) > 16
	}
	return strings.Trim(label, "0123456789") == ""
}
