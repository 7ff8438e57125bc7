package sandboxbank

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"time"
)

// unsigned is a request whose signature is missing or wrong.
func unsigned(code, text string) error {
	return &fault{Status: http.StatusUnauthorized, Code: code, Text: text}
}

// verifySignature checks the signature of a request as Berlin Group wants it (implementation guidelines section 12; the form is
// draft-cavage-http-signatures), and gives the certificate that signed.
func verifySignature(r *http.Request, body []byte, now time.Time) (*x509.Certificate, error) {
	h := r.Header
	if h.Get("Signature") == "" || h.Get("Digest") == "" {
		return nil, unsigned("SIGNATURE_MISSING", "Digest and Signature are needed.")
	}
	cert, err := signingCertificate(h.Get("TPP-Signature-Certificate"))
	if err != nil {
		return nil, err
	}
	if !digestMatches(h.Get("Digest"), body) {
		return nil, unsigned("SIGNATURE_INVALID", "Digest is not the body's.")
	}
	params := signatureParams(h.Get("Signature"))
	if !namesKey(params["keyId"], cert) {
		return nil, unsigned("SIGNATURE_INVALID", "keyId is not SN=…,CA=… of the certificate.")
	}
	text, err := signedText(r, strings.Fields(params["headers"]))
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(h.Get("Date")); h.Get("Date") != "" && (err != nil || now.Sub(at).Abs() > time.Hour) {
		return nil, unsigned("TIMESTAMP_INVALID", "Date is not about now.")
	}
	raw, err := base64.StdEncoding.DecodeString(params["signature"])
	if err != nil || !verified(cert, params["algorithm"], []byte(text), raw) {
		return nil, unsigned("SIGNATURE_INVALID", "The signature is not right.")
	}
	return cert, nil
}

func signingCertificate(header string) (*x509.Certificate, error) {
	if header == "" {
		return nil, unsigned("CERTIFICATE_MISSING", "TPP-Signature-Certificate is missing.")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(header, " ", ""))
	if block, _ := pem.Decode([]byte(strings.ReplaceAll(header, "-----B", "\n-----B"))); err != nil && block != nil {
		raw, err = block.Bytes, nil
	}
	if err != nil {
		return nil, unsigned("CERTIFICATE_INVALID", "TPP-Signature-Certificate is not base64.")
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, unsigned("CERTIFICATE_INVALID", "TPP-Signature-Certificate is no certificate.")
	}
	return cert, nil
}

func digestMatches(header string, body []byte) bool {
	algorithm, value, _ := strings.Cut(header, "=")
	var want string
	switch strings.ToUpper(algorithm) {
	case "SHA-256":
		sum := sha256.Sum256(body)
		want = base64.StdEncoding.EncodeToString(sum[:])
	case "SHA-512":
		sum := sha512.Sum512(body)
		want = base64.StdEncoding.EncodeToString(sum[:])
	}
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(value)) == 1
}

// signatureParams reads name="value" pairs; commas may stand in values, as in the names of certificate authorities.
func signatureParams(header string) map[string]string {
	out := map[string]string{}
	for header != "" {
		name, rest, ok := strings.Cut(header, "=\"")
		if !ok {
			return out
		}
		value, tail, ok := strings.Cut(rest, "\"")
		if !ok {
			return out
		}
		out[strings.Trim(name, ", ")] = value
		header = tail
	}
	return out
}

// namesKey says whether a keyId is the serial number, in hexadecimal or decimal, and the issuer of a certificate.
func namesKey(id string, cert *x509.Certificate) bool {
	rest, ok := strings.CutPrefix(id, "SN=")
	if !ok {
		return false
	}
	serial, issuer, ok := strings.Cut(rest, ",CA=")
	if !ok || issuer == "" {
		return false
	}
	byNumber := strings.EqualFold(strings.TrimLeft(serial, "0"), cert.SerialNumber.Text(16)) || serial == cert.SerialNumber.String() ||
		strings.EqualFold(serial, hex.EncodeToString(cert.SerialNumber.Bytes()))
	return byNumber
}

// signedText is what was signed: the headers in their order. Digest, X-Request-ID and, where they are sent, PSU-ID, PSU-Corporate-ID
// and TPP-Redirect-URI must be among them.
func signedText(r *http.Request, names []string) (string, error) {
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	must := []string{"digest", "x-request-id"}
	for _, n := range []string{"PSU-ID", "PSU-Corporate-ID", "TPP-Redirect-URI"} {
		if r.Header.Get(n) != "" {
			must = append(must, strings.ToLower(n))
		}
	}
	for _, n := range must {
		if !slices.Contains(lower, n) {
			return "", unsigned("SIGNATURE_INVALID", "The signature does not cover "+n+".")
		}
	}
	lines := make([]string, len(lower))
	for i, n := range lower {
		value := strings.Join(r.Header.Values(n), ", ")
		if n == "(request-target)" {
			value = strings.ToLower(r.Method) + " " + r.URL.RequestURI()
		} else if len(r.Header.Values(n)) == 0 {
			return "", unsigned("SIGNATURE_INVALID", "The signature covers "+n+", which is not sent.")
		}
		lines[i] = n + ": " + strings.TrimSpace(value)
	}
	return strings.Join(lines, "\n"), nil
}

func verified(cert *x509.Certificate, algorithm string, text, signature []byte) bool {
	hash, sum := crypto.SHA256, sha256.New()
	if strings.HasSuffix(algorithm, "sha512") {
		hash, sum = crypto.SHA512, sha512.New()
	}
	sum.Write(text)
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "rsa-") && rsa.VerifyPKCS1v15(key, hash, sum.Sum(nil), signature) == nil
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ecdsa-") && ecdsa.VerifyASN1(key, sum.Sum(nil), signature)
	}
	return false
}
