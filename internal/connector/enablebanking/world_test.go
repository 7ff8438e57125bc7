package enablebanking_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/enablebanking"
	"passerelle/internal/connector/enablebanking/ebtest"
)

const (
	application = "cf589be3-3755-465b-a8df-a90a16a31403"
	callback    = "http://127.0.0.1:9/callback/enablebanking"
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

// world is a stand-in for the aggregator with a clock.
type world struct {
	url  string
	bank *ebtest.Server

	mu     sync.Mutex
	offset time.Duration
	// entries are the directory's.
	entries []bank.Connector
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	w.bank = ebtest.New(ebtest.Config{Application: application, Key: &key.PublicKey, Redirects: []string{callback}, Now: w.now})
	ts := httptest.NewServer(w.bank)
	t.Cleanup(ts.Close)
	w.url = ts.URL
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

func (w *world) settings() connector.Settings {
	return connector.Settings{
		"application_id": bank.NewSecret(application), "private_key": bank.NewSecret(keyText), "base_url": bank.NewSecret(w.url),
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
func (w *world) institution(t *testing.T, country, name string) connector.Institution {
	t.Helper()
	for _, e := range w.entries {
		if strings.HasPrefix(e.Name, name) && e.Countries[0] == strings.ToLower(country) {
			return connector.Institution{UUID: e.UUID, Name: e.Name, Settings: e.Settings, Fields: e.Fields}
		}
	}
	t.Fatalf("the directory has no %s in %s", name, country)
	return connector.Institution{}
}

// browse signs in on the aggregator's page, as its form wants it, and gives the query that comes back.
func (w *world) browse(t *testing.T, to, login string, approve bool) url.Values {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, CheckRedirect: stay}
	do := func(method, at, form string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	page := do(http.MethodGet, to, "")
	doc, err := html.Parse(page.Body)
	_ = page.Body.Close()
	if err != nil || page.StatusCode != http.StatusOK {
		t.Errorf("the page answers %d: %v", page.StatusCode, err)
		return nil
	}
	for n := range doc.Descendants() {
		if n.Data != "form" {
			continue
		}
		form := url.Values{"login": {login}, "password": {"1234"}, "decision": {"approve"}}
		if !approve {
			form.Set("decision", "deny")
		}
		back := do(http.MethodPost, w.url+attr(n, "action"), form.Encode())
		_ = back.Body.Close()
		u, err := url.Parse(back.Header.Get("Location"))
		if err != nil || back.StatusCode != http.StatusSeeOther || !strings.HasPrefix(u.String(), callback) {
			t.Errorf("the page leads to %q with %d", back.Header.Get("Location"), back.StatusCode)
		}
		return u.Query()
	}
	t.Error("the page has no form")
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

var there = connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "a browser", Lang: "fi"}

// connectAt walks to the end at a bank and gives the session.
func (w *world) connectAt(t *testing.T, inst connector.Institution, login string, mode connector.Mode, previous connector.Opaque, values map[string]string) *connector.Done {
	t.Helper()
	c := w.kind(t, network())
	in := connector.BeginInput{
		Mode: mode, Institution: inst, Source: bank.SourceOpenAPI, PSU: there, Previous: previous, Now: w.now(),
		Callback: connector.Callback{URL: callback, State: bank.NewSecret("state-" + rand.Text())}, Values: map[string]bank.Secret{},
	}
	for k, v := range values {
		in.Values[k] = bank.NewSecret(v)
	}
	step, err := c.Begin(t.Context(), in)
	if err != nil || step.Redirect == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	step, err = c.Advance(t.Context(), connector.AdvanceInput{
		Institution: inst, Source: bank.SourceOpenAPI, State: step.State, PSU: there, Now: w.now(), Callback: in.Callback,
		Event: connector.Event{Kind: connector.EventCallback, Callback: w.browse(t, step.Redirect.URL, login, true)},
	})
	if err != nil || step.Done == nil {
		t.Fatalf("advance: %+v, %v", step, err)
	}
	return step.Done
}

func (w *world) connect(t *testing.T, login string) connector.Opaque {
	t.Helper()
	return w.connectAt(t, w.institution(t, "FI", "Pohjoispankki"), login, connector.ModeConnect, nil, nil).Session
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

func (w *world) pull(t *testing.T, session connector.Opaque, psu connector.PSU, keys []string) (*sink, error) {
	t.Helper()
	out := &sink{transactions: map[string][]bank.Transaction{}}
	_, err := w.kind(t, network()).Pull(t.Context(), connector.PullInput{
		Institution: w.institution(t, "FI", "Pohjoispankki"), Source: bank.SourceOpenAPI, Session: session, PSU: psu, Transactions: keys,
		Since: w.now().AddDate(0, 0, -400), Now: w.now(),
	}, out)
	return out, err
}
