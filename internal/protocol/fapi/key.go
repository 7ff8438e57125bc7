package fapi

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"passerelle/internal/bank"
)

// Key signs what a client says in its own name. It prints nothing of itself.
type Key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   any
}

// String keeps the key out of logs.
func (Key) String() string { return "***" }

// GoString keeps the key out of %#v.
func (Key) GoString() string { return "***" }

// IsZero says whether there is no key.
func (k Key) IsZero() bool { return k.private == nil }

// ParseKey reads a private key: PEM, PKCS #8, PKCS #1 or SEC 1; RSA of 2048 bits or more, or P-256. id is what the bank knows the key
// by, or empty for its thumbprint (RFC 7638). algorithm is PS256, ES256 or, for banks on older drafts, RS256; empty picks PS256 or ES256.
// The error says what is wrong and holds nothing of the key.
func ParseKey(text bank.Secret, id, algorithm string) (Key, error) {
	block, _ := pem.Decode([]byte(text.Reveal()))
	if block == nil {
		return Key{}, errors.New("the signing key is no PEM: it must begin with -----BEGIN PRIVATE KEY-----")
	}
	private, err := parsePrivate(block)
	if err != nil {
		return Key{}, err
	}
	k := Key{id: id, private: private, algorithm: jose.SignatureAlgorithm(algorithm)}
	var public crypto.PublicKey
	switch p := private.(type) {
	case *rsa.PrivateKey:
		if p.N.BitLen() < 2048 {
			return Key{}, fmt.Errorf("the signing key has %d bits: RSA keys need 2048 or more", p.N.BitLen())
		}
		public = p.Public()
		if k.algorithm == "" {
			k.algorithm = jose.PS256
		}
		if k.algorithm != jose.PS256 && k.algorithm != jose.RS256 {
			return Key{}, errors.New("the signing key is RSA: it signs with PS256 or RS256")
		}
	case *ecdsa.PrivateKey:
		if p.Curve != elliptic.P256() {
			return Key{}, errors.New("the signing key is on another curve than P-256")
		}
		public = p.Public()
		if k.algorithm == "" {
			k.algorithm = jose.ES256
		}
		if k.algorithm != jose.ES256 {
			return Key{}, errors.New("the signing key is P-256: it signs with ES256")
		}
	default:
		return Key{}, errors.New("the signing key is neither RSA nor P-256")
	}
	if k.id == "" {
		sum, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
		if err != nil {
			return Key{}, fmt.Errorf("name the signing key: %w", err)
		}
		k.id = base64.RawURLEncoding.EncodeToString(sum)
	}
	return k, nil
}

func parsePrivate(block *pem.Block) (any, error) {
	if p, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return p, nil
	}
	if p, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return p, nil
	}
	if p, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return p, nil
	}
	// What the parsers say may quote the bytes.
	return nil, fmt.Errorf("the signing key's PEM block %q holds no private key that can be read: an encrypted one must be decrypted first", clip(block.Type))
}

func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// sign makes a compact JWS of claims (RFC 7515, RFC 7519).
func (k Key) sign(claims map[string]any) (string, error) {
	if k.IsZero() {
		return "", misconfigured(errors.New("a signing key is needed"))
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: k.algorithm, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", bug(fmt.Errorf("make a signer: %w", err))
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", bug(fmt.Errorf("sign: %w", err))
	}
	return text, nil
}
