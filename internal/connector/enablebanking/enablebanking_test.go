package enablebanking_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/sandboxbank"
	thebank "passerelle/internal/testbank"
)

// TestReads holds what comes of the bank's accounts and movements, of its plain interface and of its older one.
func TestReads(t *testing.T) {
	t.Parallel()
	for _, at := range []string{plain, older} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			session := w.walk(t, visit{at: at, login: "aino"}).Session
			twins(t, w)
			list, err := w.pull(t, read{at: at, session: session})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]bank.Account{}
			keys := make([]string, 0, len(list.accounts))
			for _, a := range list.accounts {
				got[a.Name] = a
				keys = append(keys, a.Key)
			}
			for _, tt := range []struct {
				name, iban, number, balance, currency string
				kind                                  bank.AccountType
			}{
				{"Käyttötili", "FI2112345600000785", "", "1199.55", "EUR", bank.AccountChecking},
				{"Käyttötili USD", "FI2112345600000785", "", "-12", "USD", bank.AccountChecking},
				{"Säästötili", "FI5542345670000081", "", "15000", "EUR", bank.AccountSavings},
				{"Luottokortti", "", "497010XXXXXX7788", "-80.1", "EUR", bank.AccountCard},
			} {
				a := got[tt.name]
				if a.IBAN != tt.iban || a.Number != tt.number || a.Balance.Amount.String() != tt.balance || a.Balance.Currency != tt.currency || a.Type != tt.kind || a.Owner != "Aino Virtanen" {
					t.Errorf("%s = %+v", tt.name, a)
				}
			}
			full, err := w.pull(t, read{at: at, session: session, keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			movements(t, at, full.transactions[got["Käyttötili"].Key])
		})
	}
}

// twins makes two movements that nothing tells apart.
func twins(t *testing.T, w *world) {
	t.Helper()
	account := w.bank().Consents()[0].Shared[0]
	for range 2 {
		if _, err := w.bank().Move("aino", sandboxbank.Extra{Account: account, Movement: thebank.Movement{
			Amount: decimal.New(-250, -2), Label: "KAHVI", Type: "card", Date: w.now().AddDate(0, 0, -4).Truncate(24 * time.Hour),
		}}); err != nil {
			t.Fatal(err)
		}
	}
}

// movements holds the main account's against its rules in the customers' file: 400 days of one card payment each, thirteen salaries, a
// withdrawal every tenth day, the twins, and what is to come.
func movements(t *testing.T, at string, list []bank.Transaction) {
	t.Helper()
	seen, words, coming, abroad := map[string]bool{}, map[string]int{}, 0, 0
	for _, x := range list {
		if seen[x.Key] {
			t.Errorf("%s on %v has the key of another", x.OriginalWording, x.Date)
		}
		seen[x.Key] = true
		if x.Original != nil {
			abroad++
			if x.Original.Currency != "SEK" || x.Original.Amount.String() != "-672" {
				t.Errorf("paid abroad: %+v", x.Original)
			}
		}
		if x.Coming {
			coming++
			continue
		}
		words[x.OriginalWording]++
		switch {
		case x.Counterparty == "Työnantaja Oy" && (x.Value.Amount.String() != "2450" || x.Type != bank.TransactionTransfer),
			x.Counterparty == "Kauppa Oy" && (x.Value.Amount.String() != "-9.9" || x.Type != bank.TransactionCard),
			x.OriginalWording == "OTTO" && (x.Value.Amount.String() != "-60" || x.Type != bank.TransactionWithdrawal):
			t.Errorf("%s of %s is %s, %s", x.OriginalWording, x.Counterparty, x.Value.Amount, x.Type)
		}
	}
	if words["K-MARKET"] != 400 || words["PALKKA"] != 13 || words["OTTO"] != 40 || words["KAHVI"] != 2 || coming == 0 {
		t.Errorf("%v and %d to come", words, coming)
	}
	if want := map[string]int{older: 40}[at]; abroad != want {
		t.Errorf("%d movements were paid in another currency, want %d", abroad, want)
	}
}

// TestShortHistory reads at a bank that refuses to look back as far as it is asked.
func TestShortHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.walk(t, visit{at: short, login: "aino"}).Session
	list, err := w.pull(t, read{at: short, session: session})
	if err != nil {
		t.Fatal(err)
	}
	full, err := w.pull(t, read{at: short, session: session, keys: []string{list.accounts[0].Key}})
	if err != nil {
		t.Fatal(err)
	}
	first := w.now()
	for _, x := range full.transactions[list.accounts[0].Key] {
		if x.Date.Before(first) {
			first = x.Date
		}
	}
	if days := w.now().Sub(first) / (24 * time.Hour); days < 85 || days > 91 {
		t.Errorf("%d days of movements, the bank gives 90", days)
	}
}

