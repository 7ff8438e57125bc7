package tpp_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func minting() tpp.Minting {
	return tpp.Minting{
		Organization: "Example Pay, S.A.", OrganizationIdentifier: "PSDFR-ACPR-12345", Hosts: []string{"tpp.example"}, From: now.AddDate(0, 0, -1), Days: 90,
	}
}

// ec and rsa are minted once: RSA keys take a while.
var (
	ec  = sync.OnceValue(func() tpp.Minted { m, _ := tpp.Mint(minting()); return m })
	rsa = sync.OnceValue(func() tpp.Minted { m := minting(); m.RSA = true; out, _ := tpp.Mint(m); return out })
)

func load(t *testing.T, certificate string, key bank.Secret) *tpp.Certificate {
	t.Helper()
	c, err := tpp.Load(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMintedLooksReal reads minted certificates back, as a bank does.
func TestMintedLooksReal(t *testing.T) {
	t.Parallel()
	for what, m := range map[string]tpp.Minted{"EC": ec(), "RSA": rsa()} {
		for use, c := range map[string]*tpp.Certificate{"website": load(t, m.Website, m.WebsiteKey), "seal": load(t, m.Seal, m.SealKey)} {
			if got := c.OrganizationIdentifier(); got != "PSDFR-ACPR-12345" {
				t.Errorf("%s %s: organisation identifier = %q", what, use, got)
			}
			s, err := c.Statement()
			if err != nil || len(s.Roles) != 1 || s.Roles[0] != tpp.RoleInformation || s.AuthorityID != "FR-ACPR" {
				t.Errorf("%s %s: statement = %+v, %v", what, use, s, err)
			}
			if err := c.Check(now, tpp.RoleInformation); err != nil {
				t.Errorf("%s %s: %v", what, use, err)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM([]byte(m.Authority))
			options := x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
			if use == "website" {
				options.KeyUsages, options.DNSName = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, "tpp.example"
			}
			if _, err := c.Leaf.Verify(options); err != nil {
				t.Errorf("%s %s: %v", what, use, err)
			}
			if len(c.Chain) != 1 {
				t.Errorf("%s %s: %d authorities follow, want 1", what, use, len(c.Chain))
			}
		}
	}
}

func TestMintRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*tpp.Minting){
		"PSDFR-ACPR-12345": func(m *tpp.Minting) { m.OrganizationIdentifier = "FR12345" },
		"days":             func(m *tpp.Minting) { m.Days = 0 },
		"no name":          func(m *tpp.Minting) { m.Organization = "" },
		"PSP_AI":           func(m *tpp.Minting) { m.Roles = []tpp.Role{"AISP"} },
	} {
		m := minting()
		change(&m)
		if _, err := tpp.Mint(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to tell of %s", err, want)
		}
	}
}

// TestSaysWhatIsWrong holds each mistake of an operator to words that help, and to silence about the key.
func TestSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	m, other := ec(), rsa()
	key := m.WebsiteKey.Reveal()
	encrypted := strings.ReplaceAll(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
	for _, c := range []struct {
		name, certificate, key string
		want                   error
		says                   string
	}{
		{"nothing", "", key, tpp.ErrPEM, "no certificate in it"},
		{"text", "certificate", key, tpp.ErrPEM, "BEGIN CERTIFICATE"},
		{"swapped", key, m.Website, tpp.ErrPEM, "private key"},
		{"key of another", m.Website, other.WebsiteKey.Reveal(), tpp.ErrKey, "another certificate"},
		{"key of the seal", m.Website, m.SealKey.Reveal(), tpp.ErrKey, "tpp.example"},
		{"encrypted", m.Website, encrypted, tpp.ErrPEM, "passphrase"},
		{"no key", m.Website, "", tpp.ErrPEM, "no private key"},
		{"broken key", m.Website, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", tpp.ErrPEM, "PKCS #8"},
		{"broken certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key, tpp.ErrPEM, "certificate 1"},
		{"a request", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", key, tpp.ErrPEM, "want CERTIFICATE"},
		{"huge", strings.Repeat("x", 1<<20), key, tpp.ErrPEM, "more than any chain"},
	} {
		_, err := tpp.Load(c.certificate, bank.NewSecret(c.key))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to tell of %q", c.name, err, c.says)
		}
		if block, _ := pem.Decode([]byte(c.key)); err != nil && block != nil && len(block.Bytes) > 30 && strings.Contains(err.Error(), c.key[60:90]) {
			t.Errorf("%s: the error holds the key", c.name)
		}
	}
	c := load(t, m.Website, m.WebsiteKey)
	for _, at := range []time.Time{now.AddDate(1, 0, 0), now.AddDate(-1, 0, 0)} {
		if err := c.Check(at, tpp.RoleInformation); !errors.Is(err, tpp.ErrExpired) {
			t.Errorf("at %v: %v, want expired", at, err)
		}
	}
	if err := c.Check(now, tpp.RolePayment); !errors.Is(err, tpp.ErrRole) || !strings.Contains(err.Error(), "PSP_PI") {
		t.Errorf("payment: %v", err)
	}
}

// TestAuthorityHasNoRole is a certificate without any PSD2 statement.
func TestAuthorityHasNoRole(t *testing.T) {
	t.Parallel()
	m := ec()
	block, _ := pem.Decode([]byte(m.Authority))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	c := &tpp.Certificate{Leaf: leaf}
	if err := c.Check(now, tpp.RoleInformation); !errors.Is(err, tpp.ErrRole) || !strings.Contains(err.Error(), "QWAC") {
		t.Errorf("got %v, want no role", err)
	}
	if got := c.OrganizationIdentifier(); got != "" {
		t.Errorf("organisation identifier = %q", got)
	}
}

// TestFromSettings names the setting that is wrong.
func TestFromSettings(t *testing.T) {
	t.Parallel()
	m := ec()
	whole := func() connector.Settings {
		return connector.Settings{
			tpp.SettingCertificate: bank.NewSecret(m.Website), tpp.SettingKey: m.WebsiteKey,
			tpp.SettingSigningCertificate: bank.NewSecret(m.Seal), tpp.SettingSigningKey: m.SealKey, tpp.SettingRoots: bank.NewSecret(m.Authority),
		}
	}
	id, err := tpp.FromSettings(whole(), now)
	if err != nil || id.Transport == nil || id.Seal == nil || id.TLS.Roots != m.Authority || id.TLS.Certificate != m.Website {
		t.Fatalf("%+v, %v", id, err)
	}
	for name, change := range map[string]func(connector.Settings){
		tpp.SettingCertificate:        func(s connector.Settings) { delete(s, tpp.SettingCertificate); delete(s, tpp.SettingKey) },
		tpp.SettingKey:                func(s connector.Settings) { delete(s, tpp.SettingKey) },
		tpp.SettingSigningKey:         func(s connector.Settings) { delete(s, tpp.SettingSigningKey) },
		tpp.SettingSigningCertificate: func(s connector.Settings) { delete(s, tpp.SettingSigningCertificate) },
	} {
		s := whole()
		change(s)
		_, err := tpp.FromSettings(s, now)
		if e := connector.AsError(err); err == nil || e.Code != connector.CodeMisconfigured || !strings.Contains(err.Error(), "the setting "+name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	s := whole()
	delete(s, tpp.SettingSigningCertificate)
	delete(s, tpp.SettingSigningKey)
	if id, err := tpp.FromSettings(s, now); err != nil || id.Seal != nil {
		t.Errorf("without a seal: %v, %v", id.Seal, err)
	}
	if _, err := tpp.FromSettings(whole(), now.AddDate(2, 0, 0)); connector.AsError(err).Code != connector.CodeMisconfigured {
		t.Errorf("expired: %v", err)
	}
}
