package enablebanking

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// parrot answers everything with the same text.
type parrot struct {
	asked int
	body  string
}

// RoundTrip implements http.RoundTripper.
func (p *parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	p.asked++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(p.body)), Request: r}, nil
}

// nothing is a sink that keeps nothing.
type nothing struct{}

func (nothing) Account(context.Context, bank.Account) error                 { return nil }
func (nothing) Transaction(context.Context, string, bank.Transaction) error { return nil }

// TestLongContinuation: pages are not gone on from with a key that no address can hold, and keys are not gathered.
func TestLongContinuation(t *testing.T) {
	t.Parallel()
	p := &parrot{body: `{"transactions":[],"continuation_key":"` + strings.Repeat("x", wire.MostLink+1) + `"}`}
	r := reader{api: &api{client: &http.Client{Transport: p}, base: &url.URL{Scheme: "https", Host: "api.example"}}, out: nothing{}}
	err := r.transactions(t.Context(), "key", account{UID: "u"})
	if err == nil || connector.AsError(err).Code != connector.CodeProtocol || p.asked != 1 {
		t.Errorf("got %v after %d pages, want %s after 1", err, p.asked, connector.CodeProtocol)
	}
}

// TestSessionIsSmall: what is kept of a new session is small, whatever came.
func TestSessionIsSmall(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, leastKey)
	if err != nil {
		t.Fatal(err)
	}
	own := connector.Settings{settingApplication: bank.NewSecret("a"), settingKey: bank.NewSecret(string(pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key),
	})))}
	var many []string
	for i := range 4 * mostAccounts {
		many = append(many, fmt.Sprintf(`{"uid":"u%d","identification_hash":"h%d","currency":"EUR"}`, i, i))
	}
	answer := func(id string) string {
		return `{"session_id":"` + id + `","access":{"valid_until":"2026-01-01T00:00:00Z"},"accounts":[` + strings.Join(many, ",") + `]}`
	}
	state := openState{State: digest("s")}
	state.Form = state.Shape()
	opaque, err := connector.Encode(state)
	if err != nil {
		t.Fatal(err)
	}
	for id, good := range map[string]bool{"0b5c": true, strings.Repeat("x", mostSessionID+1): false} {
		p := &parrot{body: answer(id)}
		c, err := New(connector.Host{
			Client:   func(connector.TLS) (*http.Client, error) { return &http.Client{Transport: p}, nil },
			Settings: func(context.Context, string, string) (connector.Settings, error) { return own, nil },
			Now:      func() time.Time { return time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC) },
		})
		if err != nil {
			t.Fatal(err)
		}
		step, err := c.Advance(t.Context(), connector.AdvanceInput{
			Source: bank.SourceOpenAPI, State: opaque,
			Event: connector.Event{Kind: connector.EventCallback, Callback: url.Values{"state": {"s"}, "code": {"c"}}},
		})
		if (err == nil) != good {
			t.Errorf("an id of %d bytes: %v", len(id), err)
		}
		if err == nil && len(step.Done.Session) > connector.MostOpaque {
			t.Errorf("the session has %d bytes", len(step.Done.Session))
		}
		if err == nil {
			if s, err := connector.Decode[session](step.Done.Session); err != nil || len(s.Accounts) != mostAccounts {
				t.Errorf("%d accounts are kept, %v", len(s.Accounts), err)
			}
		}
	}
}
