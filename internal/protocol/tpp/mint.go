package tpp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// Minting says what test certificates should say. They look like real ones and are worth nothing: their authority is made on the spot.
type Minting struct {
	// Organization is the provider's name; OrganizationIdentifier its number, such as PSDFR-ACPR-12345.
	Organization, OrganizationIdentifier string
	// Roles are what the certificates allow; none means account information.
	Roles []Role
	// Hosts are the names of the provider's servers, for the website certificate.
	Hosts []string
	// From and Days are when they are valid.
	From time.Time
	Days int
	// RSA makes 3072 bit RSA keys; otherwise EC keys on P-256 are made.
	RSA bool
}

// Minted is a test identity, PEM throughout.
type Minted struct {
	// Authority is the test authority's certificate; a sandbox that shall believe the others trusts it.
	Authority string
	// Website is the QWAC, Seal the QSealC.
	Website, Seal       string
	WebsiteKey, SealKey bank.Secret
}

// identifierForm is a PSD2 authorisation number: PSD, country, authority, number (ETSI TS 119 495, clause 5.2.1).
var identifierForm = regexp.MustCompile(`^PSD([A-Z]{2})-([A-Z]{2,8})-([!-~]{1,60})$`)

// Mint makes test certificates: an authority, a QWAC and a QSealC.
func Mint(m Minting) (Minted, error) {
	parts := identifierForm.FindStringSubmatch(m.OrganizationIdentifier)
	switch {
	case parts == nil:
		return Minted{}, fmt.Errorf("the organisation identifier %q is not of the form PSDFR-ACPR-12345", bank.CleanText(m.OrganizationIdentifier, 80))
	case m.Days < 1 || m.Days > 3650:
		return Minted{}, fmt.Errorf("%d days are none: between 1 and 3650", m.Days)
	case m.Organization == "":
		return Minted{}, errors.New("the organisation has no name")
	}
	if len(m.Roles) == 0 {
		m.Roles = []Role{RoleInformation}
	}
	authority, authorityKey, err := m.authority(parts[1])
	if err != nil {
		return Minted{}, err
	}
	out := Minted{Authority: pemOf("CERTIFICATE", authority.Raw)}
	for _, leaf := range []struct {
		into *string
		key  *bank.Secret
		web  bool
	}{{&out.Website, &out.WebsiteKey, true}, {&out.Seal, &out.SealKey, false}} {
		key, err := m.key()
		if err != nil {
			return Minted{}, err
		}
		template, err := m.template(parts, leaf.web)
		if err != nil {
			return Minted{}, err
		}
		raw, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), authorityKey)
		if err != nil {
			return Minted{}, fmt.Errorf("make a test certificate: %w", err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return Minted{}, fmt.Errorf("write the key of a test certificate: %w", err)
		}
		*leaf.into, *leaf.key = pemOf("CERTIFICATE", raw)+out.Authority, bank.NewSecret(pemOf("PRIVATE KEY", private))
	}
	return out, nil
}

func pemOf(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}

func (m Minting) key() (crypto.Signer, error) {
	var key crypto.Signer
	var err error
	if m.RSA {
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

func serial() (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, raw); err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40 // positive, and always of the same length (RFC 5280, section 4.1.2.2)
	return new(big.Int).SetBytes(raw), nil
}

func (m Minting) authority(country string) (*x509.Certificate, crypto.Signer, error) {
	key, err := m.key()
	if err != nil {
		return nil, nil, err
	}
	number, err := serial()
	if err != nil {
		return nil, nil, err
	}
	t := &x509.Certificate{
		SerialNumber: number, NotBefore: m.From, NotAfter: m.From.AddDate(0, 0, m.Days),
		Subject: pkix.Name{Country: []string{country}, Organization: []string{"Test authority, not to be trusted"}, CommonName: "TEST PSD2 CA 1"},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a test authority: %w", err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("read the test authority: %w", err)
	}
	return c, key, nil
}

// template is a leaf as ETSI EN 319 412 wants it; web makes it a QWAC, otherwise it is a QSealC.
func (m Minting) template(parts []string, web bool) (*x509.Certificate, error) {
	statements, err := m.statements(parts, web)
	if err != nil {
		return nil, err
	}
	number, err := serial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: number, NotBefore: m.From, NotAfter: m.From.AddDate(0, 0, m.Days), BasicConstraintsValid: true,
		Subject: pkix.Name{
			Country: []string{parts[1]}, Organization: []string{m.Organization}, CommonName: m.Organization + " seal (test)",
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidOrganizationIdentifier, Value: m.OrganizationIdentifier}},
		},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, ExtraExtensions: []pkix.Extension{statements},
	}
	if web {
		t.KeyUsage = x509.KeyUsageDigitalSignature
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
		t.DNSNames = m.Hosts
		t.Subject.CommonName = m.Organization + " (test)"
		if len(m.Hosts) > 0 {
			t.Subject.CommonName = m.Hosts[0]
		}
	}
	return t, nil
}

func (m Minting) statements(parts []string, web bool) (pkix.Extension, error) {
	p := qcPSD2{Name: "Test authority " + parts[2], Authority: parts[1] + "-" + parts[2]}
	for _, r := range m.Roles {
		n, ok := roleNumbers[r]
		if !ok {
			return pkix.Extension{}, fmt.Errorf("the role %q is none: %s", bank.CleanText(string(r), 20), strings.Join([]string{"PSP_AS", "PSP_PI", "PSP_AI", "PSP_IC"}, ", "))
		}
		p.Roles = append(p.Roles, qcRole{ID: append(oidRoles[:len(oidRoles):len(oidRoles)], n), Name: string(r)})
	}
	kind := oidTypeSeal
	list := []qcStatement{{ID: oidCompliance}}
	if web {
		kind = oidTypeWeb
	} else {
		list = append(list, qcStatement{ID: oidSecureSeal})
	}
	for _, s := range []struct {
		id   asn1.ObjectIdentifier
		info any
	}{{oidType, []asn1.ObjectIdentifier{kind}}, {oidPSD2, p}} {
		raw, err := asn1.Marshal(s.info)
		if err != nil {
			return pkix.Extension{}, fmt.Errorf("write a qualified statement: %w", err)
		}
		list = append(list, qcStatement{ID: s.id, Info: asn1.RawValue{FullBytes: raw}})
	}
	raw, err := asn1.Marshal(list)
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("write the qualified statements: %w", err)
	}
	return pkix.Extension{Id: oidStatements, Value: raw}, nil
}
