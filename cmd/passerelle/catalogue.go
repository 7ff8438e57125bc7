package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector/testbank"
	"passerelle/internal/directory"
)

// catalogue is the store's connectors and those that are built in. A stored one wins over a built-in one of the same UUID, so
// that an operator can change its name or hide it.
type catalogue struct {
	directory.Store

	built []bank.Connector
}

// Connectors implements directory.Store.
func (c catalogue) Connectors(ctx context.Context) ([]bank.Connector, error) {
	list, err := c.Store.Connectors(ctx)
	if err != nil {
		return nil, err
	}
	stored := len(list)
	for _, e := range c.built {
		if !slices.ContainsFunc(list[:stored], func(s bank.Connector) bool { return s.UUID == e.UUID }) {
			list = append(list, e)
		}
	}
	return list, nil
}

// registerKinds fills the registry with the connector kinds that are configured, and gives the entries that come with them.
func (a *app) registerKinds(client *http.Client) ([]bank.Connector, error) {
	if a.testBank == nil {
		return nil, nil
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
	return testbank.Entries(), nil
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