// TestAccountsComeAndGo: one that the bank closes is listed no more and stops nothing; one that is opened joins the session of somebody
// who shares all, and not that of somebody who chose.
func TestAccountsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.connect(t, "aino")
	some := w.walk(t, visit{at: plain, login: "eeva", share: []string{"Säästötili", "Luottokortti"}}).Session
	names := func(session connector.Opaque) string {
		t.Helper()
		// What was listed before serves a minute.
		w.pass(2 * time.Minute)
		list, err := w.pull(t, read{session: session, psu: there})
		if err != nil {
			t.Fatal(err)
		}
		return list.names()
	}
	if got := names(all); got != "Käyttötili, Käyttötili USD, Säästötili, Luottokortti" {
		t.Errorf("all that are shared: %s", got)
	}
	if got := names(some); got != "Säästötili, Luottokortti" {
		t.Errorf("the chosen ones: %s", got)
	}
	for _, login := range []string{"aino", "eeva"} {
		w.change(t, thebank.Change{Login: login, AddAccount: true})
	}
	// The aggregator learns of it at one reading and tells of it at the next.
	names(all)
	names(some)
	if got := names(all); !strings.HasSuffix(got, ", Uusi tili") {
		t.Errorf("after one was opened: %s", got)
	}
	if got := names(some); got != "Säästötili, Luottokortti" {
		t.Errorf("the chosen ones, after one was opened: %s", got)
	}
	closed := true
	w.change(t, thebank.Change{Login: "aino", CloseAccount: &closed})
	if got := names(all); got != "Käyttötili, Säästötili, Luottokortti, Uusi tili" {
		t.Errorf("after one was closed: %s", got)
	}
}

// overheard is a network that remembers which headers about the end user went over it.
type overheard struct {
	mu  sync.Mutex
	psu []string
}

func (o *overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	for name := range r.Header {
		if strings.HasPrefix(name, "Psu-") {
			o.psu = append(o.psu, name+": "+r.Header.Get(name))
		}
	}
	o.mu.Unlock()
	return network().RoundTrip(r)
}

// TestAddressOnlyWhileThere looks at the headers: all that the bank wants while the end user is there, none otherwise, and none where
// one is wanted that nobody knows.
func TestAddressOnlyWhileThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		at   string
		psu  connector.PSU
		want []string
	}{
		{plain, connector.PSU{IP: "192.0.2.7", UserAgent: "x"}, nil},
		{plain, there, []string{"Psu-Ip-Address: 192.0.2.7", "Psu-User-Agent: a browser"}},
		{short, there, nil},
	} {
		session := w.walk(t, visit{at: tt.at, login: "aino"}).Session
		o := &overheard{}
		if _, err := w.pull(t, read{at: tt.at, session: session, psu: tt.psu, transport: o}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(o.psu)
		if got := slices.Compact(o.psu); !slices.Equal(got, tt.want) {
			t.Errorf("%s: these went along: %v, want %v", tt.at, got, tt.want)
		}
	}
}

// TestFourADay reads more often than a bank gives to somebody who is not there.
func TestFourADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.connect(t, "aino")
	var err error
	for n := range 5 {
		_, err = w.pull(t, read{session: session})
		if n < 4 && err != nil {
			t.Fatalf("reading %d: %v", n+1, err)
		}
	}
	if e := connector.AsError(err); e.Code != connector.CodeRateLimited || e.RetryAfter != 14*time.Hour {
		t.Errorf("the fifth reading: %v after %v, want %s until midnight", err, e.RetryAfter, connector.CodeRateLimited)
	}
	if _, err = w.pull(t, read{session: session, psu: there}); err != nil {
		t.Errorf("with the end user there: %v", err)
	}
	w.pass(15 * time.Hour)
	if _, err = w.pull(t, read{session: session}); err != nil {
		t.Errorf("the day after: %v", err)
	}
}

// TestWantedThere: a bank that reads for nobody who is away says so, and reads once they are there.
func TestWantedThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.connect(t, "sca_required")
	if _, err := w.pull(t, read{session: session}); connector.AsError(err).Code != connector.CodeNeedsUser {
		t.Errorf("while they are away: %v, want %s", err, connector.CodeNeedsUser)
	}
	if _, err := w.pull(t, read{session: session, psu: there}); err != nil {
		t.Errorf("while they are there: %v", err)
	}
}

