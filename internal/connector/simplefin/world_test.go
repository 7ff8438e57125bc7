package simplefin_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/simplefin"
	"passerelle/internal/connector/simplefin/sfintest"
)

// world is a stand-in for a server, with a clock.
type world struct {
	bank *sfintest.Server

	mu     sync.Mutex
	offset time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	w.bank = sfintest.New(w.now)
	ts := httptest.NewServer(w.bank)
	t.Cleanup(ts.Close)
	w.bank.SetURL(ts.URL)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC).Add(w.offset)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

func (w *world) kind(t *testing.T, transport http.RoundTripper) connector.Connector {
	t.Helper()
	c, err := simplefin.New(connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// network is a transport of its own, so that no two instances share a connection.
func network() http.RoundTripper { return &http.Transport{DisableKeepAlives: true} }

// silence is a network on which nothing ever answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

var institution = connector.Institution{UUID: "6d0ee5a4-0c8e-5f0b-9a10-27d6c7c3a001", Name: "A SimpleFIN server"}

// begin begins with a token in the form.
func (w *world) begin(t *testing.T, inst connector.Institution, token string) (connector.Step, error) {
	t.Helper()
	return w.kind(t, network()).Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: inst, Source: bank.SourceDirectAccess, Now: w.now(),
		Values: map[string]bank.Secret{"token": bank.NewSecret(token)},
	})
}

// spend spends a token and gives the session.
func (w *world) spend(t *testing.T, token string) *connector.Done {
	t.Helper()
	step, err := w.begin(t, institution, token)
	if err != nil || step.Done == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	return step.Done
}

// sink gathers a pull.
type sink struct {
	accounts     []bank.Account
	transactions map[string][]bank.Transaction
}

func (s *sink) Account(_ context.Context, a bank.Account) error {
	s.accounts = append(s.accounts, a)
	return nil
}

func (s *sink) Transaction(_ context.Context, key string, t bank.Transaction) error {
	s.transactions[key] = append(s.transactions[key], t)
	return nil
}

func (w *world) pull(t *testing.T, session connector.Opaque, since time.Time, keys ...string) (*sink, error) {
	t.Helper()
	out := &sink{transactions: map[string][]bank.Transaction{}}
	_, err := w.kind(t, network()).Pull(t.Context(), connector.PullInput{
		Institution: institution, Source: bank.SourceDirectAccess, Session: session, Transactions: keys, Since: since, Now: w.now(),
	}, out)
	return out, err
}
