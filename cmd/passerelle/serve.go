package main

import (
	"context"

	"passerelle/internal/bank"
	"passerelle/internal/config"
)

// serveCommand runs the service.
type serveCommand struct {
	config.Serve `embed:""`

	TestBankElsewhere bool   `help:"The test bank at --test-bank-url runs elsewhere (passerelle testbank): start none here." env:"PASSERELLE_TEST_BANK_ELSEWHERE"`
	TestBankSecret    string `help:"Client secret at a test bank that runs elsewhere, as given to passerelle testbank." default:"test-bank" env:"PASSERELLE_TEST_BANK_SECRET" placeholder:"SECRET"`

	// SandboxBankListen is where a sandbox bank is started beside the service; empty starts none. The demo alone has one.
	SandboxBankListen string `kong:"-"`
}

// secret is the client secret at the test bank.
func (c *serveCommand) secret() bank.Secret { return bank.NewSecret(c.TestBankSecret) }

// Run implements the command.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	log := newLog(s.err, c.Level(), c.LogFormat)
	a, err := newApp(ctx, c, log)
	if err != nil {
		return err
	}
	var out error
	err = a.run(ctx, func() {
		out = printf(s.out, "listening on %s\n", a.local())
		// Where browsers reach it by another name or port, whoever sets up a balancer looks for this one.
		if bound := "http://" + a.address(); out == nil && bound != a.local() {
			out = printf(s.out, "bound to %s\n", bound)
		}
	})
	if err != nil {
		return err
	}
	return out
}
