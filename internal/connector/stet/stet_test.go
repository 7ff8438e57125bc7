package stet_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/stet"
	"passerelle/internal/connector/stet/stettest"
	"passerelle/internal/protocol/tpp"
)

// TestReads holds what comes of the bank's accounts and movements, however it writes its links.
func TestReads(t *testing.T) {
	t.Parallel()
	for _, how := range []string{stettest.LinksAbsolute, stettest.LinksRoot, stettest.LinksVersion} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stettest.Config{Links: how})
			done := w.connect(t, "jeanne")
			list, _, err := w.pull(t, done.Session, connector.PSU{}, 60)
			if err != nil {
				t.Fatal(err)
			}
			if len(list.accounts) != 3 {
				t.Fatalf("%d accounts, want 3: two, and one card of two months", len(list.accounts))
			}
			for _, tt := range []struct {
				name, iban, balance, coming string
				kind                        bank.AccountType
			}{
				{"Compte de Mme Dupont", "FR7630006000011234567890189", "1234.56", "-34.5", bank.AccountChecking},
				{"Livret de Mme Dupont", "FR1420041010050500013M02606", "-10", "", bank.AccountChecking},
				{"CB Visa Mme Dupont", "", "-165.5", "", bank.AccountCard},
			} {
				a := list.named(t, tt.name)
				coming := ""
				if a.Coming != nil {
					coming = a.Coming.String()
				}
				if a.IBAN != tt.iban || a.Balance.Amount.String() != tt.balance || coming != tt.coming || a.Type != tt.kind || a.Owner != "MME DUPONT JEANNE" || a.Usage != bank.UsagePrivate {
					t.Errorf("%s = %+v (coming %q)", tt.name, a, coming)
				}
			}
			current, card := list.named(t, "Compte de Mme Dupont"), list.named(t, "CB Visa Mme Dupont")
			read, _, err := w.pull(t, done.Session, connector.PSU{}, 200, current.Key, card.Key)
			if err != nil {
				t.Fatal(err)
			}
			// One every other day, a second one on every sixth of them, and one that is pending.
			movements := read.transactions[current.Key]
			if want := 100 + 17 + 1; len(movements) != want {
				t.Errorf("%d movements over the pages, want %d", len(movements), want)
			}
			seen := map[string]bool{}
			for _, x := range movements {
				if seen[x.Key] {
					t.Errorf("%s on %v has the key of another", x.OriginalWording, x.Date)
				}
				seen[x.Key] = true
				if x.OriginalWording == "VIR SALAIRE" != x.Value.Amount.IsPositive() {
					t.Errorf("%s: %s has the wrong sign", x.OriginalWording, x.Value.Amount)
				}
				if x.Coming != (x.OriginalWording == "CARTE MONOPRIX") {
					t.Errorf("%s: to come %v", x.OriginalWording, x.Coming)
				}
			}
			for _, x := range read.transactions[card.Key] {
				if x.Type != bank.TransactionDeferredCard || x.Coming != (x.Date.Month() == time.June) {
					t.Errorf("a card's movement of %v: %s, to come %v", x.Date, x.Type, x.Coming)
				}
			}
			if len(read.transactions[card.Key]) < 15 {
				t.Errorf("%d movements of the card over both months", len(read.transactions[card.Key]))
			}
		})
	}
}

// TestByReference reads a bank that gives no links to pages and no day to begin at.
func TestByReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{ByReference: true})
	done := w.connect(t, "jeanne")
	list, _, err := w.pull(t, done.Session, connector.PSU{}, 60)
	if err != nil {
		t.Fatal(err)
	}
	key := list.named(t, "Compte de Mme Dupont").Key
	read, _, err := w.pull(t, done.Session, connector.PSU{}, 30, key)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(read.transactions[key]); n < 15 || n > 20 {
		t.Errorf("%d movements in thirty days, want 15 and the doubles", n)
	}
	for _, x := range read.transactions[key] {
		if x.Date.Before(w.now().AddDate(0, 0, -31)) {
			t.Errorf("a movement of %v, before what was asked for", x.Date)
		}
	}
}

