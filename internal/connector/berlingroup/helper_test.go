package berlingroup_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
	"passerelle/internal/protocol/tpp"
)

// today is the host's clock in tests against the small bank.
var today = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

const (
	callbackURL = "https://host.example/callback/berlingroup"
	hostState   = "state-of-the-host"
	canary      = "password-canary-77"
)

// certificates are minted once for all tests.
var certificates = sync.OnceValues(func() (tpp.Minted, error) {
	return tpp.Mint(tpp.Minting{
		Organization: "Example Pay", OrganizationIdentifier: "PSDFR-ACPR-12345", From: time.Now().AddDate(-3, 0, 0), Days: 3650, Hosts: []string{"localhost"},
	})
})

// operator is what an operator has set: certificates, and more.
func operator(t *testing.T, more ...string) connector.Settings {
	t.Helper()
	m, err := certificates()
	if err != nil {
		t.Fatal(err)
	}
	s := connector.Settings{
		tpp.SettingCertificate: bank.NewSecret(m.Website), tpp.SettingKey: m.WebsiteKey,
		tpp.SettingSigningCertificate: bank.NewSecret(m.Seal), tpp.SettingSigningKey: m.SealKey,
	}
	for i := 0; i+1 < len(more); i += 2 {
		s[more[i]] = bank.NewSecret(more[i+1])
	}
	return s
}

// kind makes a connector over a transport.
func kind(t *testing.T, via http.RoundTripper, s connector.Settings) *berlingroup.Connector {
	t.Helper()
	c, err := berlingroup.New(connector.Host{
		Client: func(connector.TLS) (*http.Client, error) {
			return &http.Client{Transport: via, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
		},
		Settings: func(context.Context, string, string) (connector.Settings, error) { return s, nil },
		Now:      func() time.Time { return today },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// small is a bank that answers as a test writes it down, and remembers what it was asked.
type small struct {
	t      *testing.T
	server *httptest.Server
	mux    *http.ServeMux
	mu     sync.Mutex
	asked  []asked
	// settings are the directory entry's beside the address; own is the operator's.
	settings map[string]any
	own      connector.Settings
}

type asked struct {
	method, path, query string
	header              http.Header
	body                map[string]any
}

func newSmall(t *testing.T, settings map[string]any) *small {
	t.Helper()
	s := &small{t: t, mux: http.NewServeMux(), settings: settings, own: operator(t)}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		a := asked{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, header: r.Header.Clone()}
		_ = json.Unmarshal(raw, &a.body)
		s.mu.Lock()
		s.asked = append(s.asked, a)
		s.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(raw)))
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// on answers a route with a status and a body, in which {base} is the bank's own address. Headers follow as pairs.
func (s *small) on(route string, status int, body string, headers ...string) {
	s.mux.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) { s.write(w, status, body, headers...) })
}

func (s *small) write(w http.ResponseWriter, status int, body string, headers ...string) {
	w.Header().Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		w.Header().Set(headers[i], strings.ReplaceAll(headers[i+1], "{base}", s.server.URL))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.ReplaceAll(body, "{base}", s.server.URL))
}

// turns answers a route with one body after the other, the last again and again.
func (s *small) turns(route string, status int, bodies ...string) {
	n := 0
	s.mux.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		body := bodies[min(n, len(bodies)-1)]
		n++
		s.mu.Unlock()
		s.write(w, status, body)
	})
}

func (s *small) institution() connector.Institution {
	all := map[string]any{"base_url": s.server.URL}
	for k, v := range s.settings {
		all[k] = v
	}
	raw, err := json.Marshal(all)
	if err != nil {
		s.t.Fatal(err)
	}
	return connector.Institution{UUID: "6f0c1c0e-9d5b-5c57-8f1c-2b1f3a4c5d6e", Name: "Small Bank", Settings: string(raw)}
}

func (s *small) kind() *berlingroup.Connector { return kind(s.t, http.DefaultTransport, s.own) }

// was gives the requests of a route.
func (s *small) was(method, path string) (out []asked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if a.method == method && a.path == path {
			out = append(out, a)
		}
	}
	return out
}

func present() connector.PSU {
	return connector.PSU{Present: true, IP: "192.0.2.7", UserAgent: "test", Lang: "fr"}
}

func back() connector.Callback {
	return connector.Callback{URL: callbackURL, State: bank.NewSecret(hostState)}
}

// begin connects; values are pairs.
func (s *small) begin(source string, values ...string) (connector.Step, error) {
	s.t.Helper()
	return s.kind().Begin(s.t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: s.institution(), Source: source, Values: secrets(values...), Callback: back(), PSU: present(), Now: today,
		Want: connector.Want{HistoryFrom: today.AddDate(-2, 0, 0), ValidUntil: today.AddDate(0, 0, 180)},
	})
}

