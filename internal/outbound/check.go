package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"code.dny.dev/ssrf"
)

// lookupTimeout caps the question to the resolver while somebody waits for the answer.
const lookupTimeout = 3 * time.Second

// Checker gives a function that says why a client with the same options would not reach an address, as words that follow its
// name ("must be …"); "" when it would, as far as can be told now. It is for telling people early: what counts is the check at
// dial time. A name that does not resolve is let through, since it may later.
func Checker(o Options) (func(ctx context.Context, u *url.URL) string, error) {
	origins, err := parseOrigins(o.Origins)
	if err != nil {
		return nil, err
	}
	safe := addresses(o)
	ports := portsOf(o)
	return func(ctx context.Context, u *url.URL) string {
		if scheme, ok := origins[dialAddress(u)]; ok && scheme == u.Scheme {
			return ""
		}
		plain := u.Scheme == "http"
		if u.Scheme != "https" && (!plain || !o.PlainLoopback) {
			return secureRemedy(plain)
		}
		_, text, _ := net.SplitHostPort(dialAddress(u))
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil || port == 0 {
			return "must have a port between 1 and 65535, or none"
		}
		if why := oddHost(u.Hostname(), len(o.Networks) > 0); why != "" {
			return why
		}
		if len(o.Networks) == 0 && !slices.Contains(ports, uint16(port)) {
			return portRemedy
		}
		ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
		defer cancel()
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
		if err != nil {
			return ""
		}
		why := ""
		for _, ip := range ips {
			network := "tcp6"
			if ip = ip.Unmap(); ip.Is4() {
				network = "tcp4"
			}
			err := safe(network, netip.AddrPortFrom(ip, uint16(port)).String(), plain)
			if err == nil {
				return ""
			}
			why = reason(err)
		}
		return why
	}, nil
}

// secureRemedy says how an address must begin, and where it was http what would let it.
func secureRemedy(plain bool) string {
	if plain {
		return "must begin with https://: plain http is taken for this machine alone, and only with --allow-private-networks"
	}
	return "must begin with https://"
}

// portRemedy is for the ports that there are by default, which nobody changes so far.
const portRemedy = "must have port 443 or 8443"

func reason(err error) string {
	switch {
	case errors.Is(err, ErrRefused):
		return "must begin with https://: plain http is for this machine alone"
	case errors.Is(err, ssrf.ErrProhibitedPort):
		return portRemedy
	}
	return privateHost
}
