package powens_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/web"
	"passerelle/web/powens"
	"passerelle/web/webtest/apitest"
)

const (
	callback      = "https://app.example/cb"
	publicURL     = "https://api.example"
	connectorUUID = "338178e6-3d01-564f-9a7b-52ca442459bf"
	connectorID   = 40
)

// world is the real server over a real store.
type world struct {
	t      *testing.T
	store  *store.Store
	grants *grant.Service
	clock  *storetest.Clock
	server *httptest.Server
	client grant.IssuedClient
	log    *storetest.Log
	bank   *script
	// breaking makes exports fail half-way.
	breaking atomic.Bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)), log: &storetest.Log{}}
	w.store = storetest.Open(t, w.clock.Now)
	w.grants = &grant.Service{Store: w.store, Clock: w.clock.Now}
	w.check(w.store.UpsertConnectors(t.Context(), connectors()))
	catalog := directory.New(w.store, nil)
	_, err := catalog.Refresh(t.Context())
	w.check(err)
	w.server = w.serve(catalog)
	w.client, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
	w.check(err)
	return w
}

func (w *world) serve(catalog *directory.Catalog) *httptest.Server {
	w.t.Helper()
	connecting, hooks := w.live(catalog)
	api := powens.New(powens.Deps{
		Direct: connecting, Logs: w.store, Webhooks: hooks, Grants: w.grants, Reader: w.store, Writer: w.store, Directory: catalog, Choices: w.store, Exports: w, PublicURL: publicURL,
		HistoryMonths: 12, Clock: w.clock.Now, Repeats: apitest.Repeats(w.store, w.clock.Now),
		Connections: apitest.Remover{Store: w.store, Now: w.clock.Now},
		MAC: func(message []byte) []byte {
			h := hmac.New(sha256.New, []byte("a key for tests"))
			h.Write(message)
			return h.Sum(nil)
		},
	})
	w.store.SetRenderer(api.Payloads())
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	server := httptest.NewServer(apitest.Handler(w.t, publicURL, log, web.Group(powens.Prefix, api, powens.ShowError)))
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
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	return w.personOf(made.User.ID, made.Token)
}

// personOf gives a user all that.
func (w *world) personOf(id int64, token bank.Secret) person {
	w.t.Helper()
	ctx, now := w.t.Context(), w.clock.Now()
	p := person{id: id, token: token}
	p.connection, p.accounts = apitest.Connect(w.t, w.store, now, apitest.Visit{
		ClientID: w.client.Client.ID, UserID: p.id, Connector: connectors()[0], Source: bank.SourceOpenAPI, Accounts: bankAccounts(), Shared: 2,
	})
	_, err := w.store.SaveTransactions(ctx, p.accounts[0], apitest.Movements(), now)
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
			Type: bank.AccountChecking, Usage: bank.UsagePrivate, Balance: apitest.Euros("9007199254740993.07"), Coming: &coming,
		},
		{
			Key: "k2", Source: bank.SourceOpenAPI, Name: "Prêt", OriginalName: "PRET", Type: bank.AccountLoan, Usage: bank.UsagePrivate,
			Balance: apitest.Euros("-120000"), Loan: &bank.Loan{TotalAmount: decimal.RequireFromString("150000"), Rate: &rate, MaturityDate: "2040-01-31"},
		},
		{
			Key: "k3", Source: bank.SourceOpenAPI, Number: "999", Name: "Livret A", OriginalName: "LVA", Type: bank.AccountLivretA,
			Usage: bank.UsagePrivate, Balance: apitest.Euros("777.77"),
		},
	}
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option = apitest.Option

// What the tests of the package say of requests.
var (
	as       = apitest.As
	header   = apitest.Header
	body     = apitest.Body
	form     = apitest.Form
	jsonBody = apitest.JSON
)

// do sends a request to the API, over HTTP.
func (w *world) do(method, path string, options ...option) answer {
	w.t.Helper()
	got, text := apitest.Send(w.t, w.server, "api.example", method, powens.Prefix+path, options...)
	a := answer{got.StatusCode, got.Header, text}
	described(w.t, method, got.Request.URL.Path, a)
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
	return apitest.Credentials(w.client, more)
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