// TestOnlyWhatWasPicked reads nothing of the accounts that were not chosen, and asks nothing about them.
func TestOnlyWhatWasPicked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{Mixed: true})
	done := w.connect(t, "jeanne", "Livret de Mme Dupont")
	list, _, err := w.pull(t, done.Session, connector.PSU{}, 60)
	if err != nil || len(list.accounts) != 1 || list.accounts[0].Name != "Livret de Mme Dupont" {
		t.Errorf("%d accounts: %v", len(list.accounts), err)
	}
	for _, r := range w.bank.Asked() {
		if strings.Contains(r.URL.Path, "Alias1") {
			t.Errorf("the bank was asked for %s", r.URL.Path)
		}
	}
}

// TestAddressOnlyWhileThere looks at the headers of the requests.
func TestAddressOnlyWhileThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{})
	done := w.connect(t, "jeanne")
	before := len(w.bank.Asked())
	if _, _, err := w.pull(t, done.Session, connector.PSU{IP: "192.0.2.7", UserAgent: "x"}, 60); err != nil {
		t.Fatal(err)
	}
	asked := w.bank.Asked()
	ids := map[string]bool{}
	for _, r := range asked[before:] {
		for name := range r.Header {
			if strings.HasPrefix(name, "Psu-") {
				t.Errorf("nobody is there, and %s went along", name)
			}
		}
		ids[r.Header.Get("X-Request-Id")] = true
	}
	if len(ids) != len(asked)-before {
		t.Errorf("%d requests with %d ids", len(asked)-before, len(ids))
	}
	if _, _, err := w.pull(t, done.Session, there, 60); err != nil {
		t.Fatal(err)
	}
	last := w.bank.Asked()
	if got := last[len(last)-1].Header; got.Get("PSU-IP-Address") != "192.0.2.7" || got.Get("PSU-User-Agent") != "a browser" || got.Get("PSU-Accept-Language") != "fr" {
		t.Errorf("while the end user is there: %v", got)
	}
}

// TestFourADay reads more often than the bank gives to somebody who is not there.
func TestFourADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{})
	done := w.connect(t, "four_a_day")
	list, _, err := w.pull(t, done.Session, connector.PSU{}, 20)
	if err != nil {
		t.Fatal(err)
	}
	key := list.accounts[0].Key
	for n := range 5 {
		_, _, err = w.pull(t, done.Session, connector.PSU{}, 20, key)
		if n < 4 && err != nil {
			t.Fatalf("reading %d: %v", n+1, err)
		}
	}
	if connector.AsError(err).Code != connector.CodeRateLimited {
		t.Errorf("the fifth reading: %v, want %s", err, connector.CodeRateLimited)
	}
	if _, _, err = w.pull(t, done.Session, there, 20, key); err != nil {
		t.Errorf("with the end user there: %v", err)
	}
}

// TestEndedAtTheBank takes the consent back at the bank.
func TestEndedAtTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{})
	done := w.connect(t, "jeanne")
	w.bank.End()
	if _, _, err := w.pull(t, done.Session, connector.PSU{}, 20); connector.AsError(err).Code != connector.CodeConsentRevoked {
		t.Errorf("at a pull: %v, want %s", err, connector.CodeConsentRevoked)
	}
	_, err := w.kind(t, network()).Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeBackground, Institution: w.institution, Source: bank.SourceOpenAPI, Previous: done.Session, Now: w.now(),
	})
	if connector.AsError(err).Code != connector.CodeNeedsUser {
		t.Errorf("in the background: %v, want %s", err, connector.CodeNeedsUser)
	}
}

// TestRotatedTokensComeBack gives renewed tokens back though the reading fails after.
func TestRotatedTokensComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{})
	done := w.connect(t, "down")
	w.pass(time.Hour)
	_, result, err := w.pull(t, done.Session, connector.PSU{}, 20)
	if connector.AsError(err).Code != connector.CodeUnavailable || len(result.Session) == 0 || string(result.Session) == string(done.Session) {
		t.Errorf("%v with a session of %d bytes, want %s and another session", err, len(result.Session), connector.CodeUnavailable)
	}
}

// TestUnsignedIsRefused shows that the bank that checks signatures takes none that are not ours.
func TestUnsignedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{Seal: sealKey(t)})
	done := w.connect(t, "jeanne")
	if _, _, err := w.pull(t, done.Session, there, 20); err != nil {
		t.Errorf("signed: %v", err)
	}
	w.institution.Settings = strings.Replace(w.institution.Settings, `"sign":true`, `"sign":false`, 1)
	if _, _, err := w.pull(t, done.Session, there, 20); err == nil {
		t.Error("without a signature the bank gave something")
	}
	bare := settings()
	delete(bare, tpp.SettingSigningCertificate)
	delete(bare, tpp.SettingSigningKey)
	w.institution.Settings = strings.Replace(w.institution.Settings, `"sign":false`, `"sign":true`, 1)
	_, err := w.kindWith(t, network(), bare).Begin(t.Context(), connector.BeginInput{Mode: connector.ModeConnect, Institution: w.institution, Source: bank.SourceOpenAPI})
	if connector.AsError(err).Code != connector.CodeMisconfigured || !strings.Contains(err.Error(), "signing_certificate") {
		t.Errorf("without a seal: %v", err)
	}
}

