package berlingroup_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

const received = `{"consentStatus":"received","consentId":"c1","_links":`

// TestRedirect walks a redirect and looks at what was sent.
func TestRedirect(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.on("POST /v1/consents", 201, received+`{"scaRedirect":{"href":"https://login.bank.example/c1"}}}`)
	s.turns("GET /v1/consents/c1/status", 200, `{"consentStatus":"received"}`, `{"consentStatus":"valid"}`)
	s.on("GET /v1/consents/c1", 200, `{"validUntil":"2026-06-08"}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if step.Redirect.URL != "https://login.bank.example/c1" {
		t.Errorf("redirect to %s", step.Redirect.URL)
	}
	a := s.was("POST", "/v1/consents")[0]
	back, err := url.Parse(a.header.Get("TPP-Redirect-URI"))
	if err != nil || back.Query().Get("state") != hostState || !strings.HasPrefix(back.String(), callbackURL+"?") {
		t.Errorf("TPP-Redirect-URI = %q", a.header.Get("TPP-Redirect-URI"))
	}
	for name, want := range map[string]string{
		"PSU-IP-Address": "192.0.2.7", "TPP-Redirect-Preferred": "true", "PSU-ID": "", "Authorization": "", "PSU-Accept-Language": "fr", "Consent-ID": "",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"X-Request-ID", "Digest", "Signature", "TPP-Signature-Certificate", "Date"} {
		if a.header.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if a.body["validUntil"] != "2026-09-06" || a.body["recurringIndicator"] != true || a.body["frequencyPerDay"] != float64(4) {
		t.Errorf("body = %v", a.body)
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned(), today)
	wantForm(t, step, err, "wait") // the bank takes a moment
	step, err = s.advance(bank.SourceOpenAPI, step, tick, today.Add(2*time.Second))
	wantForm(t, step, err, "done")
	if got := step.Done.ConsentUntil.Format(time.DateOnly); got != "2026-06-08" {
		t.Errorf("the consent ends %s, want what the bank gave", got)
	}
}

// TestCallback holds what comes back against what was sent.
func TestCallback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event  connector.Event
		status string
		want   connector.Code
	}{
		"denied":        {returned("error", "access_denied"), "received", connector.CodeCancelled},
		"broken":        {returned("error", "server_error"), "received", connector.CodeUnavailable},
		"no client":     {returned("error", "unauthorized_client"), "received", connector.CodeMisconfigured},
		"made up":       {returned("error", canary), "received", connector.CodeProtocol},
		"another state": {connector.Event{Kind: connector.EventCallback, Callback: url.Values{"state": {"x"}}}, "valid", connector.CodeProtocol},
		"no state":      {connector.Event{Kind: connector.EventCallback}, "valid", connector.CodeProtocol},
		"rejected":      {returned(), "rejected", connector.CodeCancelled},
		"expired":       {returned(), "expired", connector.CodeChallengeExpired},
		"two persons":   {returned(), "partiallyAuthorised", connector.CodeActionNeeded},
		"no such word":  {returned(), canary, connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			s.oneAccount() // whoever got past the checks would be connected
			s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
			s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"`+c.status+`"}`)
			step, err := s.begin(bank.SourceOpenAPI)
			wantForm(t, step, err, "redirect")
			_, err = s.advance(bank.SourceOpenAPI, step, c.event, today)
			wantCode(t, err, c.want)
		})
	}
}

// TestNeverFinished is somebody who comes back from the bank's page without having approved.
func TestNeverFinished(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"received"}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	first, err := s.advance(bank.SourceOpenAPI, step, returned(), today)
	wantForm(t, first, err, "wait")
	again, err := s.advance(bank.SourceOpenAPI, first, tick, today.Add(5*time.Second))
	wantForm(t, again, err, "wait")
	if string(first.State) != string(again.State) {
		t.Error("the state changes while nothing happens")
	}
	_, err = s.advance(bank.SourceOpenAPI, again, tick, today.Add(2*time.Minute))
	wantCode(t, err, connector.CodeCancelled)
}