func secrets(pairs ...string) map[string]bank.Secret {
	out := map[string]bank.Secret{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = bank.NewSecret(pairs[i+1])
	}
	return out
}

// advance goes on from a step.
func (s *small) advance(source string, from connector.Step, e connector.Event, at time.Time) (connector.Step, error) {
	s.t.Helper()
	return s.kind().Advance(s.t.Context(), connector.AdvanceInput{
		Institution: s.institution(), Source: source, State: from.State, Event: e, Callback: back(), PSU: present(), Now: at,
	})
}

func answers(pairs ...string) connector.Event {
	return connector.Event{Kind: connector.EventAnswers, Answers: secrets(pairs...)}
}

func returned(pairs ...string) connector.Event {
	q := map[string][]string{"state": {hostState}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q[pairs[i]] = []string{pairs[i+1]}
	}
	return connector.Event{Kind: connector.EventCallback, Callback: q}
}

var tick = connector.Event{Kind: connector.EventTick}

// gathered is a sink.
type gathered struct {
	accounts     []bank.Account
	transactions map[string][]bank.Transaction
}

func (g *gathered) Account(_ context.Context, a bank.Account) error {
	g.accounts = append(g.accounts, a)
	return nil
}

func (g *gathered) Transaction(_ context.Context, key string, t bank.Transaction) error {
	if g.transactions == nil {
		g.transactions = map[string][]bank.Transaction{}
	}
	g.transactions[key] = append(g.transactions[key], t)
	return nil
}

// session is one as Done leaves it.
func (s *small) session(step connector.Step) connector.Opaque {
	s.t.Helper()
	if step.Done == nil {
		s.t.Fatalf("the step is not done: %+v", step)
	}
	return step.Done.Session
}

// pull reads everything since a day.
func (s *small) pull(session connector.Opaque, since time.Time, psu connector.PSU) (*gathered, connector.PullResult, error) {
	s.t.Helper()
	g := &gathered{}
	in := connector.PullInput{Institution: s.institution(), Source: bank.SourceOpenAPI, Session: session, PSU: psu, Since: since, Now: today}
	result, err := s.kind().Pull(s.t.Context(), in, g)
	if err != nil {
		return g, result, err
	}
	for _, a := range g.accounts {
		in.Transactions = append(in.Transactions, a.Key)
	}
	if len(result.Session) > 0 {
		in.Session = result.Session
	}
	g = &gathered{}
	again, err := s.kind().Pull(s.t.Context(), in, g)
	if len(again.Session) == 0 {
		again.Session = result.Session
	}
	return g, again, err
}

// connected lays the routes of a plain redirect bank and connects.
func (s *small) connected() connector.Opaque {
	s.t.Helper()
	s.on("POST /v1/consents", 201, `{"consentStatus":"received","consentId":"c1","_links":{"scaRedirect":{"href":"https://login.bank.example/c1"}}}`)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	s.on("GET /v1/consents/c1", 200, `{"validUntil":"2026-06-08"}`)
	step, err := s.begin(bank.SourceOpenAPI)
	if err != nil {
		s.t.Fatal(err)
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned(), today)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.session(step)
}

// oneAccount lays the list of accounts that most tests need.
func (s *small) oneAccount() {
	s.on("GET /v1/accounts", 200, oneAccount)
}

const oneAccount = `{"accounts":[{"resourceId":"r1","iban":"FR7630006000011234567890189","currency":"EUR","name":"Current","cashAccountType":"CACC",
	"ownerName":"Ada Example","balances":[{"balanceType":"interimAvailable","balanceAmount":{"amount":"90.00","currency":"EUR"}},
	{"balanceType":"closingBooked","balanceAmount":{"amount":"100.50","currency":"EUR"}}]}]}`

func wantCode(t *testing.T, err error, want connector.Code) *connector.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("it went well, want %s", want)
	}
	e := connector.AsError(err)
	if e.Code != want {
		t.Errorf("code = %s, want %s (%v)", e.Code, want, err)
	}
	if strings.Contains(fmt.Sprintf("%+v %s", err, e.UserText), canary) {
		t.Error("the error holds what the end user typed")
	}
	return e
}

func formOf(s connector.Step) string {
	switch {
	case s.Ask != nil:
		return "ask"
	case s.Redirect != nil:
		return "redirect"
	case s.Wait != nil:
		return "wait"
	case s.Pick != nil:
		return "pick"
	case s.Done != nil:
		return "done"
	}
	return "nothing"
}

func wantForm(t *testing.T, s connector.Step, err error, want string) {
	t.Helper()
	if err != nil || formOf(s) != want {
		t.Fatalf("got %s, %v; want %s", formOf(s), err, want)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
