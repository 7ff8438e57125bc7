package tpp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // a name for a certificate, as some banks want it; nothing is trusted by it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Form says how a bank wants its signatures. The zero value is what the Berlin Group's implementation guidelines 1.3 describe.
type Form struct {
	// Headers are signed in this order, those that a request has not left out; "(request-target)" may be one. Empty means the
	// guidelines' list.
	Headers []string `json:"headers,omitempty"`
	// KeyID is the form of the key's name: sn_ca (serial number and issuer, the guidelines' form), sn_ca_decimal, serial, sha256, sha1
	// (fingerprints), organization (the authorisation number), or url: and an address where the bank fetches the certificate.
	KeyID string `json:"key_id,omitempty"`
	// Digest is sha-256 or sha-512.
	Digest string `json:"digest,omitempty"`
	// Certificate is the form of TPP-Signature-Certificate: der (base64 of the certificate), pem (the PEM text on one line) or none.
	Certificate string `json:"certificate,omitempty"`
	// Uppercase writes the names of headers in the parameter as they are written in requests, not in lower case.
	Uppercase bool `json:"uppercase,omitempty"`
}

// usual are the guidelines' headers, section 12.2: the digest, and of the others those that a request has.
var usual = []string{"digest", "x-request-id", "psu-id", "psu-corporate-id", "date", "tpp-redirect-uri"}

// Check says what is wrong with a form.
func (f Form) Check() error {
	switch f.KeyID {
	case "", "sn_ca", "sn_ca_decimal", "serial", "sha256", "sha1", "organization":
	default:
		if !strings.HasPrefix(f.KeyID, "url:https://") {
			return errors.New("key_id is none of sn_ca, sn_ca_decimal, serial, sha256, sha1, organization, url:https://…")
		}
	}
	switch f.Digest {
	case "", "sha-256", "sha-512":
	default:
		return errors.New("digest is neither sha-256 nor sha-512")
	}
	switch f.Certificate {
	case "", "der", "pem", "none":
	default:
		return errors.New("certificate is none of der, pem, none")
	}
	return nil
}

// Sign puts Digest, Signature and TPP-Signature-Certificate on a request (draft-cavage-http-signatures-12, section 4.1; RFC 3230 for the
// digest). The other headers must be there already: they are signed. An RSA key signs rsa-sha256, an EC key ecdsa-sha256 (ASN.1 form).
func (c *Certificate) Sign(f Form, method string, at *url.URL, h http.Header, body []byte) error {
	h.Set("Digest", digest(f.Digest, body))
	names, text := signingString(f, method, at, h)
	sum := sha256.Sum256([]byte(text))
	signature, err := c.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	algorithm := "rsa-sha256"
	if _, ok := c.Key.(*ecdsa.PrivateKey); ok {
		algorithm = "ecdsa-sha256"
	}
	h.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="%s",headers="%s",signature="%s"`,
		c.keyID(f.KeyID), algorithm, strings.Join(names, " "), base64.StdEncoding.EncodeToString(signature)))
	switch f.Certificate {
	case "none":
	case "pem":
		h.Set("TPP-Signature-Certificate", strings.ReplaceAll(strings.TrimSpace(pemOf("CERTIFICATE", c.Leaf.Raw)), "\n", ""))
	default:
		h.Set("TPP-Signature-Certificate", base64.StdEncoding.EncodeToString(c.Leaf.Raw))
	}
	return nil
}

func digest(algorithm string, body []byte) string {
	if algorithm == "sha-512" {
		sum := sha512.Sum512(body)
		return "SHA-512=" + base64.StdEncoding.EncodeToString(sum[:])
	}
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// signingString is the text that is signed (section 2.3), with the names of what is in it.
func signingString(f Form, method string, at *url.URL, h http.Header) (names []string, text string) {
	want := f.Headers
	if len(want) == 0 {
		want = usual
	}
	var lines []string
	for _, n := range want {
		lower := strings.ToLower(n)
		shown := lower
		switch values := h.Values(n); {
		case lower == "(request-target)":
			lines = append(lines, lower+": "+strings.ToLower(method)+" "+at.RequestURI())
		case len(values) == 0:
			continue
		default:
			trimmed := make([]string, len(values))
			for i, v := range values {
				trimmed[i] = strings.TrimSpace(v)
			}
			lines = append(lines, lower+": "+strings.Join(trimmed, ", "))
			if f.Uppercase {
				shown = wireName(n)
			}
		}
		names = append(names, shown)
	}
	return names, strings.Join(lines, "\n")
}

// wireName is a header's name as the guidelines write it: PSU and TPP and ID in capitals.
func wireName(n string) string {
	parts := strings.Split(http.CanonicalHeaderKey(n), "-")
	for i, p := range parts {
		switch p {
		case "Psu", "Tpp", "Id", "Uri":
			parts[i] = strings.ToUpper(p)
		}
	}
	return strings.Join(parts, "-")
}

func (c *Certificate) keyID(form string) string {
	issuer := escapeName(c.Leaf.Issuer.String())
	switch form {
	case "sn_ca_decimal":
		return "SN=" + c.Leaf.SerialNumber.String() + ",CA=" + issuer
	case "serial":
		return strings.ToUpper(c.Leaf.SerialNumber.Text(16))
	case "sha256":
		sum := sha256.Sum256(c.Leaf.Raw)
		return hex.EncodeToString(sum[:])
	case "sha1":
		sum := sha1.Sum(c.Leaf.Raw) //nolint:gosec // see the import
		return hex.EncodeToString(sum[:])
	case "organization":
		return c.OrganizationIdentifier()
	}
	if at, ok := strings.CutPrefix(form, "url:"); ok {
		return at
	}
	return "SN=" + strings.ToUpper(c.Leaf.SerialNumber.Text(16)) + ",CA=" + issuer
}

// escapeName keeps an issuer's name from ending the quoted parameter: blanks and whatever is not plain are percent-encoded, as in the
// official example.
func escapeName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		if ch <= ' ' || ch >= 0x7f || ch == '"' || ch == '\\' || ch == '%' {
			fmt.Fprintf(&b, "%%%02X", ch)
			continue
		}
		b.WriteByte(ch)
	}
	return b.String()
}