// TestConfirmation is a bank that wants the redirect's code confirmed.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.oneAccount()
	s.on("POST /v1/consents", 201, received+`{"scaRedirect":{"href":"https://login.bank.example/c1"},"confirmation":{"href":"/v1/consents/c1/authorisations/a1"}}}`)
	s.on("PUT /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"finalised"}`)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	step, err = s.advance(bank.SourceOpenAPI, step, returned("confirmationCode", "abc"), today)
	wantForm(t, step, err, "done")
	if got := s.was("PUT", "/v1/consents/c1/authorisations/a1"); len(got) != 1 || got[0].body["confirmationCode"] != "abc" {
		t.Errorf("confirmed with %v", got)
	}
}

// TestDecoupled asks for the login, waits, and ends as the bank says.
func TestDecoupled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last string
		code connector.Code
	}{
		"approved": {`{"scaStatus":"finalised"}`, ""},
		"refused":  {`{"scaStatus":"failed","psuMessage":"No."}`, connector.CodeApprovalRefused},
		"nobody":   {`{"scaStatus":"started"}`, connector.CodeApprovalExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"profile": "decoupled"})
			s.oneAccount()
			s.on("POST /v1/consents", 201, `{"consentStatus":"received","consentId":"c1","psuMessage":"Open your app.","_links":{"startAuthorisationWithPsuIdentification":{"href":"/v1/consents/c1/authorisations"}}}`)
			s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"psuIdentified","authorisationId":"a1","psuMessage":"Open your app.",
				"_links":{"scaStatus":{"href":"{base}/v1/consents/c1/authorisations/a1"}}}`, "ASPSP-SCA-Approach", "DECOUPLED")
			s.turns("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"started"}`, `{"scaStatus":"started"}`, c.last)
			s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
			step, err := s.begin(bank.SourceOpenAPI)
			wantForm(t, step, err, "ask")
			if len(step.Ask.Fields) != 1 || step.Ask.Fields[0].Name != "login" {
				t.Fatalf("asked for %+v", step.Ask.Fields)
			}
			step, err = s.advance(bank.SourceOpenAPI, step, answers("login", "ada"), today)
			wantForm(t, step, err, "wait")
			if step.Wait.Message.In("en") != "Open your app." || step.Wait.Medium != "app" || !step.Deadline.After(today) {
				t.Errorf("%+v until %v", step.Wait, step.Deadline)
			}
			if got := s.was("POST", "/v1/consents/c1/authorisations")[0].header.Get("PSU-ID"); got != "ada" {
				t.Errorf("PSU-ID = %q", got)
			}
			state := step.State
			for range 2 {
				step, err = s.advance(bank.SourceOpenAPI, step, tick, today.Add(2*time.Second))
				wantForm(t, step, err, "wait")
			}
			if string(state) != string(step.State) {
				t.Error("the state changes while nothing happens")
			}
			step, err = s.advance(bank.SourceOpenAPI, step, tick, today.Add(6*time.Minute))
			if c.code != "" {
				wantCode(t, err, c.code)
				return
			}
			wantForm(t, step, err, "done")
		})
	}
}

// TestCancel takes back the consent that nobody will finish.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
	s.on("DELETE /v1/consents/c1", 204, "")
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	if _, err := s.advance(bank.SourceOpenAPI, step, connector.Event{Kind: connector.EventCancel}, today); err != nil {
		t.Error(err)
	}
	if n := len(s.was("DELETE", "/v1/consents/c1")); n != 1 {
		t.Errorf("deleted %d times", n)
	}
}

