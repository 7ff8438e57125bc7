package testbank_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/testbank"
	thebank "passerelle/internal/testbank"
)

var institution = connector.Institution{UUID: testbank.UUID, Name: "Test bank"}

func secrets(values ...string) map[string]bank.Secret {
	out := map[string]bank.Secret{}
	for i := 0; i < len(values); i += 2 {
		out[values[i]] = bank.NewSecret(values[i+1])
	}
	return out
}

func (w *world) signIn(t *testing.T, website string) (connector.Connector, connector.Step) {
	t.Helper()
	kind := w.kind(t, network())
	step, err := kind.Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: institution, Source: bank.SourceDirectAccess, Now: w.now(),
		Values: secrets("login", "alice", "password", password, "directaccesswebsite", website),
	})
	if err != nil {
		t.Fatal(err)
	}
	return kind, step
}

type nowhere struct{ accounts []bank.Account }

func (n *nowhere) Account(_ context.Context, a bank.Account) error {
	n.accounts = append(n.accounts, a)
	return nil
}

func (*nowhere) Transaction(context.Context, string, bank.Transaction) error { return nil }

func wantCode(t *testing.T, err error, code connector.Code) *connector.Error {
	t.Helper()
	var e *connector.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("error = %v, want code %s", err, code)
	}
	return e
}

func TestWithdrawnAtTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind, step := w.signIn(t, "consent_revoked")
	pull := connector.PullInput{Institution: institution, Source: bank.SourceDirectAccess, Session: step.Done.Session, Now: w.now()}
	if _, err := kind.Pull(t.Context(), pull, &nowhere{}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	_, err := kind.Pull(t.Context(), pull, &nowhere{})
	if e := wantCode(t, err, connector.CodeConsentRevoked); e.UserText == "" || e.Code.State() != bank.StateSCARequired {
		t.Errorf("error = %+v", e)
	}
}

func TestWrongCodeAsksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind, step := w.signIn(t, "otp_image")
	in := connector.AdvanceInput{
		Institution: institution, Source: bank.SourceDirectAccess, State: step.State, Now: w.now(),
		Event: connector.Event{Kind: connector.EventAnswers, Answers: secrets("code", "x")},
	}
	again, err := kind.Advance(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if again.Ask == nil || again.Ask.Error == nil || again.Ask.Error.Code != connector.CodeChallengeFailed || again.Ask.Error.Field != "code" || len(again.Ask.Image) == 0 {
		t.Fatalf("step = %+v, want the same question with what was wrong", again)
	}
	in.State, in.Event.Answers = again.State, secrets("code", w.code(again.Ask))
	if last, err := kind.Advance(t.Context(), in); err != nil || last.Done == nil {
		t.Fatalf("step = %+v, %v; want done", last, err)
	}
}

func TestThirdWrongPasswordLocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := connector.BeginInput{
		Mode: connector.ModeConnect, Institution: institution, Source: bank.SourceDirectAccess, Now: w.now(),
		Values: secrets("login", "dev", "password", "no"),
	}
	for _, want := range []connector.Code{connector.CodeBadCredentials, connector.CodeBadCredentials, connector.CodeAccountLocked} {
		_, err := w.kind(t, network()).Begin(t.Context(), in)
		if e := wantCode(t, err, want); want == connector.CodeAccountLocked && e.RetryAfter != 15*time.Minute {
			t.Errorf("retry after %v, want the bank's fifteen minutes", e.RetryAfter)
		}
	}
}

func TestNewAccountAppears(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind, step := w.signIn(t, "new_account")
	var counts []int
	for range 2 {
		out := &nowhere{}
		if _, err := kind.Pull(t.Context(), connector.PullInput{Institution: institution, Source: bank.SourceDirectAccess, Session: step.Done.Session, Now: w.now()}, out); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, len(out.accounts))
	}
	if counts[1] != counts[0]+1 {
		t.Errorf("accounts = %v, want one more at the second pull", counts)
	}
}

func TestAccountsAreMappedWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kind, step := w.signIn(t, "par")
	out := &nowhere{}
	if _, err := kind.Pull(t.Context(), connector.PullInput{Institution: institution, Source: bank.SourceDirectAccess, Session: step.Done.Session, Now: w.now()}, out); err != nil {
		t.Fatal(err)
	}
	found := map[bank.AccountType]bank.Account{}
	for _, a := range out.accounts {
		found[a.Type] = a
	}
	checking, loan := found[bank.AccountChecking], found[bank.AccountLoan]
	if !thebank.ValidIBAN(checking.IBAN) || checking.Owner != "Camille Exemple" || checking.Usage != bank.UsagePrivate || checking.Balance.Currency != "EUR" {
		t.Errorf("checking account = %+v", checking)
	}
	if loan.Loan == nil || loan.Loan.TotalAmount.String() != "180000" || loan.Loan.Rate == nil || !loan.Balance.Amount.IsNegative() {
		t.Errorf("loan account = %+v", loan)
	}
}

