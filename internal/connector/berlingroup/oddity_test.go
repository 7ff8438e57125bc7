package berlingroup_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
)

// The tests of this file are ways in which recorded banks differ from the interface's text, each on a small bank that behaves so.

// TestAuthorisationsListed is a bank that names no link in its consent: the authorisation, and its way to OAuth, are found in the list.
func TestAuthorisationsListed(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "oauth"})
	s.oauthRoutes2()
	s.on("POST /v1/consents", 201, `{"consentStatus":"received","consentId":"c1","_links":{"self":{"href":"/v1/consents/c1"},"status":{"href":"/v1/consents/c1/status"}}}`)
	s.on("GET /v1/consents/c1/authorisations", 200, `{"authorisationIds":["a1"]}`)
	s.on("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"received","_links":{"scaOAuth":{"href":"{base}/as/metadata"}}}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if !strings.HasPrefix(step.Redirect.URL, "https://login.bank.example/authorize") {
		t.Errorf("sent to %s", step.Redirect.URL)
	}
}

// oauthRoutes2 lays an authorization server alone.
func (s *small) oauthRoutes2() {
	s.on("GET /as/metadata", 200, `{"issuer":"{base}/as","authorization_endpoint":"https://login.bank.example/authorize","token_endpoint":"/as/token"}`)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
}

// TestTokenBeforeConsent is a bank that wants a token for making consents, names its metadata by a relative address, and its approach in no
// header.
func TestTokenBeforeConsent(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "oauth_before_consent"})
	s.oneAccount()
	s.on("GET /.well-known/oauth-authorization-server", 200, `{"authorization_endpoint":"https://login.bank.example/authorize","token_endpoint":"/token"}`)
	s.turns("POST /token", 200, `{"access_token":"first","token_type":"Bearer"}`, `{"access_token":"second","token_type":"Bearer"}`)
	s.mux.HandleFunc("POST /v1/consents", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer first" {
			s.write(w, 401, `{"tppMessages":[{"category":"ERROR","code":"TOKEN_INVALID"}]}`)
			return
		}
		s.write(w, 201, received+`{"scaOAuth":{"href":"/.well-known/oauth-authorization-server"}}}`)
	})
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if q := queryOf(t, step); q.Get("scope") != "AIS" {
		t.Errorf("the first scope is %q", q.Get("scope"))
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned("code", "one"), today)
	wantForm(t, step, err, "redirect")
	if q := queryOf(t, step); q.Get("scope") != "AIS:c1" {
		t.Errorf("the second scope is %q", q.Get("scope"))
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned("code", "two"), today)
	wantForm(t, step, err, "done")
	if got := s.was("GET", "/v1/accounts")[0].header.Get("Authorization"); got != "Bearer second" {
		t.Errorf("read with %q", got)
	}
}

