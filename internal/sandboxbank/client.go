package sandboxbank

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Client is a third party at the bank's authorization server.
type Client struct {
	// ID is its client_id: a name of the bank's, or the organisation identifier of its certificate.
	ID string
	// Name is what the bank's pages call it.
	Name string
	// Organisation is the authorisation number of its certificates, where its client_id is another name.
	Organisation string
	// RedirectPrefixes are absolute URLs below which its redirect URIs lie; a loopback one matches any port (RFC 8252 section 7.3).
	RedirectPrefixes []string
	// Secret, Keys and Certificates are how it may prove who it is: by a secret, by JWTs that one of the keys signed, by a certificate of
	// mutual TLS (DER). A client with none of them is public and has PKCE alone.
	Secret       string
	Keys         []crypto.PublicKey
	Certificates [][]byte
}

func (c Client) validate() error {
	if c.ID == "" || c.Name == "" || len(c.RedirectPrefixes) == 0 {
		return fmt.Errorf("sandbox bank client %q: id, name and at least one redirect prefix are needed", c.ID)
	}
	for _, p := range c.RedirectPrefixes {
		if u, err := url.Parse(p); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("sandbox bank client %q: redirect prefix %q is not an absolute URL without query", c.ID, p)
		}
	}
	return nil
}

// Public says that nothing proves who the client is.
func (c Client) Public() bool { return c.Secret == "" && len(c.Keys) == 0 && len(c.Certificates) == 0 }

// Knows says whether the secret is the client's.
func (c Client) Knows(secret string) bool {
	return c.Secret != "" && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1
}

// Shows says whether the certificate is one of the client's (RFC 8705 section 2).
func (c Client) Shows(cert *x509.Certificate) bool {
	return cert != nil && slices.ContainsFunc(c.Certificates, func(der []byte) bool { return sha256.Sum256(der) == sha256.Sum256(cert.Raw) })
}

// Allows says whether the browser may be sent to an address in the client's name.
func (c Client) Allows(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Fragment != "" || strings.ContainsAny(raw, "\\ \t\r\n#") {
		return false
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == ".." || segment == "." {
			return false
		}
	}
	return slices.ContainsFunc(c.RedirectPrefixes, func(p string) bool { return under(u, p) })
}

func under(u *url.URL, prefix string) bool {
	p, err := url.Parse(prefix)
	if err != nil || u.Scheme != p.Scheme {
		return false
	}
	if ip := net.ParseIP(p.Hostname()); p.Scheme == "http" && ip != nil && ip.IsLoopback() {
		if u.Hostname() != p.Hostname() {
			return false
		}
	} else if u.Host != p.Host {
		return false
	}
	path := strings.TrimSuffix(p.Path, "/")
	return u.Path == path || u.Path == p.Path || strings.HasPrefix(u.Path, path+"/")
}

// Client finds a third party by its client_id.
func (b *Bank) Client(id string) (Client, bool) {
	c, ok := b.clients[id]
	return c, ok
}

// MayReturn says whether any client's prefixes allow an address: Berlin Group knows third parties by their certificates alone, and the
// bank still sends nobody's browser anywhere.
func (b *Bank) MayReturn(raw string) bool {
	for _, c := range b.clients {
		if c.Allows(raw) {
			return true
		}
	}
	return false
}
