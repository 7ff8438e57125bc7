package simplefin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/web/simplefin"
	"passerelle/web/webtest/apitest"
)

// world is the real server over a real store, with a user who shared one account of two.
type world struct {
	t        *testing.T
	grants   grant.SimpleFIN
	store    *store.Store
	clock    *storetest.Clock
	server   *httptest.Server
	log      *storetest.Log
	client   grant.IssuedClient
	user     int64
	token    bank.Secret
	accounts []int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(time.Date(2026, 2, 20, 12, 0, 0, 0, time.UTC)), log: &storetest.Log{}}
	w.store = storetest.Open(t, w.clock.Now)
	memory := ephemeral.NewMemory(ephemeral.Options{})
	t.Cleanup(func() { _ = memory.Close() })
	w.grants = grant.SimpleFIN{Service: &grant.Service{Store: w.store, Clock: w.clock.Now, Counter: memory}, Kept: w.store}
	var err error
	w.client, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{"https://app.example/cb"}})
	w.check(err)
	w.user, w.token = w.newUser()
	_, w.accounts = apitest.Connect(t, w.store, w.clock.Now(), apitest.Visit{
		ClientID: w.client.Client.ID, UserID: w.user, Connector: bank.Connector{UUID: "11111111-2222-4333-8444-555555555555", ID: 7, Name: "Test Bank"},
		Source: bank.SourceOpenAPI, Shared: 1, Accounts: []bank.Account{
			{Key: "a", Name: "Current", Type: bank.AccountChecking, IBAN: "FR7630006000011234567890189", Balance: apitest.Euros("1250.40")},
			{Key: "b", Name: "Not shared", Type: bank.AccountChecking, Balance: apitest.Euros("99.00")},
		},
	})
	pending := bank.Transaction{
		Key: "pending", Date: time.Date(2026, 2, 19, 0, 0, 0, 0, time.UTC), Value: apitest.Euros("-7.77"), Type: bank.TransactionCard,
		OriginalWording: "Coming\nsoon", Wording: "Coming soon", Coming: true,
	}
	_, err = w.store.SaveTransactions(t.Context(), w.accounts[0], append(apitest.Movements(), pending), w.clock.Now())
	w.check(err)
	w.server = httptest.NewUnstartedServer(nil)
	public := "http://" + w.server.Listener.Addr().String()
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.server.Config.Handler = apitest.Handler(t, public, log, simplefin.New(simplefin.Deps{
		Grants: w.grants, Reader: w.store, PublicURL: public + "/", Clock: w.clock.Now,
	}))
	w.server.Start()
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) newUser() (int64, bank.Secret) {
	w.t.Helper()
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	return made.User.ID, made.Token
}

func (w *world) send(method, path string, options ...apitest.Option) (int, string) {
	w.t.Helper()
	resp, body := apitest.Send(w.t, w.server, "", method, path, options...)
	described(w.t, resp, body)
	return resp.StatusCode, body
}

// setup makes a setup token by the API and gives its id and the address in it.
func (w *world) setup() (id, token, address string) {
	w.t.Helper()
	status, body := w.send(http.MethodPost, "/simplefin/tokens", apitest.As(w.token))
	var made struct {
		ID         string `json:"id"`
		SetupToken string `json:"setup_token"`
		ExpiresIn  int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated || made.ExpiresIn != 3600 {
		w.t.Fatalf("got %d %s", status, body)
	}
	raw, err := base64.StdEncoding.DecodeString(made.SetupToken)
	w.check(err)
	return made.ID, made.SetupToken, string(raw)
}

// claim posts to a claim address and gives the access URL.
func (w *world) claim(address string) (int, string) {
	w.t.Helper()
	return w.send(http.MethodPost, strings.TrimPrefix(address, w.server.URL))
}

func (w *world) access(address string) *url.URL {
	w.t.Helper()
	status, text := w.claim(address)
	u, err := url.Parse(text)
	if status != http.StatusOK || err != nil || u.User == nil {
		w.t.Fatalf("got %d, %v", status, err)
	}
	return u
}

func as(access *url.URL) apitest.Option {
	return func(r *http.Request) {
		password, _ := access.User.Password()
		r.SetBasicAuth(access.User.Username(), password)
	}
}

// answer is an account set, as far as the tests look.
type answer struct {
	Errlist []struct {
		Code   string `json:"code"`
		Msg    string `json:"msg"`
		ConnID string `json:"conn_id"`
	} `json:"errlist"`
	Errors      []string         `json:"errors"`
	Connections []map[string]any `json:"connections"`
	Accounts    []struct {
		ID           string           `json:"id"`
		Name         string           `json:"name"`
		Balance      string           `json:"balance"`
		Transactions []map[string]any `json:"transactions"`
	} `json:"accounts"`
}

func (w *world) read(access *url.URL, query string) (int, answer) {
	w.t.Helper()
	status, body := w.send(http.MethodGet, "/simplefin/accounts"+query, as(access))
	var a answer
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		w.t.Fatalf("%s: %d %s", query, status, body)
	}
	return status, a
}