func queryOf(t *testing.T, step connector.Step) url.Values {
	t.Helper()
	u, err := url.Parse(step.Redirect.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestNoConsentResource is a bank whose token is the consent: other paths, every request signed, info for pending, remittance as an object.
func TestNoConsentResource(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{
		"profile": "oauth_without_consent", "transactions": "v3/accounts/{account}/transactions",
		"oauth":     map[string]any{"authorize": "https://login.bank.example/authorize", "token": "/oauth2/token"},
		"signature": map[string]any{"headers": []string{"(request-target)", "date", "digest"}, "key_id": "organization", "certificate": "none"},
	})
	s.on("POST /oauth2/token", 200, `{"access_token":"a","token_type":"Bearer","refresh_token":"r","expires_in":900}`)
	s.on("GET /v2/accounts", 200, `{"accounts":[{"resourceId":"u-1","iban":"NL91ABNA0417164300","currency":"EUR","product":"Current Account","_links":{"transactions":{"href":"/v3/accounts/u-1/transactions"}}}]}`)
	s.on("GET /v2/accounts/u-1/balances", 200, `{"balances":[{"balanceType":"expected","balanceAmount":{"currency":"EUR","amount":"12.34"}}]}`)
	s.on("GET /v3/accounts/u-1/transactions", 200, `{"transactions":{"booked":[{"transactionId":"1","bookingDate":"2026-03-01","transactionAmount":{"currency":"EUR","amount":"-1"},
		"remittanceInformationStructured":{"type":"SEPA","reference":"CLB12345"}}],"info":[{"transactionAmount":{"currency":"EUR","amount":"-2"},"remittanceInformationUnstructured":"Later"}]}}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if got := queryOf(t, step).Get("client_id"); got != "PSDFR-ACPR-12345" {
		t.Errorf("client_id = %q, want the certificate's", got)
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned("code", "one"), today)
	wantForm(t, step, err, "done")
	g, _, err := s.pull(s.session(step), date("2026-02-01"), connector.PSU{})
	if err != nil {
		t.Fatal(err)
	}
	list := one(t, g)
	if len(list) != 2 || !strings.Contains(list[0].OriginalWording, "CLB12345") || !list[1].Coming || g.accounts[0].Balance.Amount.String() != "12.34" {
		t.Errorf("%+v of %+v", list, g.accounts)
	}
	for _, a := range s.asked {
		if !strings.HasPrefix(a.header.Get("Signature"), `keyId="PSDFR-ACPR-12345"`) || a.header.Get("TPP-Signature-Certificate") != "" || a.header.Get("Consent-ID") != "" {
			t.Errorf("%s %s is signed %q", a.method, a.path, a.header.Get("Signature"))
		}
	}
	if err := s.kind().Revoke(t.Context(), connector.RevokeInput{Institution: s.institution(), Source: bank.SourceOpenAPI, Session: s.session(step), Now: today}); err != nil {
		t.Error(err)
	}
}

// TestSealMissing is an operator without a seal at a bank that wants signatures.
func TestSealMissing(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"sign": "always"})
	delete(s.own, tpp.SettingSigningCertificate)
	delete(s.own, tpp.SettingSigningKey)
	_, err := s.begin(bank.SourceOpenAPI)
	if wantCode(t, err, connector.CodeMisconfigured); !strings.Contains(err.Error(), tpp.SettingSigningCertificate) {
		t.Errorf("the error names no setting: %v", err)
	}
}

// TestEncryptedPassword is a bank that wants the password encrypted for it, names the kind of login, and has JSON in Location.
func TestEncryptedPassword(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "embedded_typed_login"})
	s.on("POST /v1/consents", 201, received+`{"startAuthorisationWithEncryptedPsuAuthentication":{"href":"/v1/consents/c1/authorisations"}}}`,
		"Location", `{"href":"/v1/consents/c1"}`, "ASPSP-SCA-Approach", "EMBEDDED")
	_, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", canary)
	wantCode(t, err, connector.CodeNotSupported)
	if h := s.was("POST", "/v1/consents")[0].header; h.Get("PSU-ID") != "ada" || h.Get("PSU-ID-Type") != "DE_ONLB_DB" {
		t.Errorf("told %q of type %q", h.Get("PSU-ID"), h.Get("PSU-ID-Type"))
	}
}

// TestStatements reads movements as camt.052 and as MT940, by a type that fits and by one that says nothing, and none of another account.
func TestStatements(t *testing.T) {
	t.Parallel()
	camt := `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.02"><BkToCstmrAcctRpt><Rpt><Id>1</Id>
		<Acct><Id><IBAN>FR7630006000011234567890189</IBAN></Id><Ccy>EUR</Ccy></Acct>
		<Ntry><Amt Ccy="EUR">12.30</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-01</Dt></BookgDt><ValDt><Dt>2026-03-01</Dt></ValDt>
		<NtryDtls><TxDtls><RmtInf><Ustrd>Bread</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Rpt></BkToCstmrAcctRpt></Document>`
	mt940 := ":20:STARTUMS\r\n:25:FR7630006000011234567890189\r\n:28C:0\r\n:60F:C260228EUR100,00\r\n:61:2603010301D12,30NMSCNONREF\r\n:86:Bread\r\n:62F:C260301EUR87,70\r\n-\r\n"
	for name, c := range map[string]struct {
		kind, body string
		want       int
	}{
		"camt":               {"application/xml", camt, 1},
		"camt of no type":    {"application/octet-stream", camt, 1},
		"MT940":              {"text/plain; charset=utf-8", mt940, 1},
		"MT940 of no type":   {"application/octet-stream", mt940, 1},
		"of another account": {"application/xml", strings.Replace(camt, "FR76300060000112345678901", "DE00300060000112345678901", 1), 0},
		"JSON named plain":   {"text/plain", `{"transactions":{"booked":[{"bookingDate":"2026-03-01","transactionAmount":{"amount":"-12.30","currency":"EUR"}}]}}`, 1},
		"nothing":            {"application/xml", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"profile": "embedded_statements", "psu_id": "optional", "approach": "redirect"})
			s.oneAccount()
			s.mux.HandleFunc("GET /v1/accounts/r1/transactions", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				_, _ = w.Write([]byte(c.body))
			})
			g, _, err := s.pull(s.connected(), date("2026-02-01"), connector.PSU{})
			if err != nil {
				t.Fatal(err)
			}
			list := one(t, g)
			if len(list) != c.want {
				t.Fatalf("%d movements, want %d", len(list), c.want)
			}
			if c.want > 0 && (list[0].Value.Amount.String() != "-12.3" || list[0].Date != date("2026-03-01") || list[0].Key == "") {
				t.Errorf("%+v", list[0])
			}
		})
	}
}

// TestDownload is a bank whose movements are a file to be fetched.
func TestDownload(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.on("GET /v1/accounts/r1/transactions", 200, `{"_links":{"download":{"href":"/v1/accounts/r1/transactions/download/77"}}}`)
	s.on("GET /v1/accounts/r1/transactions/download/77", 200, `{"transactions":{"booked":[{"transactionId":"1","bookingDate":"2026-03-01","transactionAmount":{"amount":"-1.00","currency":"EUR"}}]}}`)
	g, _, err := s.pull(s.connected(), date("2026-02-01"), connector.PSU{})
	if err != nil {
		t.Fatal(err)
	}
	if list := one(t, g); len(list) != 1 {
		t.Errorf("%d movements, want one", len(list))
	}
	if got := s.was("GET", "/v1/accounts/r1/transactions/download/77")[0].header.Get("Consent-ID"); got != "c1" {
		t.Errorf("fetched with consent %q", got)
	}
}

// TestOneLink is a bank with a relative Location and one link alone, the next step of which stands nowhere but in the body; its method is of
// a type that the interface does not list.
func TestOneLink(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "embedded_signed"})
	s.oneAccount()
	s.on("POST /v1/consents", 201, received+`{"startAuthorisation":{"href":"/v1/consents/c1/authorisations"}}}`, "Location", "/v1/consents/c1")
	s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"received","authorisationId":"a1","_links":{"startAuthorisationWithPsuAuthentication":"/v1/consents/c1/authorisations/a1"}}`)
	s.onPut(map[string]string{
		`"password":"1234"`: `{"scaStatus":"psuAuthenticated","scaMethods":[{"authenticationType":"EMAIL","authenticationMethodId":"e"},{"authenticationType":"SMS_OTP","authenticationMethodId":"s"}],
			"_links":{"selectAuthenticationMethod":"/v1/consents/c1/authorisations/a1"}}`,
		`"authenticationMethodId":"e"`: `{"scaStatus":"scaMethodSelected","challengeData":{"otpMaxLength":6,"otpFormat":"integer"},"_links":{"authoriseTransaction":"/v1/consents/c1/authorisations/a1"}}`,
		`"123456"`:                     `{"scaStatus":"finalised"}`,
	}, nil)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
	if got := step.Ask.Fields[0].Options[0].Label.In("en"); got != "Code by e-mail" {
		t.Errorf("the method is called %q", got)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "e"), today)
	wantForm(t, step, err, "ask")
	if step.Ask.Medium != "email" || step.Ask.Fields[0].MaxLen != 6 {
		t.Errorf("%+v", step.Ask)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("code", "123456"), today)
	wantForm(t, step, err, "done")
}

