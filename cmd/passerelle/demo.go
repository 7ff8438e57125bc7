package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"passerelle/internal/config"
	"passerelle/internal/grant"
	"passerelle/web/demo"
)

// demoCommand runs the service, a test bank and a demo client application in one process.
type demoCommand struct {
	DataDir  string   `help:"Folder to keep the data in (default: a temporary one, removed at the end)." env:"PASSERELLE_DEMO_DATA_DIR" placeholder:"DIR"`
	Listen   string   `help:"Address of the service on this machine (default: 127.0.0.1:8080, or a free port when that is taken)." env:"PASSERELLE_DEMO_LISTEN" placeholder:"ADDR"`
	Bank     string   `help:"Address of the test bank (default: 127.0.0.1:8081, likewise)." name:"test-bank-listen" env:"PASSERELLE_DEMO_TEST_BANK_LISTEN" placeholder:"ADDR"`
	Sandbox  string   `help:"Address of the sandbox bank, which speaks the protocols of real banks (default: 127.0.0.1:8083, likewise)." name:"sandbox-bank-listen" env:"PASSERELLE_DEMO_SANDBOX_BANK_LISTEN" placeholder:"ADDR"`
	Client   string   `help:"Address of the demo client application (default: 127.0.0.1:8082, likewise)." name:"client-listen" env:"PASSERELLE_DEMO_CLIENT_LISTEN" placeholder:"ADDR"`
	External []string `help:"Programs that are connectors, to try them in a browser: NAME=/path/to/program; may be given several times, or comma-separated." name:"external-connector" sep:"," env:"PASSERELLE_EXTERNAL_CONNECTOR" placeholder:"NAME=PATH"`
	Verbose  bool     `help:"Write the service's log to standard error." short:"v"`
}

// hints are the logins that the demo names.
var hints = []demo.Hint{
	{Login: "dev", Password: "dev", What: "Accounts of every kind; all goes well."},
	{Login: "anything", Password: "1234", What: "All goes well; the list on the form chooses other endings: codes, the app, errors."},
	{Login: "many", Password: "1234", What: "5,000 transactions on one account."},
	{Login: "awkward", Password: "1234", What: "Odd texts, huge and tiny amounts, currencies with three decimals and with none."},
	{Login: "anything", Password: "anything else", What: "Wrong password; the third time the login is locked."},
}

