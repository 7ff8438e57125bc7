package berlingroup_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
)

// parrot is a bank that answers everything with the same bytes.
type parrot struct {
	status int
	kind   string
	body   string
}

// RoundTrip implements http.RoundTripper.
func (p parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	h := http.Header{"Content-Type": {p.kind}, "Aspsp-Sca-Approach": {p.kind}, "Retry-After": {p.kind}}
	return &http.Response{StatusCode: p.status, Header: h, Body: io.NopCloser(strings.NewReader(p.body)), Request: r}, nil
}

// FuzzAnswers plays a whole visit and a pull against a bank that answers anything at all: whatever it is, every error is one of the
// contract's, no step has two forms, and no browser is sent anywhere but to https.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		received + `{"scaRedirect":{"href":"https://login.bank.example/c1"}}}`,
		received + `{"startAuthorisationWithPsuAuthentication":"/v1/consents/c1/authorisations"},"scaStatus":"received"}`,
		`{"consentStatus":"valid","consentId":"c1","validUntil":"2026-06-08","accounts":[{"iban":"FR7630006000011234567890189","resourceId":"1","currency":"EUR","balances":[{"balanceType":"expected","balanceAmount":{"amount":".5","currency":"EUR"}}]}],
			"transactions":{"booked":[{"bookingDate":"2026-03-01","transactionAmount":{"amount":"-1,5","currency":"EUR"}}],"_links":{"next":{"href":"?page=2"}}}}`,
		received + `{"authoriseTransaction":{"href":"authorisations/a"}},"challengeData":{"image":"iVBORw0KGgo=","data":"x","otpMaxLength":-1},"scaMethods":[{"authenticationMethodId":"1"}]}`,
		received + `{"selectAuthenticationMethod":{"href":"a"}},"scaMethods":[{"authenticationMethodId":"1"},{"authenticationMethodId":"2"}]}`,
		received + `{"scaOAuth":{"href":"/m"}},"authorization_endpoint":"https://x.example","token_endpoint":"/t","access_token":"a"}`,
		`{"tppMessages":[{"category":"ERROR","code":"CONSENT_EXPIRED"}]}`, `{"type":"about:blank","code":"PERIOD_INVALID"}`,
		`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"></Document>`, ":20:X\n:25:1\n:60F:C260301EUR1,\n:61:2603010301D1,NMSC\n:62F:C260301EUR0,\n",
	} {
		f.Add(uint16(200), "application/json", body)
	}
	f.Add(uint16(401), "EMBEDDED", `{"tppMessages":[{"category":"ERROR","code":"PSU_CREDENTIALS_INVALID"}]}`)
	m, err := certificates()
	if err != nil {
		f.Fatal(err)
	}
	own := connector.Settings{"certificate": bank.NewSecret(m.Website), "key": m.WebsiteKey}
	f.Fuzz(func(t *testing.T, status uint16, kind, body string) {
		c, err := berlingroup.New(connector.Host{
			Client: func(connector.TLS) (*http.Client, error) {
				return &http.Client{Transport: parrot{200 + int(status)%400, kind, body}}, nil
			},
			Settings: func(context.Context, string, string) (connector.Settings, error) { return own, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, settings := range []string{`{"base_url":"https://api.bank.example"}`, `{"base_url":"https://api.bank.example","profile":"embedded","consent":"dedicated"}`} {
			visit(t, c, connector.Institution{UUID: "u", Settings: settings})
		}
	})
}

func visit(t *testing.T, c *berlingroup.Connector, inst connector.Institution) {
	t.Helper()
	step, err := c.Begin(t.Context(), connector.BeginInput{
		Mode: connector.ModeConnect, Institution: inst, Source: bank.SourceOpenAPI, Values: secrets("login", "ada", "password", canary), Callback: back(), PSU: present(), Now: today,
	})
	for range 8 {
		if !sound(t, step, err) {
			return
		}
		e := connector.Event{Kind: connector.EventTick}
		switch {
		case step.Done != nil:
			g := &gathered{}
			in := connector.PullInput{Institution: inst, Source: bank.SourceOpenAPI, Session: step.Done.Session, Since: date("2026-01-01"), Now: today}
			_, err := c.Pull(t.Context(), in, g)
			sound(t, connector.Step{}, err)
			for _, a := range g.accounts {
				in.Transactions = append(in.Transactions, a.Key)
			}
			_, err = c.Pull(t.Context(), in, &gathered{})
			sound(t, connector.Step{}, err)
			return
		case step.Redirect != nil:
			if !strings.HasPrefix(step.Redirect.URL, "https://") {
				t.Errorf("a browser is sent to %q", step.Redirect.URL)
			}
			e = returned("code", "x")
		case step.Ask != nil:
			e = answers("login", "ada", "password", canary, "method", "1", "code", "1")
		case step.Pick != nil:
			e = connector.Event{Kind: connector.EventAccounts, Accounts: []string{step.Pick.Accounts[0].Key}}
		}
		step, err = c.Advance(t.Context(), connector.AdvanceInput{
			Institution: inst, Source: bank.SourceOpenAPI, State: step.State, Event: e, Callback: back(), PSU: present(), Now: today,
		})
	}
}

// sound holds one answer of the kind to the contract; it says whether there is a step to go on from.
func sound(t *testing.T, step connector.Step, err error) bool {
	t.Helper()
	if err != nil {
		e := connector.AsError(err)
		if e.Code == connector.CodeBug {
			t.Errorf("the bank's words are our mistake: %v", err)
		}
		if strings.Contains(err.Error(), canary) || strings.Contains(e.UserText, canary) {
			t.Error("the error holds what was typed")
		}
		return false
	}
	return formOf(step) != "nothing"
}
