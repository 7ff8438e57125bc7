package enablebanking_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/sandboxbank"
	thebank "passerelle/internal/testbank"
	site "passerelle/web/sandboxbank"
)

const (
	application = "cf589be3-3755-465b-a8df-a90a16a31403"
	callback    = "http://127.0.0.1:9/callback/enablebanking"
)

// The sandbox bank's names at its aggregator.
const (
	plain = site.PlainAggregated
	older = "Sandbox Bank, older interface"
	short = "Sandbox Bank, short history (sandbox)"
	union = "Sandbox Cooperative Bank"
)

// key is the application's, made once: it takes a while.
var key, keyText = func() (*rsa.PrivateKey, string) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		panic(err)
	}
	return k, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}()

// world is a sandbox bank with an aggregator before it, and a clock.
type world struct {
	url  string
	site *site.Server

	mu     sync.Mutex
	offset time.Duration
	// entries are the directory's.
	entries []bank.Connector
	// then is done once a consent is given, before the third party hears of it.
	then func(t *testing.T)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	ts := httptest.NewUnstartedServer(nil)
	w.url = "http://" + ts.Listener.Addr().String()
	var err error
	w.site, err = site.New(site.Config{
		PublicURL: w.url, Now: w.now, File: "testdata/customers.json", SlowAnswer: 5 * time.Millisecond, Page: 37,
		Applications: []sandboxbank.Application{{ID: application, Name: "Passerelle", Key: &key.PublicKey, Redirects: []string{callback}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.Config.Handler = w.site.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	source := w.kind(t, network())
	for cursor, n := "", 0; n < 10; n++ {
		page, err := source.Institutions(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		w.entries = append(w.entries, page.Connectors...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
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

// bank is the state behind the pages.
func (w *world) bank() *sandboxbank.Bank { return w.site.Bank() }

// change changes what the bank does.
func (w *world) change(t *testing.T, c thebank.Change) {
	t.Helper()
	if err := w.bank().People().Apply(c); err != nil {
		t.Fatal(err)
	}
}

// each does something with every consent.
func (w *world) each(t *testing.T, do func(consent string) error) {
	t.Helper()
	for _, k := range w.bank().Consents() {
		if err := do(k.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) settings() connector.Settings {
	return connector.Settings{
		"application_id": bank.NewSecret(application), "private_key": bank.NewSecret(keyText), "base_url": bank.NewSecret(w.url + "/eb"),
	}
}

func (w *world) kind(t *testing.T, transport http.RoundTripper) *enablebanking.Connector {
	t.Helper()
	return w.kindWith(t, transport, w.settings())
}

func (w *world) kindWith(t *testing.T, transport http.RoundTripper, s connector.Settings) *enablebanking.Connector {
	t.Helper()
	c, err := enablebanking.New(connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: stay}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return s, nil },
		Now:      w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// network is a transport of its own, so that no two instances share a connection.
func network() http.RoundTripper { return &http.Transport{DisableKeepAlives: true} }

// silence is a network on which nothing ever answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// institution is a bank of the directory.
func (w *world) institution(t *testing.T, name string) connector.Institution {
	t.Helper()
	for _, e := range w.entries {
		if e.Name == name {
			return connector.Institution{UUID: e.UUID, Name: e.Name, Settings: e.Settings, Fields: e.Fields}
		}
	}
	t.Fatalf("the directory has no %s", name)
	return connector.Institution{}
}

var there = connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "a browser", Lang: "fi"}

// visit is one way from the first step to the session.
type visit struct {
	at       string
	login    string
	mode     connector.Mode
	previous connector.Opaque
	values   map[string]string
	// share are the names of the accounts to share; none shares all.
	share []string
}

// walk goes it.
func (w *world) walk(t *testing.T, v visit) *connector.Done {
	t.Helper()
	c, inst := w.kind(t, network()), w.institution(t, v.at)
	if v.mode == "" {
		v.mode = connector.ModeConnect
	}
	in := connector.BeginInput{
		Mode: v.mode, Institution: inst, Source: bank.SourceOpenAPI, PSU: there, Previous: v.previous, Now: w.now(),
		Callback: connector.Callback{URL: callback, State: bank.NewSecret("state-" + rand.Text())}, Values: map[string]bank.Secret{},
	}
	for k, value := range v.values {
		in.Values[k] = bank.NewSecret(value)
	}
	step, err := c.Begin(t.Context(), in)
	if err != nil || step.Redirect == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	step, err = c.Advance(t.Context(), connector.AdvanceInput{
		Institution: inst, Source: bank.SourceOpenAPI, State: step.State, PSU: there, Now: w.now(), Callback: in.Callback,
		Event: connector.Event{Kind: connector.EventCallback, Callback: w.browse(t, step.Redirect.URL, v.login, v.share...)},
	})
	if err != nil || step.Done == nil {
		t.Fatalf("advance: %+v, %v", step, err)
	}
	return step.Done
}

func (w *world) connect(t *testing.T, login string) connector.Opaque {
	t.Helper()
	return w.walk(t, visit{at: plain, login: login}).Session
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

// names are the accounts', in order.
func (s *sink) names() string {
	out := make([]string, 0, len(s.accounts))
	for _, a := range s.accounts {
		out = append(out, a.Name)
	}
	return strings.Join(out, ", ")
}

// read is one pull: where, by which session, and of what.
type read struct {
	at        string
	transport http.RoundTripper
	session   connector.Opaque
	psu       connector.PSU
	keys      []string
}

func (w *world) pull(t *testing.T, r read) (*sink, error) {
	t.Helper()
	if r.at == "" {
		r.at = plain
	}
	if r.transport == nil {
		r.transport = network()
	}
	out := &sink{transactions: map[string][]bank.Transaction{}}
	_, err := w.kind(t, r.transport).Pull(t.Context(), connector.PullInput{
		Institution: w.institution(t, r.at), Source: bank.SourceOpenAPI, Session: r.session, PSU: r.psu, Transactions: r.keys,
		Since: w.now().AddDate(0, 0, -399).Truncate(24 * time.Hour), Now: w.now(),
	}, out)
	return out, err
}
