package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/outbound"
	theirs "passerelle/internal/testbank"
	site "passerelle/web/testbank"
)

// testBankClientID is who we are at the test bank.
const testBankClientID = "passerelle"

// testBankSecret is the client secret of a test bank that runs alone, where none is given: for a developer's machine.
const testBankSecret = "test-bank"

// testBankCommand runs the test bank alone.
type testBankCommand struct {
	config.Log `embed:""`

	Listen               string   `help:"Address to listen on, HOST:PORT." default:"127.0.0.1:8081" env:"PASSERELLE_TEST_BANK_LISTEN" placeholder:"ADDR"`
	PublicURL            string   `help:"Address that browsers reach the test bank at (default: http:// and --listen)." name:"public-url" env:"PASSERELLE_TEST_BANK_URL" placeholder:"URL"`
	File                 string   `help:"File of its customers and accounts (default: the built-in one)." env:"PASSERELLE_TEST_BANK_FILE_PATH" placeholder:"FILE"`
	ClientSecret         string   `help:"Client secret that the service presents; give the service the same with --test-bank-secret. Choose your own where others can reach it." default:"test-bank" env:"PASSERELLE_TEST_BANK_SECRET" placeholder:"SECRET"`
	AllowPrivateNetworks bool     `help:"Read configuration files from private and loopback addresses too, over plain http on this machine." env:"PASSERELLE_ALLOW_PRIVATE_NETWORKS"`
	CallbackPrefix       []string `help:"Where the service's callbacks begin, such as https://connect.example.com/callback/." default:"http://127.0.0.1:8080/callback/" sep:"none" env:"PASSERELLE_TEST_BANK_CALLBACK_PREFIX" placeholder:"URL"`
}

// Run implements the command.
func (c *testBankCommand) Run(ctx context.Context, s streams) error {
	if err := c.Validate(); err != nil {
		return err
	}
	l, err := listen(ctx, c.Listen, "listen")
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String()
	if c.PublicURL != "" {
		u, err := config.ParsePublicURL(c.PublicURL)
		if err != nil {
			return errors.Join(fmt.Errorf("--public-url (PASSERELLE_TEST_BANK_URL): %w", err), l.Close())
		}
		address = u.String()
	}
	b := &testBank{url: address, listener: l, clientID: testBankClientID, secret: bank.NewSecret(c.ClientSecret), log: newLog(s.err, c.Level(), c.LogFormat)}
	if err := b.serve(c.File, c.CallbackPrefix, c.AllowPrivateNetworks); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := printf(s.out, "listening on %s\n", b.url); err != nil {
		return errors.Join(err, b.close())
	}
	if c.ClientSecret == testBankSecret {
		if err := printf(s.out, "client secret %s (the default, known to everybody)\n"+
			"to use it: passerelle serve --test-bank-elsewhere --test-bank-url %s\n", testBankSecret, b.url); err != nil {
			return errors.Join(err, b.close())
		}
	}
	select {
	case <-ctx.Done():
		return b.close()
	case err := <-b.ended:
		return fmt.Errorf("the test bank stopped: %w", err)
	}
}

// testBank is a test bank as the service knows it: one started here, or one that runs elsewhere (no server).
type testBank struct {
	url      string
	clientID string
	secret   bank.Secret

	listener net.Listener
	server   *http.Server
	ended    chan error
	log      *slog.Logger
}

// newTestBank starts the test bank beside the service, or names the one that runs elsewhere.
func newTestBank(ctx context.Context, c *serveCommand, service *url.URL, log *slog.Logger) (*testBank, error) {
	if c.TestBankElsewhere {
		if c.TestBankURL == "" {
			return nil, errors.New("--test-bank-elsewhere (PASSERELLE_TEST_BANK_ELSEWHERE) needs --test-bank-url, where it runs, " +
				"and --test-bank-secret unless it was started with the default one")
		}
		if c.TestBankSecret == testBankSecret {
			log.WarnContext(ctx, "the test bank is spoken to with the default client secret, known to everybody", "client_secret", testBankSecret)
		}
		return &testBank{url: c.TestBankBase(nil).String(), clientID: testBankClientID, secret: c.secret()}, nil
	}
	l, err := listen(ctx, c.TestBankListen, "test-bank-listen")
	if err != nil && c.TestBank == "auto" {
		// Nobody asked for this address: a second service on one machine is no reason to stop.
		log.WarnContext(ctx, "the test bank's address is taken, so it gets a free one", "wanted", c.TestBankListen)
		l, err = listen(ctx, "127.0.0.1:0", "test-bank-listen")
	}
	if err != nil {
		return nil, err
	}
	// Only this process speaks to it as a client, so the secret is made up for its lifetime.
	b := &testBank{url: c.TestBankBase(l.Addr()).String(), listener: l, clientID: testBankClientID, secret: bank.NewSecret(rand.Text()), log: log}
	if err := b.serve("", []string{service.JoinPath("callback").String() + "/"}, c.AllowPrivateNetworks); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return b, nil
}

// The most that a customer's configuration file may take; the bank's own caps are tighter.
const (
	configurationTime = 10 * time.Second
	configurationBody = 2 << 20
)

// serve answers on the listener until close. Private says that customers' configuration files may lie in private networks.
func (b *testBank) serve(file string, callbacks []string, private bool) error {
	way := outbound.Options{Networks: privateNetworks(private), PlainLoopback: private, Timeout: configurationTime, MostBody: configurationBody}
	files, err := outbound.New(way)
	if err != nil {
		return err
	}
	judge, err := outbound.Checker(way)
	if err != nil {
		return err
	}
	handler, err := site.New(site.Config{
		PublicURL: b.url, File: file, Files: files, Judge: judge, Log: b.log,
		Clients: []theirs.Client{{ID: b.clientID, Secret: b.secret.Reveal(), Name: "Passerelle", RedirectPrefixes: callbacks}},
	})
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

// testBankStop is how long requests under way at the test bank may take when it stops.
const testBankStop = 2 * time.Second

func (b *testBank) close() error {
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
