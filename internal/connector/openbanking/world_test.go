package openbanking_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/openbanking"
)

// settings are what an operator has set.
func settings() connector.Settings {
	return connector.Settings{
		"client_id": bank.NewSecret(clientID), "signing_key": bank.NewSecret(keyPEM(ourKey())), "signing_key_id": bank.NewSecret("our-kid"),
	}
}

// kind makes an instance whose requests go through a transport.
func kind(t *testing.T, b *theirBank, through http.RoundTripper) *openbanking.Connector {
	t.Helper()
	c, err := openbanking.New(connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: through, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return settings(), nil },
		Now:      b.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// silence is a network whose other end never answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// institution is the bank's entry of the directory; more goes into its settings.
func (b *theirBank) institution(profile string, more map[string]any) connector.Institution {
	set := map[string]any{"profile": profile, "version": b.word("3.1", "4.0"), "base_url": b.url + b.base(), "issuer": b.url, "mutual_tls": false}
	for k, v := range more {
		set[k] = v
	}
	raw, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return connector.Institution{UUID: "0190c9d6-7e0f-7000-8000-0000000000b1", Name: "Their bank", Settings: string(raw)}
}

// browse is the end user at the bank's page, who does something there, or agrees.
func (b *theirBank) browse(t *testing.T, to, login, does string) url.Values {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("login", login)
	q.Set("does", does)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("the bank's page answered %d: %v", resp.StatusCode, err)
	}
	return back.Query()
}

// journey is a kind at a bank, with what the tests of one thing need.
type journey struct {
	t    *testing.T
	bank *theirBank
	kind *openbanking.Connector
	in   connector.Institution
	psu  connector.PSU
}

func newJourney(t *testing.T, b *theirBank, profile string, more map[string]any) *journey {
	t.Helper()
	return &journey{
		t: t, bank: b, kind: kind(t, b, http.DefaultTransport), in: b.institution(profile, more),
		psu: connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "Browser/1", Lang: "en"},
	}
}

// begin asks for a redirect.
func (j *journey) begin(mode connector.Mode, previous connector.Opaque) (connector.Step, error) {
	now := j.bank.now()
	return j.kind.Begin(j.t.Context(), connector.BeginInput{
		Mode: mode, Institution: j.in, Source: bank.SourceOpenAPI, Previous: previous, PSU: j.psu, Now: now,
		Callback: connector.Callback{URL: callback, State: bank.NewSecret("state-canary")},
		Want:     connector.Want{HistoryFrom: now.AddDate(-2, 0, 0), ValidUntil: now.AddDate(0, 0, 180)},
	})
}

// callback hands over what the browser brought back.
func (j *journey) callback(state connector.Opaque, q url.Values) (connector.Step, error) {
	return j.kind.Advance(j.t.Context(), connector.AdvanceInput{
		Institution: j.in, Source: bank.SourceOpenAPI, State: state, PSU: j.psu, Now: j.bank.now(),
		Event: connector.Event{Kind: connector.EventCallback, Callback: q},
	})
}

// connect goes all the way.
func (j *journey) connect(mode connector.Mode, previous connector.Opaque) connector.Done {
	j.t.Helper()
	step, err := j.begin(mode, previous)
	if err != nil {
		j.t.Fatal(err)
	}
	last, err := j.callback(step.State, j.bank.browse(j.t, step.Redirect.URL, "alice", ""))
	if err != nil {
		j.t.Fatal(err)
	}
	return *last.Done
}

// gathered is what a pull told.
type gathered struct {
	accounts     []bank.Account
	transactions map[string][]bank.Transaction
}

func (g *gathered) Account(_ context.Context, a bank.Account) error {
	g.accounts = append(g.accounts, a)
	return nil
}

func (g *gathered) Transaction(_ context.Context, key string, t bank.Transaction) error {
	g.transactions[key] = append(g.transactions[key], t)
	return nil
}

// pull reads everything since a time.
func (j *journey) pull(session connector.Opaque, since time.Time, keys ...string) (*gathered, connector.PullResult, error) {
	g := &gathered{transactions: map[string][]bank.Transaction{}}
	res, err := j.kind.Pull(j.t.Context(), connector.PullInput{
		Institution: j.in, Source: bank.SourceOpenAPI, Session: session, PSU: j.psu, Transactions: keys, Since: since, Now: j.bank.now(),
	}, g)
	return g, res, err
}

// account finds one by its name.
func (g *gathered) account(t *testing.T, name string) bank.Account {
	t.Helper()
	for _, a := range g.accounts {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no account %q among %s", name, fmt.Sprint(len(g.accounts)))
	return bank.Account{}
}