// TestProgram lets a client that knows the protocol alone claim a token, twice, and read.
func TestProgram(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is missing: the SimpleFIN output is not read by a client that is not ours")
	}
	w := newWorld(t)
	_, token, _ := w.setup()
	run := func(args ...string) (out struct {
		Access   string `json:"access"`
		Status   int    `json:"status"`
		Accounts []struct {
			Name    string  `json:"name"`
			Bank    string  `json:"bank"`
			BankV1  string  `json:"bank_v1"`
			Balance string  `json:"balance"`
			Rows    [][]any `json:"rows"`
		} `json:"accounts"`
		Codes []string `json:"codes"`
	},
	) {
		t.Helper()
		raw, err := exec.CommandContext(t.Context(), "python3", append([]string{"testdata/client.py"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		return out
	}
	got := run(token)
	if len(got.Accounts) != 1 || len(got.Codes) != 0 {
		t.Fatalf("got %+v, want the shared account alone", got)
	}
	a := got.Accounts[0]
	if a.Name != "Current" || a.Bank != "Test Bank" || a.BankV1 != "Test Bank" || a.Balance != "1250.4" || len(a.Rows) != apitest.MovementCount+1 {
		t.Errorf("got %+v", a)
	}
	if row := a.Rows[0]; row[0] != "-7.77" || row[1] != "Coming soon" || row[2] != 0.0 || row[3] != true {
		t.Errorf("the pending movement: %v", row)
	}
	if again := run("--access", got.Access, "balances-only=1"); again.Status != http.StatusOK || len(again.Accounts[0].Rows) != 0 {
		t.Errorf("the access again: %+v", again)
	}
	if second := run(token); second.Status != http.StatusForbidden {
		t.Errorf("a second claim: %d, want 403", second.Status)
	}
	if after := run("--access", got.Access, ""); after.Status != http.StatusForbidden {
		t.Errorf("the access after a second claim: %d, want it revoked", after.Status)
	}
	for _, secret := range []string{token, strings.SplitN(got.Access, ":", 3)[2], w.token.Reveal()} {
		if strings.Contains(w.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

// TestOneClaim lets many claim one setup token at once: one gets it, and loses it to the others' tries.
func TestOneClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, address := w.setup()
	var won atomic.Int32
	var access atomic.Value
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if status, text := w.claim(address); status == http.StatusOK {
				won.Add(1)
				access.Store(text)
			} else if status != http.StatusForbidden {
				t.Errorf("got %d", status)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d claims went well, want 1", won.Load())
	}
	u, err := url.Parse(fmt.Sprint(access.Load()))
	w.check(err)
	if status, _ := w.read(u, ""); status != http.StatusForbidden {
		t.Errorf("after others claimed too the access answers %d, want 403", status)
	}
}

// TestEnds ends a setup token before and after it was claimed, by its time, and with the token that it was made with.
func TestEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _, address := w.setup()
	access := w.access(address)
	if status, _ := w.read(access, ""); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	if status, body := w.send(http.MethodGet, "/simplefin/tokens", apitest.As(w.token)); status != http.StatusOK || !strings.Contains(body, id) || strings.Contains(body, `"claimed_at":null`) {
		t.Errorf("the list: %d %s", status, body)
	}
	other, otherToken := w.newUser()
	if status, _ := w.send(http.MethodDelete, "/simplefin/tokens/"+id, apitest.As(otherToken)); status != http.StatusNotFound {
		t.Errorf("user %d ended another's: %d", other, status)
	}
	if status, _ := w.read(access, ""); status != http.StatusOK {
		t.Errorf("after another's try: %d", status)
	}
	if status, _ := w.send(http.MethodDelete, "/simplefin/tokens/"+id, apitest.As(w.token)); status != http.StatusNoContent {
		t.Errorf("the end: %d", status)
	}
	if status, a := w.read(access, ""); status != http.StatusForbidden || len(a.Errlist) != 1 || a.Errlist[0].Code != "gen.auth" || len(a.Accounts) != 0 {
		t.Errorf("after its end: %d %+v", status, a)
	}
	unclaimed, _, address := w.setup()
	if status, _ := w.send(http.MethodDelete, "/simplefin/tokens/"+unclaimed, apitest.As(w.token)); status != http.StatusNoContent {
		t.Errorf("the end: %d", status)
	}
	if status, _ := w.claim(address); status != http.StatusForbidden {
		t.Errorf("claimed after its end: %d", status)
	}
	_, _, late := w.setup()
	_, _, orphan := w.setup()
	caller, err := w.grants.Authenticate(t.Context(), w.token)
	w.check(err)
	w.check(w.grants.RevokeCaller(t.Context(), caller))
	if status, _ := w.claim(orphan); status != http.StatusForbidden {
		t.Errorf("claimed after its token was revoked: %d", status)
	}
	w.clock.Pass(grant.SetupLifetime)
	if status, _ := w.claim(late); status != http.StatusForbidden {
		t.Errorf("claimed after its time: %d", status)
	}
}

// TestNothingElse takes no credential for another: each opens its own door.
func TestNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, address := w.setup()
	setup := address[strings.LastIndex(address, "/")+1:]
	access := w.access(address)
	password, _ := access.User.Password()
	for name, secret := range map[string]string{"setup token": setup, "access": password} {
		if _, err := w.grants.Authenticate(t.Context(), bank.NewSecret(secret)); err == nil {
			t.Errorf("a %s is taken as a bearer", name)
		}
		_, err := w.grants.Exchange(t.Context(), grant.ExchangeRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret, Code: bank.NewSecret(secret)})
		if err == nil {
			t.Errorf("a %s is exchanged", name)
		}
		if status, _ := w.send(http.MethodPost, "/simplefin/tokens", apitest.As(bank.NewSecret(secret))); status != http.StatusUnauthorized {
			t.Errorf("a %s makes setup tokens: %d", name, status)
		}
	}
	for _, wrong := range []*url.URL{
		{User: url.UserPassword("x", password)},
		{User: url.UserPassword(access.User.Username(), setup)},
		{User: url.UserPassword(access.User.Username(), password+"x")},
		{User: url.UserPassword(access.User.Username(), w.token.Reveal())},
		{User: url.UserPassword("", "")},
	} {
		if status, _ := w.read(wrong, ""); status != http.StatusForbidden {
			t.Errorf("wrong credentials: %d", status)
		}
	}
	if status, _ := w.send(http.MethodGet, "/simplefin/accounts"); status != http.StatusUnauthorized {
		t.Errorf("no credentials: %d", status)
	}
	if status, _ := w.send(http.MethodGet, "/simplefin/accounts", apitest.As(w.token)); status != http.StatusUnauthorized {
		t.Errorf("a bearer: %d", status)
	}
	for _, path := range []string{"/simplefin/claim/x", "/simplefin/claim/" + w.token.Reveal(), "/simplefin/claim/" + password} {
		if status, _ := w.send(http.MethodPost, path); status != http.StatusForbidden {
			t.Errorf("%s: %d", path[:20], status)
		}
	}
	if status, _ := w.send(http.MethodGet, strings.TrimPrefix(address, w.server.URL)); status != http.StatusMethodNotAllowed {
		t.Errorf("a claim by GET: %d", status)
	}
}

// TestQuery narrows what is read.
func TestQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, address := w.setup()
	access := w.access(address)
	at := func(day int) int64 { return time.Date(2026, 2, day, 0, 0, 0, 0, time.UTC).Unix() }
	id := fmt.Sprint(w.accounts[0])
	for _, tt := range []struct {
		query    string
		accounts int
		rows     int
	}{
		{"", 1, apitest.MovementCount},
		{"?pending=1", 1, apitest.MovementCount + 1},
		{"?pending=0", 1, apitest.MovementCount},
		{"?balances-only=1", 1, 0},
		{fmt.Sprintf("?start-date=%d", at(2)), 1, apitest.MovementCount - 4},
		{fmt.Sprintf("?start-date=%d&end-date=%d", at(2), at(3)), 1, 4},
		{fmt.Sprintf("?end-date=%d", at(1)), 1, 0},
		{"?account=" + id, 1, apitest.MovementCount},
		{fmt.Sprintf("?account=%d", w.accounts[1]), 0, 0},
		{"?account=" + id + "&account=999", 1, apitest.MovementCount},
		{"?version=2&unknown=x", 1, apitest.MovementCount},
	} {
		status, a := w.read(access, tt.query)
		if status != http.StatusOK || len(a.Accounts) != tt.accounts || tt.accounts == 1 && len(a.Accounts[0].Transactions) != tt.rows {
			t.Errorf("%s: %d, %d accounts: %+v", tt.query, status, len(a.Accounts), a.Accounts)
		}
	}
	for _, query := range []string{"?start-date=x", "?start-date=-1", "?start-date=1&start-date=2", "?end-date=99999999999999", "?pending=1&pending=1", "?a=%zz"} {
		if status, a := w.read(access, query); status != http.StatusBadRequest || len(a.Errlist) != 1 || a.Errlist[0].Code != "gen.api" || len(a.Errors) != 1 {
			t.Errorf("%s: %d %+v", query, status, a)
		}
	}
	if status, body := w.send(http.MethodGet, "/simplefin/info"); status != http.StatusOK || !strings.Contains(body, `"2.0"`) {
		t.Errorf("info: %d %s", status, body)
	}
}