// TestReconnectKnowsWho keeps the owner where an account is the same, although the bank told nobody's name and the list has changed.
func TestReconnectKnowsWho(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	ibans := []string{"FR7630006000011234567890189", "DE02120300000000202051", "DE89370400440532013000"}
	shared := ibans
	s.mux.HandleFunc("GET /v1/accounts", func(w http.ResponseWriter, _ *http.Request) {
		var list []string
		for _, iban := range shared {
			list = append(list, `{"resourceId":"`+rand.Text()+`","iban":"`+iban+`","currency":"EUR"}`)
		}
		s.write(w, 200, `{"accounts":[`+strings.Join(list, ",")+`]}`)
	})
	first := s.connected()
	begin := func(previous connector.Opaque) *connector.Done {
		step, err := s.kind().Begin(t.Context(), connector.BeginInput{
			Mode: connector.ModeReconnect, Institution: s.institution(), Source: bank.SourceOpenAPI, Previous: previous, Callback: back(), PSU: present(), Now: today,
		})
		wantForm(t, step, err, "redirect")
		step, err = s.advance(bank.SourceOpenAPI, step, returned(), today)
		wantForm(t, step, err, "done")
		return step.Done
	}
	owner, strangers := begin(first).OwnerKey, map[string]bool{}
	for i := range ibans {
		shared = ibans[i : i+1]
		if got := begin(first).OwnerKey; got != owner {
			t.Errorf("sharing %s alone makes another owner", ibans[i])
		}
		strangers[begin(nil).OwnerKey] = true
	}
	if len(strangers) != len(ibans) {
		t.Errorf("%d owners of %d accounts that nothing ties together", len(strangers), len(ibans))
	}
}

// TestAnotherLogin takes a reconnection with another login for another person, although both share an account.
func TestAnotherLogin(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]any{"profile": "embedded"})
	s.onPut(map[string]string{`"sms"`: `{"scaStatus":"finalised"}`}, nil)
	owner := func(login string, previous connector.Opaque) *connector.Done {
		step, err := s.kind().Begin(t.Context(), connector.BeginInput{
			Mode: connector.ModeReconnect, Institution: s.institution(), Source: bank.SourceDirectAccess, Previous: previous, Callback: back(), PSU: present(), Now: today,
			Values: secrets("login", login, "password", "1234"),
		})
		wantForm(t, step, err, "ask")
		step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "sms"), today)
		wantForm(t, step, err, "done")
		return step.Done
	}
	ada := owner("ada", nil)
	if again := owner("ada", ada.Session); again.OwnerKey != ada.OwnerKey {
		t.Error("the same login is another owner")
	}
	if bob := owner("bob", ada.Session); bob.OwnerKey == ada.OwnerKey {
		t.Error("another login is the same owner")
	}
}

// TestBackground asks nobody.
func TestBackground(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]connector.Code{
		"valid": "", "expired": connector.CodeConsentExpired, "revokedByPsu": connector.CodeConsentRevoked, "received": connector.CodeNeedsUser,
		"terminatedByTpp": connector.CodeConsentRevoked,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, nil)
			s.oneAccount()
			s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
			s.turns("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`, `{"consentStatus":"`+status+`"}`)
			step, err := s.begin(bank.SourceOpenAPI)
			wantForm(t, step, err, "redirect")
			step, err = s.advance(bank.SourceOpenAPI, step, returned(), today)
			wantForm(t, step, err, "done")
			owner := step.Done.OwnerKey
			step, err = s.kind().Begin(t.Context(), connector.BeginInput{
				Mode: connector.ModeBackground, Institution: s.institution(), Source: bank.SourceOpenAPI, Previous: s.session(step), Now: today,
			})
			if want != "" {
				wantCode(t, err, want)
				return
			}
			wantForm(t, step, err, "done")
			if step.Done.OwnerKey != owner {
				t.Error("another owner")
			}
			for _, a := range s.was("GET", "/v1/consents/c1/status")[1:] {
				if a.header.Get("PSU-IP-Address") != "" {
					t.Error("the bank was told of an end user who is not there")
				}
			}
		})
	}
}
