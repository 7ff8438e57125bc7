package berlingroup_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// one gives the one account's movements.
func one(t *testing.T, g *gathered) []bank.Transaction {
	t.Helper()
	if len(g.accounts) != 1 {
		t.Fatalf("%d accounts, want one", len(g.accounts))
	}
	return g.transactions[g.accounts[0].Key]
}

// TestPull reads an account and its movements over pages, by links of both kinds.
func TestPull(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.mux.HandleFunc("GET /v1/accounts/r1/transactions", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("page") {
		case "":
			s.write(w, 200, `{"transactions":{"booked":[{"transactionId":"t1","bookingDate":"2026-03-01","valueDate":"2026-03-02","transactionAmount":{"amount":"-12.30","currency":"EUR"},
				"creditorName":"Bakery","remittanceInformationUnstructured":"Bread","bankTransactionCode":"PMNT-CCRD-POSD"}],
				"pending":[{"transactionAmount":{"amount":"-1","currency":"EUR"},"remittanceInformationUnstructuredArray":["Coffee","twice"],"valueDate":"2026-03-10"}],
				"_links":{"next":{"href":"/v1/accounts/r1/transactions?page=2"}}}}`)
		case "2":
			s.write(w, 200, `{"transactions":{"booked":[{"entryReference":"e2","bookingDate":"2026-02-20","transactionAmount":{"amount":"1000","currency":"EUR"},"debtorName":"Employer","remittanceInformationStructured":"RF18"}]},
				"_links":{"next":{"href":"{base}/v1/accounts/r1/transactions?page=3"}}}`)
		default:
			s.write(w, 200, `{"transactions":{"booked":[
				{"bookingDate":"2026-02-19","transactionAmount":{"amount":"-2.50","currency":"EUR"},"remittanceInformationUnstructured":"Coffee"},
				{"bookingDate":"2026-02-19","transactionAmount":{"amount":"-2.50","currency":"EUR"},"remittanceInformationUnstructured":"Coffee"},
				{"transactionId":"t1","bookingDate":"2026-03-01","valueDate":"2026-03-02","transactionAmount":{"amount":"-12.30","currency":"EUR"},"creditorName":"Bakery","remittanceInformationUnstructured":"Bread"}]}}`)
		}
	})
	session := s.connected()
	g, _, err := s.pull(session, date("2026-02-01"), present())
	if err != nil {
		t.Fatal(err)
	}
	list := one(t, g)
	a := g.accounts[0]
	if a.Balance.Amount.String() != "100.5" || a.Owner != "Ada Example" || a.Type != bank.AccountChecking || a.Name != "Current" {
		t.Errorf("account = %+v", a)
	}
	if len(list) != 5 {
		t.Fatalf("%d movements, want five: %+v", len(list), list)
	}
	if x := list[0]; x.Value.Amount.String() != "-12.3" || x.Date != date("2026-03-01") || *x.ValueDate != date("2026-03-02") || x.Counterparty != "Bakery" ||
		x.OriginalWording != "Bakery\nBread" || x.Wording != "Bakery Bread" || x.Type != bank.TransactionCard || x.Coming {
		t.Errorf("%+v", x)
	}
	if x := list[1]; !x.Coming || x.Date != date("2026-03-10") || x.OriginalWording != "Coffee twice" {
		t.Errorf("%+v", x)
	}
	if x := list[2]; x.Counterparty != "Employer" || !strings.Contains(x.OriginalWording, "RF18") {
		t.Errorf("%+v", x)
	}
	if list[3].Key == list[4].Key {
		t.Error("two coffees of a day are one")
	}
	asked := s.was("GET", "/v1/accounts/r1/transactions")[0]
	if asked.query != "bookingStatus=both&dateFrom=2026-02-01" || asked.header.Get("Consent-ID") != "c1" || asked.header.Get("PSU-IP-Address") == "" ||
		asked.header.Get("PSU-ID") != "" || !strings.Contains(asked.header.Get("Accept"), "xml") {
		t.Errorf("asked %s with %v", asked.query, asked.header)
	}
}