// Run implements the command.
func (c *demoCommand) Run(ctx context.Context, s streams) (err error) {
	level := slog.LevelError
	if c.Verbose {
		level = slog.LevelInfo
	}
	log := newLog(s.err, level, formatText)
	if err := c.place(ctx, s); err != nil {
		return err
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	a, err := c.service(ctx, dir, log)
	if err != nil {
		return err
	}
	client, listener, err := c.client(ctx, a, log)
	if err != nil {
		return errors.Join(err, a.close())
	}
	yours, err := c.integrator(ctx, a)
	if err != nil {
		return errors.Join(err, listener.Close(), a.close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveDemo(ctx, client, listener) })
	group.Go(func() error {
		return a.run(ctx, func() {
			// The rest of the demo works without; the page about webhooks says that nothing has come.
			if err := client.Register(ctx); err != nil {
				log.ErrorContext(ctx, "the demo's webhooks were not registered", "error", err)
			}
			_ = c.welcome(s, a, listener, yours)
		})
	})
	return group.Wait()
}

// folder gives the data folder and what removes it afterwards.
func (c *demoCommand) folder() (dir string, remove func() error, err error) {
	if c.DataDir != "" {
		return c.DataDir, func() error { return nil }, nil
	}
	if dir, err = os.MkdirTemp("", "passerelle-demo-"); err != nil {
		return "", nil, fmt.Errorf("a temporary folder: %w; give one with --data-dir", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// service wires the service with a test bank.
func (c *demoCommand) service(ctx context.Context, dir string, log *slog.Logger) (*app, error) {
	serve := &serveCommand{Serve: config.Serve{
		Data: config.Data{DataDir: dir}, Log: config.Log{LogLevel: "info", LogFormat: formatText},
		Listen: c.Listen, Operator: "Passerelle (demo)", TestBank: "on", TestBankListen: c.Bank,
		// The demo client application takes webhooks on this machine.
		AllowPrivateNetworks: true,
		ExternalConnectors:   c.External,
		Lease:                config.DefaultLease,
		ShutdownTimeout:      demoStop,
	}, SandboxBankListen: c.Sandbox}
	return newApp(ctx, serve, log)
}

// demoStop is how long the demo waits at its end.
const demoStop = 2 * time.Second

// client registers the demo as a client application and makes it. With a kept data folder each run registers anew: the secret
// of the one before is known to nobody.
func (c *demoCommand) client(ctx context.Context, a *app, log *slog.Logger) (*demo.App, net.Listener, error) {
	listener, err := listen(ctx, c.Client, "client-listen")
	if err != nil {
		return nil, nil, err
	}
	self := "http://" + listener.Addr().String()
	issued, err := a.grants.CreateClient(ctx, grant.NewClient{
		Name: "Demo Budget", RedirectURIs: []string{self + "/callback"},
		Options: grant.Options{PrimaryColor: "12694a", AllowedOrigins: []string{self}},
	})
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	_, token, err := a.grants.ManageToken(ctx, grant.TokenManageConfig)
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	client, err := demo.New(demo.Config{
		Service: a.url(), Self: self, ClientID: strconv.FormatInt(issued.Client.ID, 10), ClientSecret: issued.Secret.Reveal(),
		Hints: hints, Framed: true, ConfigToken: token.Reveal(), Log: log,
	})
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	return client, listener, nil
}

// integratorBack is where a program of whoever tries an integration against the demo has its end users sent back to: on this machine,
// at any port (RFC 8252 §7.3).
const integratorBack = "http://127.0.0.1/callback"

// integrator registers a client application for programs of whoever tries the demo: with the demo client application's own identifiers
// each would change what the other sees. Like that one it is new at each run.
func (c *demoCommand) integrator(ctx context.Context, a *app) (grant.IssuedClient, error) {
	return a.grants.CreateClient(ctx, grant.NewClient{Name: "Your program", RedirectURIs: []string{integratorBack}})
}

// serveDemo answers at the demo client application until the context ends.
func serveDemo(ctx context.Context, client *demo.App, l net.Listener) error {
	server := &http.Server{Handler: client.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), demoStop)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return server.Close()
	}
	return nil
}

// welcome says what to do: one address to open, and what to type; and for a program of one's own, where it finds the service and as
// whom, in the words of Linxo's quick start.
func (c *demoCommand) welcome(s streams, a *app, l net.Listener, yours grant.IssuedClient) error {
	text := "\nPasserelle demo is ready. Open this address and press \"Connect your bank\":\n\n    http://%s\n\n" +
		"At the test bank use login dev with password dev, or any login with password 1234.\n\n" +
		"  the demo client application   http://%[1]s   (its quick start: http://%[1]s/quick-start)\n" +
		"  the service                   %s\n  the test bank                 %s   (its phone: %[3]s/phone)\n" +
		"  behind its scenes             %[3]s/backstage   (what a connected login does from now on)\n" +
		"  the sandbox bank              %[7]s   (real banks' protocols, the same logins)\n\n" +
		"For your own program, the Linxo way (the Powens way takes the same client):\n\n" +
		"  {authUrl}        %[2]s\n  {baseUrl}        %[2]s/v2.1\n  {widgetUrl}      %[2]s\n" +
		"  client_id        %[4]d\n  client_secret    %[5]s\n  redirect_url     %[6]s   (any port)\n\nStop with Ctrl-C.\n"
	return printf(s.out, text, l.Addr(), a.url(), a.testBank.url, yours.Client.ID, yours.Secret.Reveal(), integratorBack, a.sandbox.url)
}
