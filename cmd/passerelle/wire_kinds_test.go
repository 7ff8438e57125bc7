package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/outbound"
	"passerelle/internal/protocol/tpp"
)

// noSettings is a store without settings.
type noSettings struct{}

func (noSettings) ConnectorSettings(context.Context) ([]directory.Setting, error) { return nil, nil }

func (noSettings) SetConnectorSettings(context.Context, []directory.Setting, time.Time) error {
	return nil
}

func (noSettings) UnsetConnectorSettings(context.Context, string, string, []string) (int64, error) {
	return 0, nil
}

func kindsFor(t *testing.T, origins ...string) *kindSet {
	t.Helper()
	s := newKindSet(connector.NewRegistry(), directory.NewSettings(noSettings{}), outbound.Options{Origins: origins}, time.Now)
	if err := s.addAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKindClients: a client shows the certificate that it was made with and trusts the roots that it was given, and the same ones give
// the same client.
func TestKindClients(t *testing.T) {
	t.Parallel()
	minted, err := tpp.Mint(tpp.Minting{Organization: "O", OrganizationIdentifier: "PSDFR-ACPR-1", Hosts: []string{"localhost"}, From: time.Now().Add(-time.Hour), Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(minted.Authority))
	bankServer := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.Organization[0])
	}))
	bankServer.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authorities, MinVersion: tls.VersionTLS12}
	bankServer.StartTLS()
	defer bankServer.Close()
	roots := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bankServer.Certificate().Raw}))
	s := kindsFor(t, bankServer.URL)
	ask := func(of connector.TLS) (string, error) {
		t.Helper()
		c, err := s.host().Client(of)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, bankServer.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	with := connector.TLS{Certificate: minted.Website, Key: minted.WebsiteKey, Roots: roots}
	if got, err := ask(with); err != nil || got != "O" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := ask(connector.TLS{Certificate: minted.Website, Key: minted.WebsiteKey}); err == nil {
		t.Error("a server of unknown authority was trusted")
	}
	if _, err := ask(connector.TLS{Roots: roots}); err == nil {
		t.Error("the server took us without a certificate")
	}
	one, _ := s.client(with)
	if again, _ := s.client(with); one != again {
		t.Error("the same certificate gives another client: no connection is kept")
	}
	if other, _ := s.client(connector.TLS{Roots: roots}); one == other {
		t.Error("another certificate gives the same client")
	}
	for name, bad := range map[string]connector.TLS{
		"another key": {Certificate: minted.Website, Key: minted.SealKey}, "no key": {Certificate: minted.Website},
		"no certificate": {Certificate: "x", Key: minted.WebsiteKey}, "no roots": {Roots: "x"},
	} {
		var refused *connector.Error
		if _, err := s.client(bad); !errors.As(err, &refused) || refused.Code != connector.CodeMisconfigured {
			t.Errorf("%s: got %v, want it to be the operator's turn", name, err)
		}
	}
	for i := range 2 * mostKindClients {
		if _, err := s.client(connector.TLS{Roots: roots + string(rune('a'+i%26)) + time.Duration(i).String()}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.clients) > mostKindClients {
		t.Errorf("%d clients are kept", len(s.clients))
	}
}

// TestKindsAreDescribed holds the manifests to what the commands go by: names that can be written on a command line, and labels.
func TestKindsAreDescribed(t *testing.T) {
	t.Parallel()
	s := kindsFor(t)
	for _, k := range bankKinds {
		m, ok := s.manifests[k.kind]
		if !ok || m.Kind != k.kind || m.Name == "" {
			t.Errorf("%s: %+v", k.kind, m)
		}
		for _, f := range m.Settings {
			if f.Name == "" || f.Label.In("en") == "" || f.Required && f.Default != "" {
				t.Errorf("%s: setting %+v", k.kind, f)
			}
			if (isKey(f.Name) || f.Type == bank.FieldPassword) && !f.Secret {
				t.Errorf("%s: %s is not called secret", k.kind, f.Name)
			}
		}
	}
}