// TestUnattended tells nobody's address while nobody is there.
func TestUnattended(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.on("GET /v1/accounts/r1/transactions", 200, `{"transactions":{"booked":[]}}`)
	session := s.connected()
	before := len(s.asked)
	if _, _, err := s.pull(session, date("2026-03-01"), connector.PSU{IP: "192.0.2.7", UserAgent: "stale"}); err != nil {
		t.Fatal(err)
	}
	for _, a := range s.asked[before:] {
		for name := range a.header {
			if strings.HasPrefix(name, "Psu-") {
				t.Errorf("%s carries %s", a.path, name)
			}
		}
	}
}

// TestHistory asks for two years at most, and for 90 days at a time where the bank refuses more; where it refuses to go further back,
// history begins.
func TestHistory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse string
		status int
		// reach is how many days back the bank goes at all, most how many at once.
		reach, most int
		want        int
	}{
		"everything at once":     {`{}`, 400, 10_000, 10_000, 24},
		"90 days at once":        {`{"tppMessages":[{"category":"ERROR","code":"PERIOD_INVALID"}]}`, 400, 10_000, 90, 24},
		"90 days at all":         {`{"tppMessages":[{"category":"ERROR","code":"FORMAT_ERROR"}]}`, 400, 90, 10_000, 3},
		"a year, and no code":    {`{}`, 400, 365, 90, 12},
		"90 days unattended":     {`{"tppMessages":[{"category":"ERROR","code":"CONSENT_INVALID"}]}`, 401, 90, 90, 3},
		"a problem in RFC 7807":  {`{"type":"about:blank","code":"PERIOD_INVALID"}`, 400, 10_000, 90, 24},
		"forbidden without code": {``, 403, 180, 90, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			s.oneAccount()
			s.mux.HandleFunc("GET /v1/accounts/r1/transactions", func(w http.ResponseWriter, r *http.Request) {
				from, to := date(r.URL.Query().Get("dateFrom")), today.Truncate(24*time.Hour)
				if v := r.URL.Query().Get("dateTo"); v != "" {
					to = date(v)
				}
				day := 24 * time.Hour
				if to.Sub(from) > time.Duration(c.most)*day || today.Sub(from) > time.Duration(c.reach+1)*day && today.Sub(to) > day || today.Sub(from) > time.Duration(c.reach+1)*day && c.most > c.reach {
					s.write(w, c.status, c.refuse)
					return
				}
				var rows []string
				for n := range 24 {
					// One movement a month, on the day that is 15 days into it, counted back.
					at := today.Truncate(day).AddDate(0, 0, -30*n-15)
					if !at.Before(from) && !at.After(to) {
						rows = append(rows, fmt.Sprintf(`{"transactionId":"t%d","bookingDate":"%s","transactionAmount":{"amount":"-1.00","currency":"EUR"}}`, n, at.Format(time.DateOnly)))
					}
				}
				s.write(w, 200, `{"transactions":{"booked":[`+strings.Join(rows, ",")+`]}}`)
			})
			g, _, err := s.pull(s.connected(), today.AddDate(-5, 0, 0), connector.PSU{})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(one(t, g)); got != c.want {
				t.Errorf("%d movements, want %d", got, c.want)
			}
			if from := s.was("GET", "/v1/accounts/r1/transactions")[0].query; !strings.Contains(from, "dateFrom="+today.AddDate(0, 0, -730).Format(time.DateOnly)) {
				t.Errorf("asked first for %s, want two years", from)
			}
		})
	}
}

