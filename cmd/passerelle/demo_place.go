package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"passerelle/internal/config"
)

// spot is an address that the demo needs: the flag that names it, what was given there, and what it is otherwise.
type spot struct{ flag, variable, given, usual string }

// The addresses of the demo when none is given.
const (
	demoListen       = "127.0.0.1:8080"
	demoBankListen   = "127.0.0.1:8081"
	demoClientListen = "127.0.0.1:8082"
	demoSandbox      = "127.0.0.1:8083"
)

// place decides the demo's addresses before anything is made. One that was given must be free; a usual one that is taken gives
// way to a free port, which is said.
func (c *demoCommand) place(ctx context.Context, s streams) (err error) {
	var held []net.Listener
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for _, at := range []struct {
		spot
		to *string
	}{
		{spot{"listen", "PASSERELLE_DEMO_LISTEN", c.Listen, demoListen}, &c.Listen},
		{spot{"test-bank-listen", "PASSERELLE_DEMO_TEST_BANK_LISTEN", c.Bank, demoBankListen}, &c.Bank},
		{spot{"client-listen", "PASSERELLE_DEMO_CLIENT_LISTEN", c.Client, demoClientListen}, &c.Client},
		{spot{"sandbox-bank-listen", "PASSERELLE_DEMO_SANDBOX_BANK_LISTEN", c.Sandbox, demoSandbox}, &c.Sandbox},
	} {
		l, err := at.take(ctx, s)
		if err != nil {
			return err
		}
		held = append(held, l)
		*at.to = l.Addr().String()
	}
	return nil
}

// take binds the address, so that no two of them are the same.
func (p spot) take(ctx context.Context, s streams) (net.Listener, error) {
	var lc net.ListenConfig
	if p.given == "" {
		if l, err := lc.Listen(ctx, "tcp", p.usual); err == nil {
			return l, nil
		}
		if err := printf(s.err, "passerelle: %s was taken, so --%s is a free port instead\n", p.usual, p.flag); err != nil {
			return nil, err
		}
		return lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	host, _, err := net.SplitHostPort(p.given)
	if err != nil || !config.LoopbackHost(host) {
		return nil, fmt.Errorf("--%s (%s): %q is not an address of this machine; the demo is for this machine alone, so give one such as %s, "+
			"or run `passerelle serve`", p.flag, p.variable, p.given, p.usual)
	}
	l, err := lc.Listen(ctx, "tcp", p.given)
	if err != nil {
		return nil, fmt.Errorf("--%s (%s): %s: %w; stop whatever uses the address, or give another one", p.flag, p.variable, p.given, err)
	}
	return l, nil
}