// TestNames keeps what the client backend calls a program, before and after it was claimed, and refuses what is no name.
func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		body   string
		status int
	}{
		{`{"name":"Ledger <b>"}`, http.StatusCreated},
		{`{}`, http.StatusCreated},
		{`{"name":null}`, http.StatusCreated},
		{`{"name":"` + strings.Repeat("x", 61) + `"}`, http.StatusBadRequest},
		{`{"name":"a\u0000b"}`, http.StatusBadRequest},
		{`[`, http.StatusBadRequest},
	} {
		status, body := w.send(http.MethodPost, "/simplefin/tokens", apitest.As(w.token), apitest.JSON(tt.body))
		if status != tt.status {
			t.Errorf("%s: got %d %s", tt.body, status, body)
		}
		var made struct {
			Token []byte `json:"setup_token"`
		}
		if json.Unmarshal([]byte(body), &made) == nil && strings.Contains(tt.body, "Ledger") {
			w.access(string(made.Token))
		}
	}
	status, body := w.send(http.MethodGet, "/simplefin/tokens", apitest.As(w.token))
	var got struct {
		Tokens []struct {
			Name    string  `json:"name"`
			Claimed *string `json:"claimed_at"`
		} `json:"tokens"`
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK || len(got.Tokens) != 3 {
		t.Fatalf("got %d %s, %v", status, body, err)
	}
	for _, token := range got.Tokens {
		if want := map[bool]string{true: "Ledger <b>"}[token.Claimed != nil]; token.Name != want {
			t.Errorf("a token is called %q, want %q", token.Name, want)
		}
	}
}

// TestOperator makes a setup token without a client backend, for a user who is there.
func TestOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.grants.SetupFor(t.Context(), w.user, "")
	w.check(err)
	raw, err := base64.StdEncoding.DecodeString(simplefin.SetupToken(w.server.URL, made.Plain).Reveal())
	w.check(err)
	if status, a := w.read(w.access(string(raw)), ""); status != http.StatusOK || len(a.Accounts) != 1 {
		t.Errorf("got %d, %+v", status, a)
	}
	if _, err := w.grants.SetupFor(t.Context(), 999_999, ""); err == nil {
		t.Error("a setup token for nobody")
	}
}