// TestCards reads card accounts, and does without where the consent has none.
func TestCards(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"there": 200, "refused": 403} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"card_accounts": "v1/card-accounts"})
			s.oneAccount()
			s.on("GET /v1/accounts/r1/transactions", 200, `{"transactions":{"booked":[]}}`)
			s.on("GET /v1/card-accounts", status, `{"cardAccounts":[{"resourceId":"k1","maskedPan":"497010XXXXXX1234","currency":"EUR","name":"Card","balances":[{"balanceType":"interimBooked","balanceAmount":{"amount":"-50","currency":"EUR"}}]}]}`)
			s.on("GET /v1/card-accounts/k1/transactions", 200, `{"cardTransactions":{"booked":[{"cardTransactionId":"c1","bookingDate":"2026-03-01","transactionDate":"2026-02-27",
				"transactionAmount":{"amount":"-50.00","currency":"EUR"},"transactionDetails":"SHOP"}]}}`)
			g, _, err := s.pull(s.connected(), date("2026-02-01"), connector.PSU{})
			if err != nil {
				t.Fatal(err)
			}
			if status != 200 {
				one(t, g)
				return
			}
			if len(g.accounts) != 2 || g.accounts[1].Type != bank.AccountCard || g.accounts[1].Balance.Amount.String() != "-50" {
				t.Fatalf("%+v", g.accounts)
			}
			list := g.transactions[g.accounts[1].Key]
			if len(list) != 1 || list[0].Type != bank.TransactionCard || list[0].RealDate == nil || list[0].OriginalWording != "SHOP" {
				t.Errorf("%+v", list)
			}
		})
	}
}

