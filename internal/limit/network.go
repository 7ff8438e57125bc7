package limit

import "net/netip"

// subnet is how much of an IPv6 address names the network: a subscriber gets a /64 at least, and picks addresses in it at will.
const subnet = 64

// Networks tells networks from addresses.
type Networks struct {
	// Behind says that the addresses come from trusted proxies or directly from the internet. Otherwise a private address may be
	// that of a proxy nobody told us of, and everybody's.
	Behind bool
}

// Of gives the network of an address: IPv4 alone, IPv6 by /64, IPv4-mapped as the IPv4 it is. It is the zero prefix for what is
// no address and for what must not be limited: this machine, and a private address that may be an unnamed proxy's.
func (n Networks) Of(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsUnspecified() || !n.Behind && (a.IsPrivate() || a.IsLinkLocalUnicast()) {
		return netip.Prefix{}
	}
	bits := a.BitLen()
	if a.Is6() {
		bits = subnet
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
