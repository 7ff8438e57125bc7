package testbank

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Client is a third party that the bank knows: who may ask customers for access and where they are sent back to.
type Client struct {
	ID     string
	Secret string
	// Name is what the consent page calls it.
	Name string
	// RedirectPrefixes are absolute URLs: scheme and host must be equal and the path must begin with the prefix's.
	// A prefix on a loopback address matches any port (RFC 8252 section 7.3). Prefixes, because a test bank must serve
	// callers that put the connector into the path; a real bank would want exact addresses.
	RedirectPrefixes []string
}

func (c Client) validate() error {
	if c.ID == "" || c.Secret == "" || c.Name == "" {
		return fmt.Errorf("test bank client %q: id, secret and name are needed", c.ID)
	}
	if len(c.RedirectPrefixes) == 0 {
		return fmt.Errorf("test bank client %q: at least one redirect prefix is needed", c.ID)
	}
	for _, p := range c.RedirectPrefixes {
		if u, err := url.Parse(p); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("test bank client %q: redirect prefix %q is not an absolute URL without query", c.ID, p)
		}
	}
	return nil
}

// Authenticate finds a client by its id and secret.
func (b *Bank) Authenticate(id, secret string) (Client, bool) {
	c, ok := b.clients[id]
	if !ok || !same(c.Secret, secret) {
		return Client{}, false
	}
	return c, true
}

// allows says whether a redirect URI lies under one of the client's prefixes.
func (c Client) allows(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Fragment != "" || strings.ContainsAny(raw, "\\ \t\r\n#") {
		return false
	}
	// Dot segments would climb out of the prefix on the server that receives them.
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == ".." || segment == "." {
			return false
		}
	}
	return slices.ContainsFunc(c.RedirectPrefixes, func(p string) bool { return under(u, p) })
}

func under(u *url.URL, prefix string) bool {
	p, err := url.Parse(prefix)
	if err != nil || u.Scheme != p.Scheme || !sameHost(u, p) {
		return false
	}
	path := strings.TrimSuffix(p.Path, "/")
	return u.Path == path || u.Path == p.Path || strings.HasPrefix(u.Path, path+"/")
}

func sameHost(u, p *url.URL) bool {
	if ip := net.ParseIP(p.Hostname()); p.Scheme == "http" && ip != nil && ip.IsLoopback() {
		return u.Hostname() == p.Hostname()
	}
	return u.Host == p.Host
}
