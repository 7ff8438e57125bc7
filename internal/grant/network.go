package grant

import "net/netip"

// network is what a browser's network address is counted by: of IPv6 the /64, which is one subscriber's (RFC 6177 §2), who has as many
// addresses in it as they like. What is no address is counted as it is.
func network(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
