package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/connector"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/connector/openbanking"
	"passerelle/internal/protocol/tpp"
	theirs "passerelle/internal/sandboxbank"
	site "passerelle/web/sandboxbank"
)

// Who we are at the sandbox bank: an authorisation number that no authority has given, a client id where its authorization servers
// believe whoever asks, and one where they want signed requests.
const (
	sandboxOrganisation = "PSDFR-ACPR-00000"
	sandboxClientID     = "passerelle"
	sandboxSignedID     = "passerelle-signed"
)

// sandboxBankCommand runs the sandbox bank alone.
type sandboxBankCommand struct {
	config.Log `embed:""`

	Listen         string   `help:"Address to listen on, HOST:PORT." default:"127.0.0.1:8083" env:"PASSERELLE_SANDBOX_BANK_LISTEN" placeholder:"ADDR"`
	PublicURL      string   `help:"Address that browsers and the service reach the sandbox bank at (default: http:// and --listen)." name:"public-url" env:"PASSERELLE_SANDBOX_BANK_URL" placeholder:"URL"`
	File           string   `help:"File of its customers and accounts (default: the test bank's built-in one)." env:"PASSERELLE_SANDBOX_BANK_FILE_PATH" placeholder:"FILE"`
	CallbackPrefix []string `help:"Where the service's callbacks begin, such as https://connect.example.com/callback/." default:"http://127.0.0.1:8080/callback/" sep:"none" env:"PASSERELLE_SANDBOX_BANK_CALLBACK_PREFIX" placeholder:"URL"`
	TLSCertificate string   `help:"Certificate (PEM file) to answer https with, asking for third parties' certificates; with --tls-key." type:"existingfile" env:"PASSERELLE_SANDBOX_BANK_TLS_CERTIFICATE_PATH" placeholder:"FILE"`
	TLSKey         string   `help:"Key (PEM file) of --tls-certificate." type:"existingfile" env:"PASSERELLE_SANDBOX_BANK_TLS_KEY_PATH" placeholder:"FILE"`
	Certificate    string   `help:"Certificate (PEM file) of whoever sends signed requests for UK Open Banking as the client passerelle-signed; none takes none." type:"existingfile" env:"PASSERELLE_SANDBOX_BANK_CERTIFICATE_PATH" placeholder:"FILE"`
	Table          bool     `help:"Print the ways to reach it as a table for passerelle connector import, and end."`
	ApplicationKey string   `help:"RSA key (PEM file) that the service signs with at the bank's aggregator, which speaks Enable Banking's API; it is made where there is none. Without it the aggregator knows nobody." env:"PASSERELLE_SANDBOX_BANK_APPLICATION_KEY_PATH" placeholder:"FILE"`
}

// Run implements the command.
func (c *sandboxBankCommand) Run(ctx context.Context, s streams) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Table {
		return c.printTable(s)
	}
	clients := sandboxClients(c.CallbackPrefix)
	if c.Certificate != "" {
		key, err := keyOfFile(c.Certificate)
		if err != nil {
			return fmt.Errorf("--certificate (PASSERELLE_SANDBOX_BANK_CERTIFICATE_PATH): %w", err)
		}
		clients = append(clients, signedClient(c.CallbackPrefix, key))
	}
	var applications []theirs.Application
	if c.ApplicationKey != "" {
		key, err := applicationKeyOf(c.ApplicationKey)
		if err != nil {
			return err
		}
		applications = sandboxApplications(c.CallbackPrefix, key)
	}
	scheme, secure, err := c.transport()
	if err != nil {
		return err
	}
	l, err := listen(ctx, c.Listen, "listen")
	if err != nil {
		return err
	}
	b := &sandboxBank{url: scheme + l.Addr().String(), listener: l, applications: applications, log: newLog(s.err, c.Level(), c.LogFormat)}
	if secure != nil {
		b.listener = tls.NewListener(l, secure)
	}
	if c.PublicURL != "" {
		u, err := config.ParsePublicURL(c.PublicURL)
		if err != nil {
			return errors.Join(fmt.Errorf("--public-url (PASSERELLE_SANDBOX_BANK_URL): %w", err), l.Close())
		}
		b.url = u.String()
	}
	if err := b.serve(c.File, clients); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := c.welcome(s, b.url); err != nil {
		return errors.Join(err, b.close())
	}
	select {
	case <-ctx.Done():
		return b.close()
	case err := <-b.ended:
		return fmt.Errorf("the sandbox bank stopped: %w", err)
	}
}

// welcome says where the bank is, and what the service must know of its aggregator.
func (c *sandboxBankCommand) welcome(s streams, base string) error {
	if c.ApplicationKey != "" {
		const set = "passerelle connector settings set enablebanking application_id=%s private_key=@%s base_url=%s/eb"
		if err := printf(s.out, "for Enable Banking: "+set+"\n", sandboxApplication, c.ApplicationKey, base); err != nil {
			return err
		}
	}
	return printf(s.out, "listening on %s\n", base)
}

