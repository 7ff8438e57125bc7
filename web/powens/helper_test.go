package powens_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/web"
	"passerelle/web/powens"
	"passerelle/web/respond"
)

const (
	callback      = "https://app.example/cb"
	publicURL     = "https://api.example"
	connectorUUID = "338178e6-3d01-564f-9a7b-52ca442459bf"
	connectorID   = 40
)

// clock is a clock that tests turn.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type sealer struct{ ring *seal.Keyring }

func (s sealer) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealer) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

// pages shows errors outside the API; no test here leads there.
type pages struct{}

func (pages) ShowError(c echo.Context, err error) { respond.Problem(c, err) }

// remover deletes connections without a bank to tell.
type remover struct {
	store *store.Store
	clock *clock
}

func (r remover) RemoveConnection(ctx context.Context, userID, id int64) error {
	return r.store.DeleteConnection(ctx, userID, id, r.clock.now())
}

// world is the real server over a real store.
type world struct {
	t      *testing.T
	store  *store.Store
	grants *grant.Service
	clock  *clock
	server *httptest.Server
	client grant.IssuedClient
	log    *lockedBuffer
	bank   *script
}

// lockedBuffer keeps the log for tests that search it.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: &clock{at: time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)}, log: &lockedBuffer{}}
	w.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "test.db"), Sealer: sealer{ring}, Now: w.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.grants = &grant.Service{Store: w.store, Clock: w.clock.now}
	if err := w.store.UpsertConnectors(t.Context(), connectors()); err != nil {
		t.Fatal(err)
	}
	catalog := directory.New(w.store, nil)
	if _, err := catalog.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.server = w.serve(catalog)
	w.client, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) serve(catalog *directory.Catalog) *httptest.Server {
	w.t.Helper()
	public, err := url.Parse(publicURL)
	if err != nil {
		w.t.Fatal(err)
	}
	connecting, hooks := w.live(catalog)
	api := powens.New(powens.Deps{
		Direct: connecting, Logs: w.store, Webhooks: hooks, Grants: w.grants, Reader: w.store, Writer: w.store, Directory: catalog, Choices: w.store, PublicURL: publicURL,
		HistoryMonths: 12, Clock: w.clock.now,
		Connections: remover{w.store, w.clock},
		MAC: func(message []byte) []byte {
			h := hmac.New(sha256.New, []byte("a key for tests"))
			h.Write(message)
			return h.Sum(nil)
		},
	})
	w.store.SetRenderer(api.Payloads())
	s, err := web.New(web.Deps{
		PublicURL: public, Areas: []web.Area{web.Group(powens.Prefix, api, powens.ShowError)}, Pages: pages{},
		Ready: w.store.Ping, Log: slog.New(slog.NewJSONHandler(w.log, nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	return server
}

// connectors is a small directory.
func connectors() []bank.Connector {
	return []bank.Connector{
		{
			ID: connectorID, UUID: connectorUUID, Name: "Connecteur de test", Code: "00000", Countries: []string{"fr"}, Color: "1a73e8",
			Slug: "TST", Kind: "testbank", Capabilities: []string{"bank"}, AccountUsages: []bank.Usage{bank.UsagePrivate}, Rank: 1,
			Sources: []bank.Source{
				{ID: 402, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2, AccountTypes: []bank.AccountType{"checking", "savings"}},
				{ID: 401, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1, AccountTypes: []bank.AccountType{"checking"}},
			},
			Fields: []bank.Field{
				{Name: "login", Label: bank.Text{"en": "Login", "fr": "Identifiant"}, Type: bank.FieldText, Required: true, Pattern: "[0-9a-z]+"},
				{Name: "password", Label: bank.Text{"en": "Password"}, Type: bank.FieldPassword, Required: true, Secret: true, Sources: []string{bank.SourceDirectAccess}},
				{Name: "website", Label: bank.Text{"en": "Website"}, Type: bank.FieldList, Options: []bank.Option{{Value: "par", Label: bank.Text{"en": "Private"}}}},
			},
		},
		{
			ID: 41, UUID: "11111111-2222-5333-8444-555555555555", Name: "Hidden", Hidden: true, Kind: "testbank", Capabilities: []string{"bank"},
			Sources: []bank.Source{{ID: 411, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		},
		{
			ID: 42, UUID: "22222222-2222-5333-8444-555555555555", Name: "Deutsche Testbank", Countries: []string{"de"}, Kind: "testbank",
			Capabilities: []string{"bank", "document"}, Sources: []bank.Source{{ID: 421, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		},
	}
}

// person is a user with everything that a user can have.
type person struct {
	id           int64
	token        bank.Secret
	connection   int64
	accounts     []int64 // the last one is disabled
	transactions []int64
}

// person makes a user with a connection, a checking account with movements, a loan, and an account that was not shared.
func (w *world) person() person {
	w.t.Helper()
	ctx, now := w.t.Context(), w.clock.now()
	made, err := w.grants.InitUser(ctx, grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	p := person{id: made.User.ID, token: made.Token}
	a := &connect.Attempt{
		ID: fmt.Sprintf("019cb000-0000-7000-8000-%012d", p.id), Domain: grant.DefaultDomain, ClientID: w.client.Client.ID,
		UserID: p.id, UserGiven: true, BindHash: make([]byte, sha256.Size), Phase: connect.PhaseWorking,
		Created: now, Updated: now, ExpiresAt: now.Add(time.Hour),
	}
	w.check(w.store.CreateAttempt(ctx, a, ""))
	until := now.Add(180 * 24 * time.Hour)
	w.check(w.store.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Now: now, Session: connect.Private("session"),
		Connection: bank.Connection{
			ConnectorUUID: connectorUUID, ConnectorID: connectorID, ConnectorName: "Connecteur de test", Source: bank.SourceOpenAPI,
			OwnerKey: fmt.Sprint(p.id), ConsentUntil: &until, Active: true, Created: now,
		},
	}))
	p.connection = a.ConnectionID
	accounts, err := w.store.SaveAccounts(ctx, p.connection, bankAccounts(), now)
	w.check(err)
	for _, acc := range accounts {
		p.accounts = append(p.accounts, acc.ID)
	}
	w.check(w.store.FinishSelection(ctx, connect.FinishSelection{
		Attempt: a, FromStep: a.Step, Enable: p.accounts[:2], Now: now, Consent: connect.ConsentTerms{Until: until},
	}))
	_, err = w.store.SaveTransactions(ctx, p.accounts[0], movements(), now)
	w.check(err)
	list, err := w.store.Transactions(ctx, bank.TransactionFilter{UserID: p.id, Limit: 100})
	w.check(err)
	for _, t := range list {
		p.transactions = append(p.transactions, t.ID)
	}
	return p
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func bankAccounts() []bank.Account {
	coming := decimal.RequireFromString("-12.5")
	rate := decimal.RequireFromString("1.25")
	return []bank.Account{
		{
			Key: "k1", Source: bank.SourceOpenAPI, Number: "3002600000", IBAN: "FR7630026000000000000000000", Name: "Compte", OriginalName: "CPTE",
			Type: bank.AccountChecking, Usage: bank.UsagePrivate, Balance: euros("9007199254740993.07"), Coming: &coming,
		},
		{
			Key: "k2", Source: bank.SourceOpenAPI, Name: "Prêt", OriginalName: "PRET", Type: bank.AccountLoan, Usage: bank.UsagePrivate,
			Balance: euros("-120000"), Loan: &bank.Loan{TotalAmount: decimal.RequireFromString("150000"), Rate: &rate, MaturityDate: "2040-01-31"},
		},
		{
			Key: "k3", Source: bank.SourceOpenAPI, Number: "999", Name: "Livret A", OriginalName: "LVA", Type: bank.AccountLivretA,
			Usage: bank.UsagePrivate, Balance: euros("777.77"),
		},
	}
}

func euros(amount string) bank.Money {
	return bank.Money{Amount: decimal.RequireFromString(amount), Currency: "EUR"}
}

const movementCount = 25

// movements has several on each day, so that pages break inside a day.
func movements() []bank.Transaction {
	out := make([]bank.Transaction, 0, movementCount)
	for i := range movementCount {
		out = append(out, bank.Transaction{
			Key: fmt.Sprint("t", i), Date: time.Date(2026, 2, 1+i/4, 0, 0, 0, 0, time.UTC), Value: euros(fmt.Sprintf("-%d.10", i)),
			Type: bank.TransactionCard, OriginalWording: fmt.Sprint("CB ", i), Wording: fmt.Sprint("Shop ", i), Counterparty: "Shop",
		})
	}
	return out
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option func(*http.Request)

func as(token bank.Secret) option {
	return func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+token.Reveal()) }
}

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func body(contentType, text string) option {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
	}
}

func form(values map[string]string) option {
	v := url.Values{}
	for name, value := range values {
		v.Set(name, value)
	}
	return body("application/x-www-form-urlencoded", v.Encode())
}

func jsonBody(text string) option { return body("application/json", text) }

// do sends a request to the API, over HTTP.
func (w *world) do(method, path string, options ...option) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL, http.NoBody)
	w.check(err)
	at, query, _ := strings.Cut(path, "?")
	r.URL.Path, r.URL.RawQuery, r.Host = powens.Prefix+at, query, "api.example"
	for _, o := range options {
		o(r)
	}
	got, err := w.server.Client().Do(r)
	w.check(err)
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	w.check(err)
	a := answer{got.StatusCode, got.Header, string(text)}
	described(w.t, method, r.URL.Path, a)
	return a
}

// into decodes an answer, numbers as they stand.
func (a answer) into(t *testing.T) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(a.body))
	d.UseNumber()
	out := map[string]any{}
	if err := d.Decode(&out); err != nil {
		t.Fatalf("the answer %d %q is not JSON: %v", a.status, a.body, err)
	}
	return out
}

// wantError checks the status, the envelope and its code, and that the description names the field.
func (a answer) wantError(t *testing.T, what string, status int, code, field string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status %d, want %d: %s", what, a.status, status, a.body)
		return
	}
	e := a.into(t)
	description, _ := e["description"].(string)
	message, hasMessage := e["message"]
	if e["code"] != code || !strings.Contains(description, field) || !hasMessage || message != nil {
		t.Errorf("%s: the envelope is %s, want code %s and a description that names %q", what, a.body, code, field)
	}
	if id, _ := e["request_id"].(string); id == "" || id != a.header.Get("X-Request-Id") {
		t.Errorf("%s: request_id is %v, want that of the header", what, e["request_id"])
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control is %q, want no-store", what, a.header.Get("Cache-Control"))
	}
}

// credentials are the client application's, for a form.
func (w *world) credentials(more map[string]string) map[string]string {
	out := map[string]string{"client_id": fmt.Sprint(w.client.Client.ID), "client_secret": w.client.Secret.Reveal()}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// code stores an authorization code as the end of a visit does, for a fresh temporary user.
func (w *world) code(challenge string) bank.Secret {
	w.t.Helper()
	user, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{})
	w.check(err)
	code, plain, err := w.grants.NewCallbackCode(grant.CallbackCode{
		ClientID: w.client.Client.ID, Domain: grant.DefaultDomain, UserID: user.User.ID, RedirectURI: callback, Challenge: challenge,
		Lifetime: grant.TemporaryLifetime,
	})
	w.check(err)
	w.check(w.store.InsertCode(w.t.Context(), code))
	return plain
}

// exchange is POST /auth/token/access with a form.
func (w *world) exchange(code bank.Secret, more map[string]string, options ...option) answer {
	w.t.Helper()
	values := w.credentials(map[string]string{"code": code.Reveal()})
	for name, value := range more {
		values[name] = value
	}
	return w.do(http.MethodPost, "/auth/token/access", append([]option{form(values)}, options...)...)
}