// TestPendingRefused is a bank that has booked movements alone, and says so in either of two ways.
func TestPendingRefused(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]any{"both": nil, "apart": {"profile": "booked_and_pending"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, settings)
			s.oneAccount()
			s.mux.HandleFunc("GET /v1/accounts/r1/transactions", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("bookingStatus") != "booked" {
					s.write(w, 400, `{"tppMessages":[{"category":"ERROR","code":"PARAMETER_NOT_SUPPORTED"}]}`)
					return
				}
				s.write(w, 200, `{"transactions":{"booked":[{"transactionId":"1","bookingDate":"2026-03-01","transactionAmount":{"amount":"-1.00","currency":"EUR"}}]}}`)
			})
			g, _, err := s.pull(s.connected(), date("2026-02-01"), connector.PSU{})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(one(t, g)); n != 1 {
				t.Errorf("%d movements, want one", n)
			}
		})
	}
}

// TestHeadersOfABank sends what one bank wants beside the interface's own.
func TestHeadersOfABank(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"headers": map[string]string{"X-API-Key": "{client_id}", "X-Bank-Code": "12345"}, "sign": "never"})
	s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if h := s.was("POST", "/v1/consents")[0].header; h.Get("X-API-Key") != "PSDFR-ACPR-12345" || h.Get("X-Bank-Code") != "12345" || h.Get("Signature") != "" || h.Get("Digest") != "" {
		t.Errorf("sent %v", h)
	}
}

// TestHugeAnswer is a bank that never stops talking.
func TestHugeAnswer(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.mux.HandleFunc("POST /v1/consents", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(201)
		_, _ = w.Write(bytes.Repeat([]byte(" "), 9<<20))
	})
	_, err := s.begin(bank.SourceOpenAPI)
	wantCode(t, err, connector.CodeProtocol)
}

// TestPathsOfIDs keeps what a bank calls an account in its place in the address.
func TestPathsOfIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"../../admin": "/v1/accounts/..%2F..%2Fadmin/transactions", "..": "/v1/accounts/_/transactions", "a?b#c": "/v1/accounts/a%3Fb%23c/transactions",
	} {
		s := newSmall(t, nil)
		var got []string
		s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.URL.EscapedPath())
			s.write(w, 200, `{"transactions":{"booked":[]}}`)
		})
		s.on("GET /v1/accounts", 200, strings.Replace(oneAccount, `"r1"`, `"`+id+`"`, 1))
		if _, _, err := s.pull(s.connected(), date("2026-03-01"), connector.PSU{}); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: asked for %v, want %s", id, got, want)
		}
	}
}

// TestAccountListAlone asks for no movements under a consent that has none.
func TestAccountListAlone(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"consent": "account_list"})
	s.oneAccount()
	s.on("GET /v1/accounts/r1/transactions", 401, `{"tppMessages":[{"category":"ERROR","code":"CONSENT_INVALID"}]}`)
	g, _, err := s.pull(s.connected(), date("2025-01-01"), connector.PSU{})
	if err != nil || len(one(t, g)) != 0 {
		t.Errorf("%v, %+v", err, g.transactions)
	}
	if n := len(s.was("GET", "/v1/accounts/r1/transactions")); n != 0 {
		t.Errorf("asked for movements %d times", n)
	}
}

// TestLongWords keeps the state small whatever a bank says, and refuses ids and links that are no such thing.
func TestLongWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	s := newSmall(t, map[string]any{"profile": "embedded"})
	s.on("POST /v1/consents", 201, received+`{"startAuthorisationWithPsuAuthentication":{"href":"/v1/consents/c1/authorisations"}}}`)
	s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"scaMethodSelected","authorisationId":"a1","psuMessage":"`+long+`","scaMethods":[{"authenticationMethodId":"`+long+`","name":"`+long+`"}],
		"challengeData":{"data":["`+long+`","`+long+`"],"additionalInformation":"`+long+`"},"_links":{"authoriseTransaction":{"href":"/v1/consents/c1/authorisations/a1"}}}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
	if n := len(step.State); n > 10_000 {
		t.Errorf("the state has %d bytes", n)
	}
	for name, body := range map[string]string{
		"link": received + `{"scaRedirect":"https://login.bank.example/` + long + `"}}`, "id": `{"consentStatus":"received","consentId":"` + long + `","_links":{}}`,
		"status": received + `{"scaRedirect":"https://login.bank.example/","scaStatus":"/` + long + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			s.on("POST /v1/consents", 201, body)
			_, err := s.begin(bank.SourceOpenAPI)
			wantCode(t, err, connector.CodeProtocol)
		})
	}
}
