package tpp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// Certificate is a certificate with its key, as an operator supplied them.
type Certificate struct {
	// Leaf is the certificate, Chain the authorities that came after it, in the order given.
	Leaf  *x509.Certificate
	Chain []*x509.Certificate
	// Key is an RSA or an EC key; it belongs to Leaf.
	Key crypto.Signer
}

// Role is what an authority lets a provider do (ETSI TS 119 495, clause 4.2).
type Role string

// The roles, as certificates name them.
const (
	RoleAccountServicing Role = "PSP_AS"
	RolePayment          Role = "PSP_PI"
	RoleInformation      Role = "PSP_AI"
	RoleIssuing          Role = "PSP_IC"
)

// What can be wrong. Each is wrapped with words that say what to do.
var (
	ErrPEM     = errors.New("not a PEM file as expected")
	ErrKey     = errors.New("the key does not fit")
	ErrExpired = errors.New("the certificate is not valid now")
	ErrRole    = errors.New("the certificate does not carry the PSD2 role needed")
)

// mostPEM caps what is read as PEM: a chain of a dozen certificates is a tenth of it.
const mostPEM = 256 << 10

// Load reads a certificate, with the authorities that may follow it, and its key, both PEM. The errors are for an operator: they say
// what is wrong and what is expected instead, and never repeat the key.
func Load(certificate string, key bank.Secret) (*Certificate, error) {
	chain, err := parseChain(certificate)
	if err != nil {
		return nil, err
	}
	signer, err := parseKey(key)
	if err != nil {
		return nil, err
	}
	c := &Certificate{Leaf: chain[0], Chain: chain[1:], Key: signer}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(c.Leaf.PublicKey) {
		return nil, fmt.Errorf("%w: it belongs to another certificate than that of %q; give the key that the certificate was requested with",
			ErrKey, name(c.Leaf))
	}
	return c, nil
}

func parseChain(text string) ([]*x509.Certificate, error) {
	if len(text) > mostPEM {
		return nil, fmt.Errorf("%w: the certificate file has %d bytes, more than any chain has", ErrPEM, len(text))
	}
	var chain []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		switch {
		case block.Type == "CERTIFICATE":
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, fmt.Errorf("%w: the certificate file holds a private key; keep that in the setting for the key", ErrPEM)
		default:
			return nil, fmt.Errorf("%w: the certificate file holds a %q, want CERTIFICATE", ErrPEM, bank.CleanText(block.Type, 40))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d cannot be read: %w", ErrPEM, len(chain)+1, err)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, fmt.Errorf("%w: no certificate in it; a PEM file begins with -----BEGIN CERTIFICATE-----", ErrPEM)
	}
	return chain, nil
}

func parseKey(key bank.Secret) (crypto.Signer, error) {
	for rest := []byte(key.Reveal()); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return nil, fmt.Errorf("%w: no private key in it; a PEM file begins with -----BEGIN PRIVATE KEY-----", ErrPEM)
		}
		if block.Type == "EC PARAMETERS" {
			continue
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["Proc-Type"] != "" {
			return nil, fmt.Errorf("%w: the key is encrypted with a passphrase; decrypt it first (openssl pkey -in key.pem -out plain.pem): it is sealed here", ErrPEM)
		}
		return signerOf(block)
	}
}

// signerOf reads PKCS #8, PKCS #1 and SEC 1. Errors of the parsers are left out: they may quote bytes.
func signerOf(block *pem.Block) (crypto.Signer, error) {
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		switch k := k.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case *ecdsa.PrivateKey:
			return k, nil
		}
		return nil, fmt.Errorf("%w: it is neither an RSA nor an EC key, which banks expect", ErrKey)
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w: the private key cannot be read as PKCS #8, PKCS #1 or SEC 1", ErrPEM)
}

// Check says why the certificate cannot be used at a time for a role: ErrExpired or ErrRole. A certificate that says nothing of PSD2
// at all fails too; roles none means that any will do.
func (c *Certificate) Check(now time.Time, roles ...Role) error {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case now.After(c.Leaf.NotAfter):
		return fmt.Errorf("%w: %q ended on %s; ask your trust service provider for a new one", ErrExpired, name(c.Leaf), day(c.Leaf.NotAfter))
	case now.Before(c.Leaf.NotBefore):
		return fmt.Errorf("%w: %q begins on %s only; is this machine's clock right?", ErrExpired, name(c.Leaf), day(c.Leaf.NotBefore))
	}
	s, err := c.Statement()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRole, err)
	}
	for _, r := range roles {
		if !slices.Contains(s.Roles, r) {
			return fmt.Errorf("%w: %q has %v, want %s; banks refuse it for reading accounts", ErrRole, name(c.Leaf), s.Roles, r)
		}
	}
	return nil
}

// oidOrganizationIdentifier is where a provider's authorisation number stands in a subject (X.520).
var oidOrganizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

// OrganizationIdentifier is the provider's authorisation number, such as PSDFR-ACPR-12345 (ETSI TS 119 495, clause 5.2.1); empty where
// the certificate has none.
func (c *Certificate) OrganizationIdentifier() string {
	for _, n := range c.Leaf.Subject.Names {
		if s, ok := n.Value.(string); ok && n.Type.Equal(oidOrganizationIdentifier) {
			return s
		}
	}
	return ""
}

func name(c *x509.Certificate) string { return bank.CleanText(c.Subject.CommonName, 80) }
