package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"

	"passerelle/internal/bank"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/testbank"
	"passerelle/internal/directory"
	"passerelle/internal/directory/seed"
)

// catalogue is the store's connectors and those that are built in. A stored one wins over a built-in one of the same UUID, so
// that an operator can change its name or hide it.
type catalogue struct {
	directory.Store

	built []bank.Connector
	// settings, if set, are read with the connectors: the catalogue's version grows with them, and what is offered depends on them.
	settings *directory.Settings
}

// Connectors implements directory.Store.
func (c catalogue) Connectors(ctx context.Context) ([]bank.Connector, error) {
	if c.settings != nil {
		if err := c.settings.Load(ctx); err != nil {
			return nil, err
		}
	}
	list, err := c.Store.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	stored := make(map[string]bool, len(list))
	for i := range list {
		stored[list[i].UUID] = true
	}
	for _, e := range c.built {
		if !stored[e.UUID] {
			list = append(list, e)
		}
	}
	return list, nil
}

// registerKinds fills the registry with the connector kinds, and gives the entries that come with them: the institutions of the seed,
// and those of the kinds that flags set up.
func (a *app) registerKinds(ctx context.Context, client *http.Client) ([]bank.Connector, error) {
	if err := a.bankKinds.addAll(ctx); err != nil {
		return nil, err
	}
	built, err := builtIn()
	if err != nil {
		return nil, err
	}
	if a.sandbox != nil {
		list, err := a.sandbox.entries()
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			a.bankKinds.lent[c.UUID] = a.sandbox.lent(c.Kind)
		}
		built = append(built, list...)
	}
	programs, err := a.addExternal(ctx)
	if built = append(built, programs...); err != nil || a.testBank == nil {
		return built, err
	}
	kind, err := testbank.New(client, testbank.Config{
		BaseURL: a.testBank.url, ClientID: a.testBank.clientID, ClientSecret: a.testBank.secret,
	})
	if err != nil {
		return nil, fmt.Errorf("the test bank's connector: %w", err)
	}
	if err := a.kinds.Register(testbank.Kind, kind); err != nil {
		return nil, err
	}
	return append(built, testbank.Entries()...), nil
}

// firstBuiltIn numbers the entries that come with kinds which need no settings, between the test bank's and those that imports number.
const firstBuiltIn = 50

// builtIn are the entries that every install has. Those of kinds that need no settings are hidden until an operator enables them: what a
// picker offers is never a surprise.
func builtIn() ([]bank.Connector, error) {
	built, err := seed.Entries()
	if err != nil {
		return nil, err
	}
	for i, c := range simplefin.Entries() {
		c.ID, c.Hidden = firstBuiltIn+int64(i), true
		for n := range c.Sources {
			c.Sources[n].ID = c.ID*10 + int64(n) + 1
		}
		built = append(built, c)
	}
	return built, nil
}

// privateNetworks are what --allow-private-networks opens to connectors: private use (RFC 1918, RFC 4193) and loopback, for
// banks' sandboxes inside the operator's network. Link-local stays shut: that is where clouds keep their metadata.
func privateNetworks(allow bool) []netip.Prefix {
	if !allow {
		return nil
	}
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("::1/128"),
	}
}

// jitter spreads next tries; it guards nothing.
func jitter() float64 { return rand.Float64() } //nolint:gosec // see above
