package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ParsePublicURL reads the address of a service as browsers see it: absolute, https unless its host is this machine, with
// no user, path, query or fragment. The result is normalised (lower case, no default port, no trailing slash), because it
// becomes the issuer and the start of every link, and those are compared byte for byte (RFC 8414 §3.3, RFC 9207 §2.4).
func ParsePublicURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("is empty; give an address such as https://connect.example.com")
	}
	u, err := url.Parse(raw)
	if err != nil {
		// Neither the cause nor the value is quoted: both may hold a password.
		return nil, errors.New("cannot be read as an address; give one such as https://connect.example.com")
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname())
	if err := checkShape(u, scheme, raw); err != nil {
		return nil, err
	}
	switch {
	case host == "":
		return nil, fmt.Errorf("%q names no host; give one such as https://connect.example.com", clip(raw))
	case !plainHost(host):
		return nil, fmt.Errorf("host %q is not a plain name or address; write an international name in its xn-- form", clip(host))
	case scheme == "http" && !LoopbackHost(host):
		return nil, fmt.Errorf("%q is not https; credentials travel on it, so only a loopback host may do without", clip(raw))
	}
	port, err := publicPort(u.Port(), scheme, strings.HasSuffix(u.Host, ":"))
	if err != nil {
		return nil, err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return &url.URL{Scheme: scheme, Host: host + port}, nil
}

// checkDocument checks the address of a document that pages link to: absolute, https unless its host is this machine.
func checkDocument(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("cannot be read as an address; give one such as https://example.com/terms")
	case u.User != nil:
		return errors.New("holds a user name or password; remove what stands before the @")
	case u.Hostname() == "" || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q is not a whole address; give one such as https://example.com/terms", clip(raw))
	case u.Scheme == "http" && !LoopbackHost(u.Hostname()):
		return fmt.Errorf("%q is not https; what an end user agrees to must not be changed on its way", clip(raw))
	}
	return nil
}

// checkShape refuses everything in an address but a scheme, a host and a port.
func checkShape(u *url.URL, scheme, raw string) error {
	switch {
	case u.User != nil:
		return errors.New("holds a user name or password; remove what stands before the @")
	case scheme != "https" && scheme != "http", u.Opaque != "":
		return fmt.Errorf("%q does not begin with https://; give the whole address such as https://connect.example.com", clip(raw))
	case strings.Trim(u.Path, "/") != "" || strings.HasPrefix(u.Path, "//"):
		return fmt.Errorf("%q holds a path; give the scheme and host alone: the service needs a host of its own", clip(raw))
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return fmt.Errorf("%q holds a query or a fragment; give the scheme and host alone", clip(raw))
	}
	return nil
}

func publicPort(port, scheme string, dangling bool) (string, error) {
	if dangling {
		return "", errors.New("ends in a colon without a port; remove the colon or add the port")
	}
	if port == "" {
		return "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("port %q is not between 1 and 65535", clip(port))
	}
	if (scheme == "https" && n == 443) || (scheme == "http" && n == 80) {
		return "", nil
	}
	return ":" + strconv.FormatUint(n, 10), nil
}

// plainHost says whether a lower-cased host is an IP address or a name of letters, digits, dots and hyphens.
func plainHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return len(host) <= 253
}

// LoopbackHost says whether a host (without port) can only be this machine: localhost and names under it (RFC 6761 §6.3),
// 127.0.0.0/8 and ::1.
func LoopbackHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// loopbackAddress says whether a HOST:PORT listens on this machine alone. An empty host listens everywhere.
func loopbackAddress(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	return err == nil && LoopbackHost(host)
}

// sameAddress says whether two listeners would collide; port 0 never does.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	everywhere := func(h string) bool { return h == "" || h == "0.0.0.0" || h == "::" }
	return strings.EqualFold(hostA, hostB) || everywhere(hostA) || everywhere(hostB)
}

func checkListen(hostport string) error {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT; write something like 127.0.0.1:8080", clip(hostport))
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q is not between 0 and 65535", clip(port))
	}
	if host != "" && strings.ContainsAny(host, " /@\t") {
		return fmt.Errorf("host %q is not a name or an address", clip(host))
	}
	return nil
}

// parseProxy reads an address or a CIDR range. A range of everybody is refused: then any visitor could write the address it
// is seen under, and every limit by address would be void.
func parseProxy(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not an address or a CIDR range; write something like 10.0.0.0/8", clip(s))
	}
	if prefix.Bits() == 0 {
		return netip.Prefix{}, fmt.Errorf("%q would believe everybody; list your reverse proxies alone", s)
	}
	return prefix.Masked(), nil
}

// clip keeps a wild value from filling a message.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
