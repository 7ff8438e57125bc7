package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"passerelle/internal/protocol/tpp"
)

// connectorCertificateCommand makes test certificates.
type connectorCertificateCommand struct {
	Out          string   `help:"The folder to write into; made if it is not there." placeholder:"DIR" required:""`
	Identifier   string   `help:"The provider's authorisation number: PSD, country, authority, number." default:"PSDFR-ACPR-12345" placeholder:"PSDXX-NCA-ID"`
	Organization string   `help:"The provider's name." default:"Example Account Information"`
	Host         []string `help:"A host name of the website certificate; repeat for more." default:"localhost" placeholder:"NAME"`
	Role         []string `help:"What the certificates allow: PSP_AI (account information), PSP_PI, PSP_IC, PSP_AS; repeat for more." default:"PSP_AI" enum:"PSP_AI,PSP_PI,PSP_IC,PSP_AS"`
	Days         int      `help:"How long they are valid." default:"365"`
	RSA          bool     `help:"Make RSA keys of 3072 bits in place of EC keys, for banks that take no others." name:"rsa"`
	JSON         bool     `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}

// certificatesView is the answer of connector test-certificate: where the files are, by the settings that take them.
type certificatesView struct {
	Certificate        string    `json:"certificate"`
	Key                string    `json:"key"`
	SigningCertificate string    `json:"signing_certificate"`
	SigningKey         string    `json:"signing_key"`
	Authority          string    `json:"authority"`
	Identifier         string    `json:"organization_identifier"`
	ValidUntil         time.Time `json:"valid_until"`
}

// Run implements the command. It replaces nothing: certificates that a sandbox knows already would be lost.
func (c *connectorCertificateCommand) Run(_ context.Context, s streams) error {
	from := time.Now().UTC().Truncate(time.Second)
	m := tpp.Minting{
		Organization: c.Organization, OrganizationIdentifier: c.Identifier, Hosts: c.Host, Days: c.Days, RSA: c.RSA,
		// Clocks differ: a bank whose clock is behind would take them for not valid yet.
		From: from.Add(-5 * time.Minute),
	}
	for _, r := range c.Role {
		m.Roles = append(m.Roles, tpp.Role(r))
	}
	made, err := tpp.Mint(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	at := func(name string) string { return filepath.Join(c.Out, name) }
	v := certificatesView{
		Certificate: at("qwac.pem"), Key: at("qwac-key.pem"), SigningCertificate: at("qsealc.pem"), SigningKey: at("qsealc-key.pem"),
		Authority: at("test-ca.pem"), Identifier: c.Identifier, ValidUntil: m.From.AddDate(0, 0, c.Days),
	}
	files := []struct{ path, text string }{
		{v.Certificate, made.Website},
		{v.Key, made.WebsiteKey.Reveal()},
		{v.SigningCertificate, made.Seal},
		{v.SigningKey, made.SealKey.Reveal()},
		{v.Authority, made.Authority},
	}
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil {
			return fmt.Errorf("%s is there already; name another folder with --out", f.path)
		}
	}
	for _, f := range files {
		if err := writeNew(f.path, f.text); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(s.out, v)
	}
	return c.print(s, v)
}

// print tells people what was made, and what to do with it.
func (c *connectorCertificateCommand) print(s streams, v certificatesView) error {
	lines := []string{
		fmt.Sprintf("Test certificates of %s (%s), valid until %s. No real bank takes them.", c.Organization, v.Identifier, v.ValidUntil.Format(time.DateOnly)),
		"",
		"  connections (QWAC)    " + v.Certificate + "  with " + v.Key,
		"  signatures (QSealC)   " + v.SigningCertificate + "  with " + v.SigningKey,
		"  their test authority  " + v.Authority,
		"",
		"Give the authority to the sandbox that shall trust them, and the rest to a connector kind:",
		fmt.Sprintf("  passerelle connector settings set berlingroup certificate=@%s key=@%s \\", v.Certificate, v.Key),
		fmt.Sprintf("    signing_certificate=@%s signing_key=@%s", v.SigningCertificate, v.SigningKey),
	}
	return printf(s.out, "%s\n", strings.Join(lines, "\n"))
}

// writeNew writes a file that its owner alone can read, and never over another.
func writeNew(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; name another folder with --out", path)
	}
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write %s: %w", path, closed)
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
