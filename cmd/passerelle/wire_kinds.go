package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/connector/openbanking"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/stet"
	"passerelle/internal/directory"
	"passerelle/internal/outbound"
)

// bankKinds are the connector kinds that every process has. A kind whose settings nobody has set is there and offers nothing.
var bankKinds = []struct {
	kind string
	make func(connector.Host) (connector.Connector, error)
}{
	{berlingroup.Kind, func(h connector.Host) (connector.Connector, error) { return berlingroup.New(h) }},
	{openbanking.Kind, func(h connector.Host) (connector.Connector, error) { return openbanking.New(h) }},
	{stet.Kind, func(h connector.Host) (connector.Connector, error) { return stet.New(h) }},
	{enablebanking.Kind, func(h connector.Host) (connector.Connector, error) { return enablebanking.New(h) }},
	{simplefin.Kind, func(h connector.Host) (connector.Connector, error) { return simplefin.New(h) }},
}

// kindSet is what lends the connector kinds what they need, and knows which of them have it.
type kindSet struct {
	registry *connector.Registry
	settings *directory.Settings
	// reach is how far their clients go; certificates and roots are each client's own.
	reach outbound.Options
	now   func() time.Time
	// lent are the settings of institutions that this process runs itself, by UUID: they go before what an operator has set.
	lent map[string]connector.Settings
	// manifests are those of the kinds that operators give settings to.
	manifests map[string]connector.Manifest

	checks checks

	mu      sync.Mutex
	clients map[[sha256.Size]byte]*http.Client
}

// mostClients of one process, one for each certificate that an operator has set; beyond it they are made anew.
const mostKindClients = 64

func newKindSet(registry *connector.Registry, settings *directory.Settings, reach outbound.Options, now func() time.Time) *kindSet {
	s := &kindSet{
		registry: registry, settings: settings, reach: reach, now: now,
		lent: make(map[string]connector.Settings), manifests: make(map[string]connector.Manifest), clients: make(map[[sha256.Size]byte]*http.Client),
	}
	registry.ReadyWhen(s.ready)
	return s
}

// settingsFor are the settings of a kind at an institution.
func (s *kindSet) settingsFor(kind, institution string) connector.Settings {
	if lent, ok := s.lent[institution]; ok {
		return lent
	}
	return s.settings.For(kind, institution)
}

// host is what a kind is made with.
func (s *kindSet) host() connector.Host {
	return connector.Host{Client: s.client, Now: s.now, Settings: func(_ context.Context, kind, institution string) (connector.Settings, error) {
		return s.settingsFor(kind, institution), nil
	}}
}

// addAll registers the kinds that are built in.
func (s *kindSet) addAll(ctx context.Context) error {
	for _, k := range bankKinds {
		c, err := k.make(s.host())
		if err != nil {
			return fmt.Errorf("connector kind %s: %w", k.kind, err)
		}
		if err := s.add(ctx, k.kind, c); err != nil {
			return err
		}
	}
	return nil
}

// add registers a kind that operators give settings to.
func (s *kindSet) add(ctx context.Context, kind string, c connector.Connector) error {
	m, err := c.Describe(ctx)
	if err != nil {
		return fmt.Errorf("connector kind %s: %w", kind, err)
	}
	s.manifests[kind] = m
	return s.registry.Register(kind, c)
}

// ready implements Registry.ReadyWhen.
func (s *kindSet) ready(c *bank.Connector) bool { return s.why(c) == nil }

// errMissing are settings that a kind cannot do without and that nobody has set.
type errMissing []string

// Error implements error.
func (e errMissing) Error() string { return fmt.Sprintf("settings are missing: %v", []string(e)) }

// why says what a connector whose kind is there lacks to be spoken to; nil for nothing. The kinds that are set up by flags lack nothing.
func (s *kindSet) why(c *bank.Connector) error {
	m, ok := s.manifests[c.Kind]
	if !ok {
		return nil
	}
	if missing := m.Missing(s.settingsFor(c.Kind, c.UUID)); len(missing) > 0 {
		return errMissing(missing)
	}
	kind, _ := s.registry.Kind(c.Kind)
	if checker, ok := kind.(connector.InstitutionChecker); ok {
		return s.checks.of(checker, c)
	}
	return nil
}

// client implements connector.Host.Client. The same certificate and roots give the same client, so that connections are kept.
func (s *kindSet) client(t connector.TLS) (*http.Client, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%d:%s%d:%s%s", len(t.Certificate), t.Certificate, len(t.Roots), t.Roots, t.Key.Reveal()))
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clients[key]; ok {
		return c, nil
	}
	o := s.reach
	if t.Certificate != "" {
		pair, err := tls.X509KeyPair([]byte(t.Certificate), []byte(t.Key.Reveal()))
		if err != nil {
			return nil, misconfigured(fmt.Errorf("the certificate and its key cannot be used together: %w", err))
		}
		o.Certificates = []tls.Certificate{pair}
	}
	if t.Roots != "" {
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM([]byte(t.Roots)) {
			return nil, misconfigured(errors.New("the authorities to trust hold no certificate"))
		}
	}
	c, err := outbound.New(o)
	if err != nil {
		return nil, misconfigured(err)
	}
	if len(s.clients) >= mostKindClients {
		for _, old := range s.clients {
			old.CloseIdleConnections()
		}
		clear(s.clients)
	}
	s.clients[key] = c
	return c, nil
}

func misconfigured(err error) error {
	return &connector.Error{Code: connector.CodeMisconfigured, Cause: err}
}