// TestHostileBank answers what a broken or hostile bank may.
func TestHostileBank(t *testing.T) {
	t.Parallel()
	const canary = "credentialcanary"
	signedIn := `{"status":"signed_in","device":"d"}`
	tests := []struct {
		name     string
		login    http.HandlerFunc
		accounts string
		moves    string
		want     connector.Code
	}{
		{"echoes the password in its error", func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(rw, `{"error":"`+r.FormValue("password")+`","message":"`+r.FormValue("password")+`"}`)
		}, "", "", connector.CodeProtocol},
		{"redirects", func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "http://203.0.113.1/", http.StatusFound)
		}, "", "", connector.CodeProtocol},
		{"endless body", say(strings.Repeat(" ", 9<<20)), "", "", connector.CodeProtocol},
		{"neither status", say(`{"status":"perhaps"}`), "", "", connector.CodeProtocol},
		{"challenge of no kind", say(`{"status":"challenge","challenge":{"id":"1","kind":"riddle"}}`), "", "", connector.CodeNeedsUser},
		{"gateway error", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }, "", "", connector.CodeUnavailable},
		{"throttles without JSON", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "7")
			rw.WriteHeader(http.StatusTooManyRequests)
		}, "", "", connector.CodeRateLimited},
		{"balance with an exponent", say(signedIn), `{"accounts":[{"id":"a","name":"A","number":"1","type":"checking","currency":"EUR","balance":"1e400"}]}`, "", connector.CodeProtocol},
		{"link to a foreign host", say(signedIn), `{"accounts":[{"id":"a","name":"A","number":"1","type":"checking","currency":"EUR","balance":"1"}]}`, `{"transactions":[],"_links":{"next":{"href":"http://203.0.113.1/x"}}}`, connector.CodeProtocol},
		{"links in a circle", say(signedIn), `{"accounts":[{"id":"a","name":"A","number":"1","type":"checking","currency":"EUR","balance":"1"}]}`, `{"transactions":[],"_links":{"next":{"href":"?again"}}}`, connector.CodeProtocol},
		{"date that is none", say(signedIn), `{"accounts":[{"id":"a","name":"A","number":"1","type":"checking","currency":"EUR","balance":"1"}]}`, `{"transactions":[{"id":"1","date":"today","amount":"1","currency":"EUR","label":"x"}]}`, connector.CodeProtocol},
	}
	key := connector.AccountKey(testbank.UUID, connector.AccountID{Number: "1"})
	for _, tt := range tests {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /website/login", tt.login)
		mux.HandleFunc("GET /website/accounts", say(tt.accounts))
		mux.HandleFunc("GET /website/accounts/a/transactions", say(tt.moves))
		ts := httptest.NewServer(mux)
		kind, err := testbank.New(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 5 * time.Second}, testbank.Config{
			BaseURL: ts.URL, ClientID: "x", ClientSecret: bank.NewSecret("y"),
		})
		if err != nil {
			t.Fatal(err)
		}
		session := fmt.Sprintf(`{"form":"testbank/directaccess/session/1","login":"alice","password":%q}`, canary)
		_, err = kind.Pull(t.Context(), connector.PullInput{
			Institution: institution, Source: bank.SourceDirectAccess, Session: connector.Opaque(session), Transactions: []string{key}, Now: time.Now(),
		}, &nowhere{})
		ts.Close()
		if got := connector.AsError(err); err == nil || got.Code != tt.want || strings.Contains(err.Error()+got.UserText, canary) {
			t.Errorf("%s: error = %v, want %s and no credential", tt.name, err, tt.want)
		}
	}
}

func say(body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, body) }
}

