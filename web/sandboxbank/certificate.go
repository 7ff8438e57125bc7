package sandboxbank

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"net/http"
)

// The object identifiers of PSD2 certificates (ETSI TS 119 495): the authorisation number in the subject, and the role of account
// information in the statement about payment services.
var (
	oidOrganisation = asn1.ObjectIdentifier{2, 5, 4, 97}
	oidStatements   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	// The content of 0.4.0.19495.1.3 (PSP_AI), as it stands in the statement.
	roleInformation = []byte{0x06, 0x07, 0x04, 0x00, 0x81, 0x98, 0x27, 0x01, 0x03}
)

// shown is the certificate that a client showed at the connection, nil where it showed none.
func shown(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}

// thumbprint is how tokens name the certificate that they are bound to (RFC 8705 section 3.1); empty for none.
func thumbprint(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	sum := sha256.Sum256(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// organisation is who a certificate says its owner is: the authorisation number and the name.
func organisation(cert *x509.Certificate) (id, name string) {
	for _, n := range cert.Subject.Names {
		if n.Type.Equal(oidOrganisation) {
			id, _ = n.Value.(string)
		}
	}
	name = cert.Subject.CommonName
	if len(cert.Subject.Organization) > 0 {
		name = cert.Subject.Organization[0]
	}
	return id, name
}

// lacks says what a certificate lacks to be one of an account information provider; nothing where it lacks nothing.
func lacks(cert *x509.Certificate) string {
	if id, _ := organisation(cert); len(id) < len("PSDXX-X-1") || id[:3] != "PSD" {
		return "The certificate has no authorisation number (organizationIdentifier)."
	}
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidStatements) && bytes.Contains(e.Value, roleInformation) {
			return ""
		}
	}
	return "The certificate has no role PSP_AI."
}