// TestSettingsAreRead holds what an entry's settings may say, and each profile.
func TestSettingsAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stettest.Config{})
	check, ok := w.kind(t, network()).(connector.InstitutionChecker)
	if !ok {
		t.Fatal("the kind does not check institutions")
	}
	const where = `"base_url":"https://a.example/stet/v1.4","authorization_endpoint":"https://a.example/authorize","token_endpoint":"https://a.example/token"`
	for _, tt := range []struct{ settings, want string }{
		{`{` + where + `}`, ""},
		{`{"profile":"mixed",` + where + `}`, ""},
		{`{"profile":"mixed-signed",` + where + `}`, ""},
		{`{"profile":"connexis",` + where + `}`, ""},
		{`{"issuer":"https://a.example","base_url":"https://a.example/stet/v1.4"}`, ""},
		{``, "JSON"},
		{`{}`, "base_url"},
		{`{"base_url":"https://a.example"}`, "authorization"},
		{`{"profile":"nobody",` + where + `}`, "connexis, full, mixed"},
		{`{"modell":"full",` + where + `}`, "modell"},
		{`{"model":"half",` + where + `}`, "model"},
		{`{"paging":"scroll",` + where + `}`, "paging"},
		{`{"client_auth":"private_key_jwt",` + where + `}`, "client_auth"},
		{`{"consent_days":0,` + where + `}`, "consent_days"},
		{`{"signature":{"key_id":"fax"},` + where + `}`, "key_id"},
		{`{"base_url":"http://a.example/v1","issuer":"https://a.example"}`, "base_url"},
	} {
		err := check.CheckInstitution(connector.Institution{Name: "x", Settings: tt.settings})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.settings, err, tt.want)
		}
	}
}

// TestHostileAnswers meets banks that lead elsewhere, or for ever, or that break.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	one := func(links string) string {
		return `{"accounts":[{"resourceId":"A","accountId":{"iban":"FR7630006000011234567890189"},"name":"n","cashAccountType":"CACC","currency":"EUR","_links":` + links + `}],"_links":{}}`
	}
	for _, tt := range []struct {
		name, body string
		status     int
		want       connector.Code
	}{
		{"a foreign page", `{"accounts":[],"_links":{"next":{"href":"https://evil.example/accounts"}}}`, 200, connector.CodeProtocol},
		{"a foreign balance", one(`{"balances":{"href":"http://169.254.169.254/latest"}}`), 200, connector.CodeProtocol},
		{"a circle", `{"accounts":[],"_links":{"next":{"href":"accounts"}}}`, 200, connector.CodeProtocol},
		{"no address", one(`{"balances":{"href":"http://[::1"}}`), 200, connector.CodeProtocol},
		{"no JSON", `<html>access-canary</html>`, 200, connector.CodeProtocol},
		{"a redirect", ``, 302, connector.CodeProtocol},
		{"a body of nine megabytes", `"` + strings.Repeat("x", 9<<20), 200, connector.CodeProtocol},
		{"closed", ``, 503, connector.CodeUnavailable},
		{"the consent is over", `{"status":403,"message":"CONSENT_EXPIRED"}`, 403, connector.CodeConsentExpired},
		{"not ours", `{"status":403,"message":"access-canary"}`, 403, connector.CodeNeedsUser},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, stettest.Config{})
			done := w.connect(t, "jeanne")
			ts := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Location", "http://169.254.169.254/")
				rw.WriteHeader(tt.status)
				_, _ = rw.Write([]byte(tt.body))
			}))
			t.Cleanup(ts.Close)
			w.institution.Settings = strings.Replace(w.institution.Settings, `"base_url":"`+w.url, `"base_url":"`+ts.URL, 1)
			_, _, err := w.pull(t, done.Session, connector.PSU{}, 20)
			var e *connector.Error
			if !errors.As(err, &e) || e.Code != tt.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

var _ connector.Connector = (*stet.Connector)(nil)
