package stet_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"fmt"
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
	"passerelle/internal/connector/stet"
	"passerelle/internal/connector/stet/stettest"
	"passerelle/internal/protocol/tpp"
)

const callback = "http://127.0.0.1:9/callback/stet"

// identity is who we are to the bank.
var identity = func() tpp.Minted {
	m, err := tpp.Mint(tpp.Minting{
		Organization: "Passerelle", OrganizationIdentifier: "PSDFR-ACPR-12345", Hosts: []string{"passerelle.example"},
		From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Days: 700,
	})
	if err != nil {
		panic(err)
	}
	return m
}()

// world is a bank with a clock.
type world struct {
	url         string
	bank        *stettest.Server
	institution connector.Institution

	mu     sync.Mutex
	offset time.Duration
}

func newWorld(t *testing.T, cfg stettest.Config) *world {
	t.Helper()
	w := &world{}
	cfg.Client, cfg.Redirects, cfg.Now = "PSDFR-ACPR-12345", []string{callback}, w.now
	w.bank = stettest.New(cfg)
	ts := httptest.NewServer(w.bank)
	t.Cleanup(ts.Close)
	w.url = ts.URL
	profile := "full"
	if cfg.Mixed {
		profile = "mixed"
	}
	more := ""
	if cfg.Seal != nil {
		more += `,"sign":true`
	}
	if cfg.ByReference {
		more += `,"paging":"entry_reference"`
	}
	w.institution = connector.Institution{
		UUID: "0f0a8f0e-7d0a-5f0a-8a53-7f1a6b9c0001", Name: "Banque d’essai",
		Settings: fmt.Sprintf(`{"profile":%q,"base_url":"%s%s","authorization_endpoint":"%s/oauth/authorize","token_endpoint":"%s/oauth/token","revocation_endpoint":"%s/oauth/revoke"%s}`,
			profile, w.url, stettest.Root, w.url, w.url, w.url, more),
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

func settings() connector.Settings {
	return connector.Settings{
		tpp.SettingCertificate: bank.NewSecret(identity.Website), tpp.SettingKey: identity.WebsiteKey,
		tpp.SettingSigningCertificate: bank.NewSecret(identity.Seal), tpp.SettingSigningKey: identity.SealKey,
		"certificate_url": bank.NewSecret("https://passerelle.example/qsealc.pem"),
	}
}

// sealKey is what a bank checks our signatures by.
func sealKey(t *testing.T) *ecdsa.PublicKey {
	t.Helper()
	c, err := tpp.Load(identity.Seal, identity.SealKey)
	if err != nil {
		t.Fatal(err)
	}
	key, ok := c.Leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		t.Fatal("the seal is no EC certificate")
	}
	return key
}

func (w *world) kind(t *testing.T, transport http.RoundTripper) connector.Connector {
	t.Helper()
	return w.kindWith(t, transport, settings())
}

func (w *world) kindWith(t *testing.T, transport http.RoundTripper, s connector.Settings) connector.Connector {
	t.Helper()
	c, err := stet.New(connector.Host{
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

// browse signs in on the bank's page, as its form wants it, and gives the query that comes back.
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
		action := ""
		for _, a := range n.Attr {
			if a.Key == "action" {
				action = a.Val
			}
		}
		form := url.Values{"login": {login}, "password": {"1234"}, "decision": {"approve"}}
		if !approve {
			form.Set("decision", "deny")
		}
		back := do(http.MethodPost, w.url+action, form.Encode())
		_ = back.Body.Close()
		u, err := url.Parse(back.Header.Get("Location"))
		if err != nil || back.StatusCode != http.StatusSeeOther {
			t.Errorf("the page leads to %q with %d", back.Header.Get("Location"), back.StatusCode)
		}
		return u.Query()
	}
	t.Error("the page has no form")
	return nil
}

var there = connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "a browser", Lang: "fr"}

// connect walks to the end, choosing accounts by name where there is a choice (all when none is named), and gives the session.
func (w *world) connect(t *testing.T, login string, names ...string) *connector.Done {
	t.Helper()
	c := w.kind(t, network())
	cb := connector.Callback{URL: callback, State: bank.NewSecret("state-" + rand.Text())}
	step, err := c.Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: w.institution, Source: bank.SourceOpenAPI, PSU: there, Callback: cb, Now: w.now(),
	})
	if err != nil || step.Redirect == nil {
		t.Fatalf("begin: %+v, %v", step, err)
	}
	advance := func(e connector.Event) {
		t.Helper()
		step, err = c.Advance(t.Context(), connector.AdvanceInput{
			Institution: w.institution, Source: bank.SourceOpenAPI, State: step.State, PSU: there, Now: w.now(), Callback: cb, Event: e,
		})
		if err != nil {
			t.Fatalf("advance: %v", err)
		}
	}
	advance(connector.Event{Kind: connector.EventCallback, Callback: w.browse(t, step.Redirect.URL, login, true)})
	if step.Pick != nil {
		var keys []string
		for _, a := range step.Pick.Accounts {
			for _, name := range names {
				if a.Name == name {
					keys = append(keys, a.Key)
				}
			}
			if len(names) == 0 {
				keys = append(keys, a.Key)
			}
		}
		advance(connector.Event{Kind: connector.EventAccounts, Accounts: keys})
	}
	if step.Done == nil {
		t.Fatalf("no done: %+v", step)
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

// named finds an account.
func (s *sink) named(t *testing.T, name string) bank.Account {
	t.Helper()
	for _, a := range s.accounts {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no account %q among %d", name, len(s.accounts))
	return bank.Account{}
}

func (w *world) pull(t *testing.T, session connector.Opaque, psu connector.PSU, days int, keys ...string) (*sink, connector.PullResult, error) {
	t.Helper()
	out := &sink{transactions: map[string][]bank.Transaction{}}
	result, err := w.kind(t, network()).Pull(t.Context(), connector.PullInput{
		Institution: w.institution, Source: bank.SourceOpenAPI, Session: session, PSU: psu, Transactions: keys,
		Since: w.now().AddDate(0, 0, -days).Truncate(24 * time.Hour), Now: w.now(),
	}, out)
	return out, result, err
}
