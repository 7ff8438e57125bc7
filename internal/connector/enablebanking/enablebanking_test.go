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
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/enablebanking/ebtest"
)

// TestReads holds what comes of the stand-in's accounts and movements.
func TestReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.connect(t, "aino")
	list, err := w.pull(t, session, connector.PSU{}, nil)
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
		{"Käyttötili", "FI2112345600000785", "", "1204.55", "EUR", bank.AccountChecking},
		{"Käyttötili USD", "FI2112345600000785", "", "-12", "USD", bank.AccountChecking},
		{"Säästötili", "FI5542345670000081", "", "15000", "EUR", bank.AccountSavings},
		{"Luottokortti", "", "516919******7788", "-80.1", "EUR", bank.AccountCard},
	} {
		a := got[tt.name]
		if a.IBAN != tt.iban || a.Number != tt.number || a.Balance.Amount.String() != tt.balance || a.Balance.Currency != tt.currency || a.Type != tt.kind || a.Owner != "Aino Virtanen" {
			t.Errorf("%s = %+v", tt.name, a)
		}
	}
	read, err := w.pull(t, session, connector.PSU{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	// 400 days, a movement every third, a second one on every fifth of them, and one that is to come.
	main := read.transactions[got["Käyttötili"].Key]
	if want := 134 + 27 + 1; len(main) != want {
		t.Errorf("%d movements over the pages, want %d", len(main), want)
	}
	seen := map[string]bool{}
	coming, abroad := 0, 0
	for _, x := range main {
		if x.Original != nil {
			abroad++
			if x.Original.Currency != "SEK" || x.Original.Amount.String() != "-112" {
				t.Errorf("paid abroad: %+v", x.Original)
			}
		}
		if seen[x.Key] {
			t.Errorf("%s on %v has the key of another", x.OriginalWording, x.Date)
		}
		seen[x.Key] = true
		switch {
		case x.Coming:
			coming++
		case x.Counterparty == "Työnantaja Oy" && !x.Value.Amount.IsPositive(), x.Counterparty == "Kauppa Oy" && !x.Value.Amount.IsNegative():
			t.Errorf("%s: %s has the wrong sign", x.Counterparty, x.Value.Amount)
		case x.OriginalWording == "KAHVI" && x.Value.Amount.String() != "-2.5":
			t.Errorf("what the bank signed itself is %s", x.Value.Amount)
		case strings.Contains(x.OriginalWording, "REFUSED"):
			t.Error("a movement that was refused came")
		}
	}
	if abroad != 26 {
		t.Errorf("%d movements were paid in another currency, want 26", abroad)
	}
	if coming != 1 || main[0].Type != bank.TransactionCard {
		t.Errorf("%d to come, the first is a %s", coming, main[0].Type)
	}
}

// TestAddressOnlyWhileThere looks at the headers: all that the bank wants while the end user is there, none otherwise, and none where
// one is wanted that nobody knows.
func TestAddressOnlyWhileThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	psuHeaders := func() (out []string) {
		for _, h := range w.bank.Asked() {
			for name := range h {
				if strings.HasPrefix(name, "Psu-") {
					out = append(out, name+": "+h.Get(name))
				}
			}
		}
		return out
	}
	session := w.connect(t, "aino")
	w.bank.SetStatus("AUTHORIZED")
	if _, err := w.pull(t, session, connector.PSU{IP: "192.0.2.7", UserAgent: "x"}, nil); err != nil || len(psuHeaders()) != 0 {
		t.Errorf("nobody is there, and these went along: %v (%v)", psuHeaders(), err)
	}
	if _, err := w.pull(t, session, there, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(psuHeaders(), "\n"); !strings.Contains(got, "Psu-Ip-Address: 192.0.2.7") || !strings.Contains(got, "Psu-User-Agent: a browser") {
		t.Errorf("while the end user is there, these went along: %s", got)
	}
	geo := newWorld(t)
	w = geo
	inst := geo.institution(t, "FI", "Hiekkapankki")
	done := geo.connectAt(t, inst, "aino", connector.ModeConnect, nil, nil)
	out := &sink{transactions: map[string][]bank.Transaction{}}
	_, err := geo.kind(t, network()).Pull(t.Context(), connector.PullInput{Institution: inst, Source: bank.SourceOpenAPI, Session: done.Session, PSU: there, Now: geo.now()}, out)
	if err != nil || len(psuHeaders()) != 0 {
		t.Errorf("a bank that wants a place got %v (%v)", psuHeaders(), err)
	}
}

// TestFourADay reads more often than a bank gives to somebody who is not there.
func TestFourADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.connect(t, "four_a_day")
	list, err := w.pull(t, session, connector.PSU{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		_, err = w.pull(t, session, connector.PSU{}, []string{list.accounts[0].Key})
		if n < 4 && err != nil {
			t.Fatalf("reading %d: %v", n+1, err)
		}
	}
	if connector.AsError(err).Code != connector.CodeRateLimited {
		t.Errorf("the fifth reading: %v, want %s", err, connector.CodeRateLimited)
	}
	if _, err = w.pull(t, session, there, []string{list.accounts[0].Key}); err != nil {
		t.Errorf("with the end user there: %v", err)
	}
}

// TestIdentifiers begins with the identifiers that a bank's methods want.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inst := w.institution(t, "DE", "Volksbank")
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
	done := w.connectAt(t, inst, "aino", connector.ModeConnect, nil, map[string]string{"auth_method": "embedded", "credential_userId": "12345678", "credential_pin": "pin-canary"})
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
	inst := w.institution(t, "FI", "Pohjoispankki")
	first := w.connectAt(t, inst, "aino", connector.ModeConnect, nil, nil)
	if again := w.connectAt(t, inst, "aino", connector.ModeReconnect, first.Session, nil); again.OwnerKey != first.OwnerKey {
		t.Error("a reconnect has another owner")
	}
	if other := w.connectAt(t, w.institution(t, "DE", "Volksbank"), "aino", connector.ModeConnect, nil, nil); other.OwnerKey == first.OwnerKey {
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
				Mode: connector.ModeConnect, Institution: w.institution(t, "FI", "Pohjoispankki"), Source: bank.SourceOpenAPI, Now: w.now(),
				Callback: connector.Callback{URL: callback, State: bank.NewSecret("state-canary")},
			})
			var e *connector.Error
			if !errors.As(err, &e) || e.Code != tt.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

var _ http.Handler = (*ebtest.Server)(nil)
