package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
)

// TestConnectorCertificate makes certificates and reads them back as the settings that they are for.
func TestConnectorCertificate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	got := command(t, "connector", "test-certificate", "--out", dir, "--identifier", "PSDDE-BAFIN-4711", "--json")
	if got.code != exitOK {
		t.Fatalf("exit %d: %s", got.code, got.err)
	}
	var v certificatesView
	if err := json.Unmarshal([]byte(got.out), &v); err != nil {
		t.Fatal(err)
	}
	settings := connector.Settings{}
	for name, path := range map[string]string{
		tpp.SettingCertificate: v.Certificate, tpp.SettingKey: v.Key, tpp.SettingRoots: v.Authority,
		tpp.SettingSigningCertificate: v.SigningCertificate, tpp.SettingSigningKey: v.SigningKey,
	} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		settings[name] = bank.NewSecret(string(raw))
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v, %v", path, info.Mode(), err)
		}
	}
	id, err := tpp.FromSettings(settings, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := id.Transport.OrganizationIdentifier(); got != "PSDDE-BAFIN-4711" {
		t.Errorf("organisation identifier = %q", got)
	}
	again := command(t, "connector", "test-certificate", "--out", dir)
	if again.code == exitOK || !strings.Contains(again.err, "is there already") {
		t.Errorf("a second time: exit %d, %s", again.code, again.err)
	}
}

func TestConnectorCertificateRefuses(t *testing.T) {
	t.Parallel()
	got := command(t, "connector", "test-certificate", "--out", t.TempDir(), "--identifier", "12345")
	if got.code == exitOK || !strings.Contains(got.err, "PSDFR-ACPR-12345") {
		t.Errorf("exit %d, %s; want the form of the identifier named", got.code, got.err)
	}
	people := command(t, "connector", "test-certificate", "--out", t.TempDir())
	if people.code != exitOK || !strings.Contains(people.out, "No real bank takes them") || strings.Contains(people.out, "PRIVATE") {
		t.Errorf("exit %d: %s", people.code, people.out)
	}
}