// transport is how the bank is reached: plainly, or with TLS, where third parties are asked for a certificate and the bank judges it itself.
func (c *sandboxBankCommand) transport() (scheme string, secure *tls.Config, err error) {
	if c.TLSCertificate == "" && c.TLSKey == "" {
		return "http://", nil, nil
	}
	if c.TLSCertificate == "" || c.TLSKey == "" {
		return "", nil, errors.New("--tls-certificate (PASSERELLE_SANDBOX_BANK_TLS_CERTIFICATE_PATH) and --tls-key go together: give both or none")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCertificate, c.TLSKey)
	if err != nil {
		return "", nil, fmt.Errorf("--tls-certificate (PASSERELLE_SANDBOX_BANK_TLS_CERTIFICATE_PATH): %w", err)
	}
	return "https://", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}, nil
}

// sandboxClients are the third parties that a sandbox bank knows without further ado.
func sandboxClients(callbacks []string) []theirs.Client {
	return []theirs.Client{{ID: sandboxClientID, Name: "Passerelle", Organisation: sandboxOrganisation, RedirectPrefixes: callbacks}}
}

func signedClient(callbacks []string, key crypto.PublicKey) theirs.Client {
	return theirs.Client{
		ID: sandboxSignedID, Name: "Passerelle", Organisation: sandboxOrganisation, RedirectPrefixes: callbacks, Keys: []crypto.PublicKey{key},
	}
}

func keyOfFile(path string) (crypto.PublicKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return keyOf(raw)
}

func keyOf(raw []byte) (crypto.PublicKey, error) {
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New("this is no PEM file")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("this is no certificate: %w", err)
	}
	return cert.PublicKey, nil
}

// sandboxBank is a sandbox bank that runs here.
type sandboxBank struct {
	url string
	// settings are what an operator would set for a kind at this bank.
	settings map[string]connector.Settings
	// applications are those that its aggregator knows.
	applications []theirs.Application

	listener net.Listener
	server   *http.Server
	ended    chan error
	log      *slog.Logger
}

// newSandboxBank starts a sandbox bank beside the service, with a test identity that the two alone know.
func newSandboxBank(ctx context.Context, address string, callbacks []string, log *slog.Logger) (*sandboxBank, error) {
	minted, err := tpp.Mint(tpp.Minting{
		Organization: "Passerelle (demo)", OrganizationIdentifier: sandboxOrganisation, Roles: []tpp.Role{tpp.RoleInformation},
		Hosts: []string{"localhost"}, From: time.Now().Add(-time.Hour), Days: 30,
	})
	if err != nil {
		return nil, fmt.Errorf("certificates for the sandbox bank: %w", err)
	}
	key, err := keyOf([]byte(minted.Seal))
	if err != nil {
		return nil, fmt.Errorf("certificates for the sandbox bank: %w", err)
	}
	application, applicationKey, err := mintApplicationKey()
	if err != nil {
		return nil, err
	}
	l, err := listen(ctx, address, "sandbox-bank-listen")
	if err != nil {
		return nil, err
	}
	common := connector.Settings{
		tpp.SettingCertificate: bank.NewSecret(minted.Website), tpp.SettingKey: minted.WebsiteKey,
		tpp.SettingSigningCertificate: bank.NewSecret(minted.Seal), tpp.SettingSigningKey: minted.SealKey,
		"client_id": bank.NewSecret(sandboxClientID),
	}
	b := &sandboxBank{url: "http://" + l.Addr().String(), listener: l, log: log, settings: map[string]connector.Settings{
		"": common, openbanking.Kind: {"client_id": bank.NewSecret(sandboxSignedID), "signing_key": minted.SealKey},
	}}
	b.applications = sandboxApplications(callbacks, &applicationKey.PublicKey)
	b.settings[enablebanking.Kind] = applicationSettings(b.url, application)
	if err := b.serve("", append(sandboxClients(callbacks), signedClient(callbacks, key))); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return b, nil
}

// lent are the settings of a kind at this bank.
func (b *sandboxBank) lent(kind string) connector.Settings {
	if s, ok := b.settings[kind]; ok {
		return s
	}
	return b.settings[""]
}

// serve answers on the listener until close.
func (b *sandboxBank) serve(file string, clients []theirs.Client) error {
	handler, err := site.New(site.Config{PublicURL: b.url, File: file, Clients: clients, Applications: b.applications, Log: b.log, Rand: rand.Reader})
	if err != nil {
		return err
	}
	b.server = &http.Server{
		Handler: handler.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(b.log.Handler(), slog.LevelDebug),
	}
	b.ended = make(chan error, 1)
	go func() { b.ended <- b.server.Serve(b.listener) }()
	return nil
}

func (b *sandboxBank) close() error {
	if b.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), testBankStop)
	defer cancel()
	if err := b.server.Shutdown(ctx); err != nil {
		return b.server.Close()
	}
	return nil
}