// TestTokenRotates refreshes when the token has ended, and once when the bank ended it early; the rotated session is given back even when
// the reading fails after it.
func TestTokenRotates(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{false, true} {
		t.Run(fmt.Sprint(early), func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"profile": "oauth"})
			s.oauthRoutes()
			life := 3600
			if !early {
				life = 20
			}
			n := 0
			s.mux.HandleFunc("POST /as/token", func(w http.ResponseWriter, _ *http.Request) {
				n++
				s.write(w, 200, fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"refresh-%d","token_type":"Bearer","expires_in":%d}`, n, n, life))
			})
			broken := false
			s.mux.HandleFunc("GET /v1/accounts", func(w http.ResponseWriter, r *http.Request) {
				switch {
				case broken && r.Header.Get("Authorization") == "Bearer access-1":
					s.write(w, 401, `{"tppMessages":[{"category":"ERROR","code":"TOKEN_EXPIRED"}]}`)
				case broken:
					s.write(w, 503, ``)
				default:
					s.write(w, 200, oneAccount)
				}
			})
			session := s.byOAuth()
			broken = true
			g, result, err := s.pull(session, date("2026-03-01"), connector.PSU{})
			wantCode(t, err, connector.CodeUnavailable)
			if len(result.Session) == 0 || len(g.accounts) != 0 {
				t.Error("the rotated session is lost")
			}
			if n != 2 {
				t.Errorf("%d token requests, want two", n)
			}
		})
	}
}

// TestRefusals says what becomes of a reading that the bank refuses.
func TestRefusals(t *testing.T) {
	t.Parallel()
	own := func(code string) string {
		return `{"tppMessages":[{"category":"ERROR","code":"` + code + `","text":"` + canary + `"}]}`
	}
	for name, c := range map[string]struct {
		status  int
		body    string
		consent string
		want    connector.Code
	}{
		"expired":               {401, own("CONSENT_EXPIRED"), "valid", connector.CodeConsentExpired},
		"unknown":               {403, own("CONSENT_UNKNOWN"), "valid", connector.CodeConsentRevoked},
		"invalid and revoked":   {401, own("CONSENT_INVALID"), "revokedByPsu", connector.CodeConsentRevoked},
		"invalid and expired":   {401, own("CONSENT_INVALID"), "expired", connector.CodeConsentExpired},
		"invalid and valid":     {401, own("CONSENT_INVALID"), "valid", connector.CodeNeedsUser},
		"bare 401":              {401, `no JSON`, "revokedByPsu", connector.CodeConsentRevoked},
		"too often":             {429, own("ACCESS_EXCEEDED"), "valid", connector.CodeRateLimited},
		"too often in words":    {429, `Slow down`, "valid", connector.CodeRateLimited},
		"certificate":           {401, own("CERTIFICATE_EXPIRED"), "valid", connector.CodeMisconfigured},
		"signature":             {401, own("SIGNATURE_INVALID"), "valid", connector.CodeMisconfigured},
		"made-up family":        {400, own("CERTIFICATE_" + strings.ToUpper(canary)), "valid", connector.CodeProtocol},
		"RFC 7807":              {401, `{"type":"about:blank","code":"CONSENT_EXPIRED","detail":"x"}`, "valid", connector.CodeConsentExpired},
		"additional":            {401, `{"type":"about:blank","code":"OWN_CODE","additionalErrors":[{"code":"CONSENT_EXPIRED"}]}`, "valid", connector.CodeConsentExpired},
		"a warning first":       {401, `{"tppMessages":[{"category":"WARNING","code":"FORMAT_ERROR"},{"category":"ERROR","code":"CONSENT_EXPIRED"}]}`, "valid", connector.CodeConsentExpired},
		"down":                  {503, `<html>`, "valid", connector.CodeUnavailable},
		"broken":                {500, ``, "valid", connector.CodeUnavailable},
		"not there":             {404, own("RESOURCE_UNKNOWN"), "valid", connector.CodeProtocol},
		"not what was promised": {200, `{"accounts":"` + canary + `"}`, "valid", connector.CodeProtocol},
		"an amount in words":    {200, `{"accounts":[{"iban":"x","balances":[{"balanceType":"expected","balanceAmount":{"amount":"` + canary + `","currency":"EUR"}}]}]}`, "valid", connector.CodeProtocol},
		"no number":             {200, `{"accounts":[{"currency":"EUR"}]}`, "valid", connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			after := false
			s.mux.HandleFunc("GET /v1/accounts", func(w http.ResponseWriter, _ *http.Request) {
				if !after {
					s.write(w, 200, oneAccount)
					return
				}
				s.write(w, c.status, c.body, "Retry-After", "60")
			})
			s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
			s.mux.HandleFunc("GET /v1/consents/c1/status", func(w http.ResponseWriter, _ *http.Request) {
				if !after {
					s.write(w, 200, `{"consentStatus":"valid"}`)
					return
				}
				s.write(w, 200, `{"consentStatus":"`+c.consent+`"}`)
			})
			step, err := s.begin(bank.SourceOpenAPI)
			wantForm(t, step, err, "redirect")
			step, err = s.advance(bank.SourceOpenAPI, step, returned(), today)
			wantForm(t, step, err, "done")
			after = true
			_, _, err = s.pull(s.session(step), date("2026-03-01"), connector.PSU{})
			e := wantCode(t, err, c.want)
			if strings.Contains(err.Error(), canary) || strings.Contains(strings.ToLower(err.Error()), canary) {
				t.Errorf("the error repeats the bank: %v", err)
			}
			if c.status == 429 && e.RetryAfter != time.Minute {
				t.Errorf("retry after %v, want a minute", e.RetryAfter)
			}
		})
	}
}

// TestRevoke ends the consent; one that has ended already is what was wanted.
func TestRevoke(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   connector.Code
	}{
		"gone":          {204, ``, ""},
		"unknown":       {403, `{"tppMessages":[{"category":"ERROR","code":"CONSENT_UNKNOWN"}]}`, ""},
		"not found":     {404, ``, ""},
		"ended already": {401, `{"tppMessages":[{"category":"ERROR","code":"CONSENT_INVALID"}]}`, ""},
		"down":          {503, ``, connector.CodeUnavailable},
		"bare 401":      {401, ``, connector.CodeNeedsUser},
		"certificate":   {401, `{"tppMessages":[{"category":"ERROR","code":"CERTIFICATE_BLOCKED"}]}`, connector.CodeMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			s.oneAccount()
			session := s.connected()
			s.on("DELETE /v1/consents/c1", c.status, c.body)
			err := s.kind().Revoke(t.Context(), connector.RevokeInput{Institution: s.institution(), Source: bank.SourceOpenAPI, Session: session, Now: today})
			if c.want == "" && err != nil {
				t.Error(err)
			}
			if c.want != "" {
				wantCode(t, err, c.want)
			}
		})
	}
}

// TestSeveralCurrencies keeps one IBAN in two currencies apart, and the one that was there first what it was.
func TestSeveralCurrencies(t *testing.T) {
	t.Parallel()
	row := func(currency, amount string) string {
		return `{"resourceId":"` + currency + `","iban":"FR7630006000011234567890189","currency":"` + currency + `","name":"` + currency + `","balances":[{"balanceType":"closingBooked","balanceAmount":{"amount":"` + amount + `","currency":"` + currency + `"}}]}`
	}
	keys := func(rows ...string) map[string]string {
		s := newSmall(t, nil)
		s.on("GET /v1/accounts", 200, `{"accounts":[`+strings.Join(rows, ",")+`]}`)
		s.on("GET /v1/accounts/{id}/transactions", 200, `{"transactions":{"booked":[]}}`)
		g, _, err := s.pull(s.connected(), date("2026-03-01"), connector.PSU{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, a := range g.accounts {
			out[a.Balance.Currency] = a.Key
		}
		return out
	}
	alone, both, turned := keys(row("EUR", "1")), keys(row("EUR", "1"), row("USD", "2")), keys(row("USD", "2"), row("EUR", "1"))
	if both["EUR"] != alone["EUR"] || turned["EUR"] != alone["EUR"] || both["USD"] == both["EUR"] || both["USD"] != turned["USD"] || len(both) != 2 {
		t.Errorf("alone %v, both %v, turned %v", alone, both, turned)
	}
	mixed := keys(`{"resourceId":"r","iban":"PL61109010140000071219812874","currency":"XXX","balances":[
		{"balanceType":"closingBooked","balanceAmount":{"amount":"1","currency":"EUR"}},{"balanceType":"expected","balanceAmount":{"amount":"2","currency":"PLN"}}]}`)
	if len(mixed) != 1 || mixed["PLN"] == "" {
		t.Errorf("an account of several currencies gives %v, want the country's", mixed)
	}
}

// TestBankReusesIDs keeps two movements apart that a bank gives one id.
func TestBankReusesIDs(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.on("GET /v1/accounts/r1/transactions", 200, `{"transactions":{"booked":[
		{"transactionId":"same","bookingDate":"2026-03-01","transactionAmount":{"amount":"-1.00","currency":"EUR"},"remittanceInformationUnstructured":"A"},
		{"transactionId":"same","bookingDate":"2026-03-02","transactionAmount":{"amount":"-2.00","currency":"EUR"},"remittanceInformationUnstructured":"B"},
		{"transactionId":"same","bookingDate":"2026-03-01","transactionAmount":{"amount":"-1.00","currency":"EUR"},"remittanceInformationUnstructured":"A"}]}}`)
	g, _, err := s.pull(s.connected(), date("2026-02-01"), connector.PSU{})
	if err != nil {
		t.Fatal(err)
	}
	if list := one(t, g); len(list) != 2 || list[0].Key == list[1].Key {
		t.Errorf("%+v", list)
	}
}