// TestIdentifiers begins with the identifiers that a bank's methods want.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inst := w.institution(t, union)
	begin := func(mode connector.Mode, previous connector.Opaque, values map[string]string) error {
		in := connector.BeginInput{
			Mode: mode, Institution: inst, Source: bank.SourceOpenAPI, PSU: there, Previous: previous, Now: w.now(), Values: map[string]bank.Secret{},
			Callback: connector.Callback{URL: callback, State: bank.NewSecret("s")}, Want: connector.Want{ValidUntil: w.now().AddDate(1, 0, 0)},
		}
		for k, v := range values {
			in.Values[k] = bank.NewSecret(v)
		}
		_, err := w.kind(t, network()).Begin(t.Context(), in)
		return err
	}
	for _, tt := range []struct {
		name   string
		values map[string]string
		want   connector.Code
	}{
		{"nothing", nil, ""},
		{"a method alone", map[string]string{"auth_method": "embedded"}, ""},
		{"all of it", map[string]string{"auth_method": "embedded", "credential_userId": "12345678", "credential_pin": "pin-canary"}, ""},
		{"half of it is left to the page", map[string]string{"auth_method": "embedded", "credential_userId": "12345678"}, ""},
		{"a wrong form", map[string]string{"auth_method": "decoupled", "credential_userId": "1234"}, connector.CodeBadCredentials},
		{"no such method", map[string]string{"auth_method": "carrier pigeon"}, ""},
	} {
		err := begin(connector.ModeConnect, nil, tt.values)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || connector.AsError(err).Code != tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if tt.want == connector.CodeBadCredentials && connector.AsError(err).Field != "credential_userId" {
			t.Errorf("%s: the field is %q", tt.name, connector.AsError(err).Field)
		}
	}
	done := w.walk(t, visit{at: union, login: "aino", values: map[string]string{"auth_method": "embedded", "credential_userId": "12345678", "credential_pin": "pin-canary"}})
	if strings.Contains(string(done.Session), "pin-canary") || !strings.Contains(string(done.Session), "12345678") {
		t.Error("the session keeps the PIN, or does not keep the login")
	}
	if err := begin(connector.ModeReconnect, done.Session, nil); err != nil {
		t.Errorf("a reconnect with nothing typed: %v", err)
	}
	if most := w.now().Add(7776000 * time.Second); done.ConsentUntil.After(most) || done.ConsentUntil.Before(most.Add(-time.Hour)) {
		t.Errorf("the consent is until %v, the bank gives %v", done.ConsentUntil, most)
	}
}

// TestKeyAndApplication holds what an operator is told who set something wrong.
func TestKeyAndApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	ecText := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	foreign := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(other)}))
	for _, tt := range []struct{ name, setting, value, want string }{
		{"PKCS #1", "private_key", pkcs1, ""},
		{"no key", "private_key", "", "missing"},
		{"no PEM", "private_key", "secret-canary", "no PEM"},
		{"an EC key", "private_key", ecText, "no RSA key"},
		{"another's key", "private_key", foreign, "UNAUTHORIZED_ACCESS"},
		{"no application", "application_id", "", "application_id"},
		{"another application", "application_id", "another", "UNAUTHORIZED_ACCESS"},
		{"an address that is none", "base_url", "file:///etc/passwd", "base_url"},
		{"an address with a password", "base_url", "https://a:b@example.com", "base_url"},
	} {
		s := w.settings()
		s[tt.setting] = bank.NewSecret(tt.value)
		_, err := w.kindWith(t, network(), s).Institutions(t.Context(), "")
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")):
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.want)
		case tt.want != "" && connector.AsError(err).Code != connector.CodeMisconfigured:
			t.Errorf("%s: %s, want %s", tt.name, connector.AsError(err).Code, connector.CodeMisconfigured)
		}
	}
}

// TestOwnerStays shares other accounts at a reconnect.
func TestOwnerStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.walk(t, visit{at: plain, login: "aino"})
	for _, share := range [][]string{nil, {"Luottokortti"}} {
		again := w.walk(t, visit{at: plain, login: "aino", mode: connector.ModeReconnect, previous: first.Session, share: share})
		if again.OwnerKey != first.OwnerKey {
			t.Errorf("a reconnect that shares %v has another owner", share)
		}
	}
	if other := w.walk(t, visit{at: union, login: "aino"}); other.OwnerKey == first.OwnerKey {
		t.Error("two banks give one owner")
	}
}

// TestHostileAnswers meets an aggregator that was taken over, or broke.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		status     int
		want       connector.Code
	}{
		{"a foreign scheme", `{"url":"javascript:alert(1)"}`, 200, connector.CodeProtocol},
		{"a name in the address", `{"url":"https://a:b@example.com/"}`, 200, connector.CodeProtocol},
		{"no address", `{}`, 200, connector.CodeProtocol},
		{"no JSON", `<html>`, 200, connector.CodeProtocol},
		{"a list", `[1,2]`, 200, connector.CodeProtocol},
		{"a redirect", ``, 302, connector.CodeProtocol},
		{"down", `oops`, 503, connector.CodeUnavailable},
		{"too often", `{"error":"ASPSP_RATE_LIMIT_EXCEEDED"}`, 429, connector.CodeRateLimited},
		{"an error with a secret", `{"error":"state-canary","message":"state-canary"}`, 400, connector.CodeProtocol},
		{"too large", `{"url":"` + strings.Repeat("x", 9<<20) + `"}`, 200, connector.CodeProtocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Location", "http://169.254.169.254/")
				rw.WriteHeader(tt.status)
				_, _ = rw.Write([]byte(tt.body))
			}))
			t.Cleanup(ts.Close)
			s := w.settings()
			s["base_url"] = bank.NewSecret(ts.URL)
			_, err := w.kindWith(t, network(), s).Begin(t.Context(), connector.BeginInput{
				Mode: connector.ModeConnect, Institution: w.institution(t, plain), Source: bank.SourceOpenAPI, Now: w.now(),
				Callback: connector.Callback{URL: callback, State: bank.NewSecret("state-canary")},
			})
			var e *connector.Error
			if !errors.As(err, &e) || e.Code != tt.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