// TestAddressOfTheEndUser goes along only while they are there.
func TestAddressOfTheEndUser(t *testing.T) {
	t.Parallel()
	var got []string
	ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("PSU-IP-Address"))
		_, _ = io.WriteString(rw, `{"status":"signed_in","device":"d"}`)
	}))
	defer ts.Close()
	kind, err := testbank.New(ts.Client(), testbank.Config{BaseURL: ts.URL, ClientID: "x", ClientSecret: bank.NewSecret("y")})
	if err != nil {
		t.Fatal(err)
	}
	for _, psu := range []connector.PSU{{Present: true, IP: "192.0.2.7"}, {Present: false, IP: "192.0.2.7"}} {
		_, err := kind.Begin(t.Context(), connector.BeginInput{
			Mode: connector.ModeConnect, Institution: institution, Source: bank.SourceDirectAccess, PSU: psu, Values: secrets("login", "a", "password", "b"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != "[192.0.2.7 ]" {
		t.Errorf("addresses sent = %q, want the first alone", got)
	}
}

// TestBrokenTokenEndpoint puts our own secrets into the bank's error, which must not come out of ours.
func TestBrokenTokenEndpoint(t *testing.T) {
	t.Parallel()
	const code, secret = "codecanary", "clientcanary"
	tests := []struct {
		name, body string
		status     int
		want       connector.Code
	}{
		{"echo", `code=%s secret=%s`, 500, connector.CodeProtocol},
		{"echo as an error code", `{"error":"%s","error_description":"%s"}`, 400, connector.CodeProtocol},
		{"unknown client", `{"error":"invalid_client","error_description":"%s %s"}`, 401, connector.CodeMisconfigured},
		{"no refresh token", `{"access_token":"%s","token_type":"Bearer","owner":"%s"}`, 200, connector.CodeProtocol},
		{"busy", `%s%s`, 429, connector.CodeRateLimited},
	}
	for _, tt := range tests {
		ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(tt.status)
			_, _ = fmt.Fprintf(rw, tt.body, code, secret)
		}))
		kind, err := testbank.New(ts.Client(), testbank.Config{BaseURL: ts.URL, ClientID: "x", ClientSecret: bank.NewSecret(secret)})
		if err != nil {
			t.Fatal(err)
		}
		to := connector.Callback{URL: callback, State: bank.NewSecret("st")}
		step, err := kind.Begin(t.Context(), connector.BeginInput{Mode: connector.ModeConnect, Institution: institution, Source: bank.SourceOpenAPI, Callback: to})
		if err != nil {
			t.Fatal(err)
		}
		_, err = kind.Advance(t.Context(), connector.AdvanceInput{
			Institution: institution, Source: bank.SourceOpenAPI, State: step.State, Callback: to,
			Event: connector.Event{Kind: connector.EventCallback, Callback: url.Values{"code": {code}, "state": {"st"}}},
		})
		ts.Close()
		text := fmt.Sprintf("%v %+v %s", err, err, connector.AsError(err).UserText)
		if got := connector.AsError(err); err == nil || got.Code != tt.want || strings.Contains(text, code) || strings.Contains(text, secret) {
			t.Errorf("%s: %v, want %s and none of our secrets", tt.name, err, tt.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := testbank.Config{BaseURL: "http://127.0.0.1:1", ClientID: "a", ClientSecret: bank.NewSecret("b")}
	tests := map[string]func(*testbank.Config){
		"relative URL": func(c *testbank.Config) { c.BaseURL = "/bank" },
		"odd scheme":   func(c *testbank.Config) { c.BaseURL = "ftp://x" },
		"no client":    func(c *testbank.Config) { c.ClientID = "" },
		"no secret":    func(c *testbank.Config) { c.ClientSecret = bank.Secret{} },
	}
	for name, change := range tests {
		cfg := good
		change(&cfg)
		if _, err := testbank.New(&http.Client{}, cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := testbank.New(nil, good); err == nil {
		t.Error("no HTTP client: no error")
	}
}

// TestBankSpeaksTheEndUsersLanguage: questions and refusals are asked for in it.
func TestBankSpeaksTheEndUsersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := connector.BeginInput{
		Mode: connector.ModeConnect, Institution: institution, Source: bank.SourceDirectAccess, Now: w.now(),
		Values: secrets("login", "alice", "password", password, "directaccesswebsite", "additionalInformationNeeded"),
	}
	for lang, want := range map[string]string{"": "Type the code", "fr": "Saisissez le code", "de": "Geben Sie den Code", "nl": "Type the code"} {
		in.PSU.Lang = lang
		step, err := w.kind(t, network()).Begin(t.Context(), in)
		if err != nil || step.Ask == nil || !strings.HasPrefix(step.Ask.Message.In(lang), want) {
			t.Errorf("%q: %+v, %v; want %q", lang, step.Ask, err, want)
		}
	}
	in.PSU.Lang, in.Values = "fr", secrets("login", "bob", "password", "no")
	_, err := w.kind(t, network()).Begin(t.Context(), in)
	if e := wantCode(t, err, connector.CodeBadCredentials); !strings.Contains(e.UserText, "Encore 2 essais") || e.Field != "password" {
		t.Errorf("%+v", e)
	}
}
