package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// settingValue reads what was given for a setting and holds it to what the kind says of it. No message holds the value.
func settingValue(f bank.Field, given string) (bank.Secret, error) {
	if (f.Secret || f.Type == bank.FieldPassword) && !strings.HasPrefix(given, "@") {
		return bank.Secret{}, errOnCommandLine
	}
	value, err := argument(given)
	if err != nil {
		return bank.Secret{}, err
	}
	// The line break at the end is the editor's, wherever it does not belong to a PEM file.
	if value = strings.TrimPrefix(value, "\ufeff"); !strings.Contains(value, "-----BEGIN ") {
		value = strings.TrimRight(value, "\r\n")
	}
	switch {
	case value == "":
		return bank.Secret{}, errors.New("it is empty; `passerelle connector settings unset` takes it away")
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return bank.Secret{}, errors.New("it is no text; a certificate or key in DER has to be made PEM first: openssl x509 -inform der, openssl pkey -inform der")
	case isPEM(f) || strings.Contains(value, "-----BEGIN "):
		err = checkPEM(f.Name, value)
	default:
		err = checkText(f, value)
	}
	return bank.NewSecret(value), err
}

// checkText holds a value to its field.
func checkText(f bank.Field, value string) error {
	n := utf8.RuneCountInString(value)
	switch {
	case f.MinLen > 0 && n < f.MinLen:
		return fmt.Errorf("it has %d characters, fewer than %d", n, f.MinLen)
	case f.MaxLen > 0 && n > f.MaxLen:
		return fmt.Errorf("it has %d characters, more than %d", n, f.MaxLen)
	case strings.ContainsAny(value, "\r\n"):
		return errors.New("it has several lines")
	}
	if len(f.Options) > 0 && !slices.ContainsFunc(f.Options, func(o bank.Option) bool { return o.Value == value }) {
		names := make([]string, len(f.Options))
		for i, o := range f.Options {
			names[i] = o.Value
		}
		return fmt.Errorf("it is none of %s", strings.Join(names, ", "))
	}
	if f.Pattern == "" {
		return nil
	}
	pattern, err := regexp.Compile("^(?:" + f.Pattern + ")$")
	if err != nil {
		return fmt.Errorf("the connector kind's own pattern for it cannot be used: %w", err)
	}
	if !pattern.MatchString(value) {
		return fmt.Errorf("it is not of the form %s", f.Pattern)
	}
	return nil
}

// isPEM says that a setting is a PEM file: by its name, and because its kind says so.
func isPEM(f bank.Field) bool {
	return (isKey(f.Name) || isCertificate(f.Name)) && strings.Contains(f.Help.In("en"), "PEM")
}

func isKey(name string) bool { return name == "key" || strings.HasSuffix(name, "_key") }

func isCertificate(name string) bool {
	return slices.ContainsFunc([]string{"certificate", "roots"}, func(s string) bool { return name == s || strings.HasSuffix(name, "_"+s) })
}

// checkPEM says what is wrong with a PEM file.
func checkPEM(name, value string) error {
	keys, certificates := 0, 0
	rest := []byte(value)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
			return errors.New("the key has a passphrase: take it off with openssl pkey, since it is sealed here anyway")
		case block.Type == "CERTIFICATE":
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				return errors.New("a certificate in it cannot be read")
			}
			certificates++
		case block.Type == "EC PARAMETERS": // openssl puts them before the key
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			if !readableKey(block.Bytes) {
				return errors.New("the key in it cannot be read: it must be RSA, EC or Ed25519 in PKCS #8, PKCS #1 or SEC 1")
			}
			keys++
		default:
			return fmt.Errorf("it holds a %q, which is neither a certificate nor a private key", block.Type)
		}
	}
	switch {
	case len(strings.TrimSpace(string(rest))) > 0 && keys+certificates > 0:
		return errors.New("it goes on behind its last PEM block: a part of it is damaged")
	case isKey(name) && (keys != 1 || certificates > 0):
		return errors.New("it must be a PEM file with one private key (-----BEGIN PRIVATE KEY-----) and nothing else")
	case isCertificate(name) && (certificates == 0 || keys > 0):
		return errors.New("it must be a PEM file with certificates (-----BEGIN CERTIFICATE-----) and no key: that has a setting of its own")
	}
	return nil
}

func readableKey(der []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(der)
	return err == nil
}

// checkPairs says whether certificates and keys belong together, where both are set.
func checkPairs(s connector.Settings) error {
	for name, certificate := range s {
		prefix, ok := strings.CutSuffix(name, "certificate")
		key := s[prefix+"key"]
		if !ok || key.IsZero() {
			continue
		}
		if _, err := tls.X509KeyPair([]byte(certificate.Reveal()), []byte(key.Reveal())); err != nil {
			return fmt.Errorf("%s and %skey do not belong together; give both of one pair in one command", name, prefix)
		}
	}
	return nil
}

// certificateView tells which certificate is set.
type certificateView struct {
	Subject string `json:"subject"`
	// Fingerprint is the SHA-256 of the certificate, in hex.
	Fingerprint string    `json:"sha256"`
	NotAfter    time.Time `json:"not_after"`
}

// soon is how long before its end a certificate is called out: a new one takes weeks to get.
const soon = 30 * 24 * time.Hour

// until says when the certificate ends, and whether that asks for something.
func (c *certificateView) until(now time.Time) string {
	day := c.NotAfter.Format(time.DateOnly)
	switch {
	case now.After(c.NotAfter):
		return "ended " + day + ": banks refuse it, set a new one"
	case now.Add(soon).After(c.NotAfter):
		return "ends soon, " + day
	}
	return "until " + day
}

// certificateOf is the first certificate of a PEM file; nil where there is none.
func certificateOf(value string) *certificateView {
	for rest := []byte(value); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		sum := sha256.Sum256(c.Raw)
		return &certificateView{Subject: subjectOf(c.Subject), Fingerprint: hex.EncodeToString(sum[:]), NotAfter: c.NotAfter.UTC()}
	}
}

// organizationIdentifier is the OID of the authorisation number in a provider's certificate (ETSI TS 119 495 §5.1), which the standard
// library writes as a number and hex.
var organizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

// subjectOf writes a certificate's subject, its authorisation number first: banks know a provider by that.
func subjectOf(n pkix.Name) string {
	var number string
	n.Names = slices.DeleteFunc(slices.Clone(n.Names), func(a pkix.AttributeTypeAndValue) bool {
		is := a.Type.Equal(organizationIdentifier)
		if v, ok := a.Value.(string); is && ok {
			number = bank.CleanText(v, 80) + ", "
		}
		return is
	})
	return number + n.String()
}
