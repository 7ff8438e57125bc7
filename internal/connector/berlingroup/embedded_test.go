package berlingroup_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// embedded lays the routes of a bank with the embedded approach: the password is right or it is not, and two methods are offered.
func embedded(t *testing.T, settings map[string]any) *small {
	t.Helper()
	s := newSmall(t, settings)
	s.oneAccount()
	s.on("POST /v1/consents", 201, received+`{"startAuthorisationWithPsuAuthentication":{"href":"/v1/consents/c1/authorisations"}}}`, "Aspsp-Sca-Approach", "EMBEDDED")
	s.mux.HandleFunc("POST /v1/consents/c1/authorisations", func(w http.ResponseWriter, r *http.Request) {
		if raw := new(bytes.Buffer); raw.Len() == 0 {
			_, _ = raw.ReadFrom(r.Body)
			if !strings.Contains(raw.String(), `"password":"1234"`) {
				s.write(w, 401, `{"tppMessages":[{"category":"ERROR","code":"PSU_CREDENTIALS_INVALID","text":"Wrong: `+canary+`"}]}`)
				return
			}
		}
		s.write(w, 201, `{"scaStatus":"psuAuthenticated","authorisationId":"a1","scaMethods":[
			{"authenticationType":"SMS_OTP","authenticationMethodId":"sms","name":"SMS to •• 42"},{"authenticationType":"PHOTO_OTP","authenticationMethodId":"photo"},
			{"authenticationType":"PUSH_OTP","authenticationMethodId":"push"}],
			"_links":{"selectAuthenticationMethod":{"href":"/v1/consents/c1/authorisations/a1"},"scaStatus":{"href":"/v1/consents/c1/authorisations/a1"}}}`)
	})
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	return s
}

// onPut answers the authorisation's PUTs by what is in them.
func (s *small) onPut(by map[string]string, statuses map[string]int) {
	s.mux.HandleFunc("PUT /v1/consents/c1/authorisations/a1", func(w http.ResponseWriter, r *http.Request) {
		raw := new(bytes.Buffer)
		_, _ = raw.ReadFrom(r.Body)
		for needle, body := range by {
			if strings.Contains(raw.String(), needle) {
				s.write(w, max(statuses[needle], 200), body)
				return
			}
		}
		s.write(w, 400, `{"tppMessages":[{"category":"ERROR","code":"FORMAT_ERROR"}]}`)
	})
}

const (
	codeAsked = `{"scaStatus":"scaMethodSelected","chosenScaMethod":{"authenticationType":"SMS_OTP","authenticationMethodId":"sms"},
		"challengeData":{"otpMaxLength":6,"otpFormat":"integer","data":["Reference 77"],"additionalInformation":"Valid for a minute."},
		"_links":{"authoriseTransaction":{"href":"/v1/consents/c1/authorisations/a1"},"scaStatus":{"href":"/v1/consents/c1/authorisations/a1"}}}`
	wrongCode = `{"type":"about:blank","code":"PSU_CREDENTIALS_INVALID","detail":"Not that."}`
)

// TestEmbedded walks the password, the choice and the code.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]any{"profile": "embedded"})
	s.onPut(map[string]string{`"sms"`: codeAsked, `"111111"`: wrongCode, `"123456"`: `{"scaStatus":"finalised"}`}, map[string]int{`"111111"`: 401})
	s.on("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"started"}`)
	step, err := s.begin(bank.SourceDirectAccess)
	wantForm(t, step, err, "ask")
	if len(step.Ask.Fields) != 2 || !step.Ask.Fields[1].Secret {
		t.Fatalf("asked for %+v", step.Ask.Fields)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("login", "ada", "password", canary), today)
	wantForm(t, step, err, "ask")
	if e := step.Ask.Error; e == nil || e.Code != connector.CodeBadCredentials || e.Field != "password" || e.UserText != "" {
		t.Fatalf("the wrong password gives %+v", e)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("login", "ada", "password", "1234"), today)
	wantForm(t, step, err, "ask")
	f := step.Ask.Fields[0]
	if f.Type != bank.FieldList || len(f.Options) != 3 || f.Options[0].Label.In("en") != "SMS to •• 42" || f.Options[1].Label.In("fr") != "Image à photographier" {
		t.Fatalf("methods = %+v", f)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "carrier pigeon"), today)
	wantForm(t, step, err, "ask")
	step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "sms"), today)
	wantForm(t, step, err, "ask")
	f = step.Ask.Fields[0]
	if f.Type != bank.FieldOTP || f.MaxLen != 6 || f.Pattern != "[0-9]*" || !f.Secret || !f.Transient || step.Ask.Medium != "sms" {
		t.Errorf("code = %+v by %s", f, step.Ask.Medium)
	}
	if got := step.Ask.Message.In("en"); got != "Reference 77 Valid for a minute." {
		t.Errorf("message = %q", got)
	}
	for _, code := range []string{"", "111111"} {
		step, err = s.advance(bank.SourceDirectAccess, step, answers("code", code), today)
		wantForm(t, step, err, "ask")
		if step.Ask.Error == nil || step.Ask.Error.Code != connector.CodeChallengeFailed {
			t.Errorf("after %q: %+v", code, step.Ask.Error)
		}
	}
	step, err = s.advance(bank.SourceDirectAccess, step, answers("code", "123456"), today)
	wantForm(t, step, err, "done")
	if bytes.Contains(step.Done.Session, []byte("1234\"")) {
		t.Error("the session holds the password")
	}
}

// TestEmbeddedFromHost gives login and password with the beginning: what is wrong is then the host's to ask for again.
func TestEmbeddedFromHost(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]any{"profile": "embedded"})
	_, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", canary)
	if e := wantCode(t, err, connector.CodeBadCredentials); e.Field != "password" {
		t.Errorf("field = %q", e.Field)
	}
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
}

// TestTooManyTries is a bank that ends the authorisation with the last wrong code.
func TestTooManyTries(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]any{"profile": "embedded"})
	s.onPut(map[string]string{`"sms"`: codeAsked, `"111111"`: wrongCode}, map[string]int{`"111111"`: 401})
	s.turns("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"failed"}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
	step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "sms"), today)
	wantForm(t, step, err, "ask")
	_, err = s.advance(bank.SourceDirectAccess, step, answers("code", "111111"), today)
	wantCode(t, err, connector.CodeTooManyTries)
}

// TestImages shows a challenge's image, given or linked, and none that is no image.
func TestImages(t *testing.T) {
	t.Parallel()
	var dot bytes.Buffer
	if err := png.Encode(&dot, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	inline := base64.StdEncoding.EncodeToString(dot.Bytes())
	asked := func(challenge string) string {
		return `{"scaStatus":"scaMethodSelected","chosenScaMethod":{"authenticationType":"PHOTO_OTP"},"challengeData":` + challenge + `,
			"_links":{"authoriseTransaction":{"href":"/v1/consents/c1/authorisations/a1"}}}`
	}
	for name, c := range map[string]struct {
		challenge string
		want      connector.Code
	}{
		"inline":        {`{"image":"` + inline + `"}`, ""},
		"data address":  {`{"image":"data:image/png;base64,` + inline + `"}`, ""},
		"linked":        {`{"imageLink":"/images/1.png"}`, ""},
		"elsewhere":     {`{"imageLink":"https://evil.example/1.png"}`, connector.CodeProtocol},
		"no image":      {`{"image":"R0lGODlhAQABAAAAACw="}`, connector.CodeProtocol},
		"no base64":     {`{"image":"<svg>"}`, connector.CodeProtocol},
		"far too large": {`{"image":"` + strings.Repeat("AAAA", 100_000) + `"}`, connector.CodeProtocol},
		"one text":      {`{"data":"FlickerCode 77"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := embedded(t, map[string]any{"profile": "embedded"})
			s.onPut(map[string]string{`"photo"`: asked(c.challenge)}, nil)
			s.on("GET /images/1.png", 200, dot.String())
			step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
			wantForm(t, step, err, "ask")
			step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "photo"), today)
			if c.want != "" {
				wantCode(t, err, c.want)
				return
			}
			wantForm(t, step, err, "ask")
			if name == "one text" {
				if got := step.Ask.Message.In("en"); got != "FlickerCode 77" {
					t.Errorf("message = %q", got)
				}
			} else if !bytes.Equal(step.Ask.Image, dot.Bytes()) || step.Ask.ImageAlt == "" || step.Ask.Medium != "image" {
				t.Errorf("image of %d bytes (%s), by %s", len(step.Ask.Image), step.Ask.ImageAlt, step.Ask.Medium)
			}
		})
	}
}

// TestPush chooses the bank's app in the embedded approach, which is then waited for.
func TestPush(t *testing.T) {
	t.Parallel()
	s := embedded(t, map[string]any{"profile": "embedded"})
	s.onPut(map[string]string{`"push"`: `{"scaStatus":"started","psuMessage":"Look at your phone.","_links":{"scaStatus":{"href":"/v1/consents/c1/authorisations/a1"}}}`}, nil)
	s.turns("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":"started"}`, `{"scaStatus":"finalised"}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
	step, err = s.advance(bank.SourceDirectAccess, step, answers("method", "push"), today)
	wantForm(t, step, err, "wait")
	if step.Wait.Message.In("en") != "Look at your phone." {
		t.Errorf("message = %v", step.Wait.Message)
	}
	step, err = s.advance(bank.SourceDirectAccess, step, tick, today)
	wantForm(t, step, err, "wait")
	step, err = s.advance(bank.SourceDirectAccess, step, tick, today)
	wantForm(t, step, err, "done")
}

// TestExempted is a bank that asks for nothing after the password; one method alone is taken without a question.
func TestExempted(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "embedded"})
	s.oneAccount()
	s.on("POST /v1/consents", 201, received+`{"startAuthorisationWithPsuAuthentication":{"href":"/v1/consents/c1/authorisations"}}}`)
	s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"psuAuthenticated","authorisationId":"a1","scaMethods":[{"authenticationType":"SMS_OTP","authenticationMethodId":"one"}],
		"_links":{"selectAuthenticationMethod":{"href":"/v1/consents/c1/authorisations/a1"}}}`)
	s.onPut(map[string]string{`"one"`: `{"scaStatus":"exempted"}`}, nil)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "done")
}

// TestDedicated lists with one consent, lets the end user pick, and asks for what was picked with a second, without a second password.
func TestDedicated(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "embedded", "consent": "dedicated"})
	s.turns("POST /v1/consents", 201,
		received+`{"startAuthorisationWithPsuAuthentication":{"href":"/v1/consents/c1/authorisations"}}}`,
		`{"consentStatus":"received","consentId":"c2","_links":{"startAuthorisationWithPsuAuthentication":{"href":"/v1/consents/c2/authorisations"}}}`)
	code := func(c string) string {
		return `{"scaStatus":"scaMethodSelected","authorisationId":"a1","_links":{"authoriseTransaction":{"href":"/v1/consents/` + c + `/authorisations/a1"}}}`
	}
	for _, c := range []string{"c1", "c2"} {
		s.on("POST /v1/consents/"+c+"/authorisations", 201, code(c))
		s.on("PUT /v1/consents/"+c+"/authorisations/a1", 200, `{"scaStatus":"finalised"}`)
		s.on("GET /v1/consents/"+c+"/status", 200, `{"consentStatus":"valid"}`)
	}
	s.on("DELETE /v1/consents/c1", 204, "")
	s.on("GET /v1/accounts", 200, `{"accounts":[{"iban":"FR7630006000011234567890189","currency":"EUR"},{"iban":"DE02120300000000202051","currency":"EUR"}]}`)
	step, err := s.begin(bank.SourceDirectAccess, "login", "ada", "password", "1234")
	wantForm(t, step, err, "ask")
	step, err = s.advance(bank.SourceDirectAccess, step, answers("code", "123456"), today)
	wantForm(t, step, err, "pick")
	if len(step.Pick.Accounts) != 2 {
		t.Fatalf("to pick from: %+v", step.Pick.Accounts)
	}
	picked := connector.Event{Kind: connector.EventAccounts, Accounts: []string{step.Pick.Accounts[1].Key}}
	again, err := s.advance(bank.SourceDirectAccess, step, connector.Event{Kind: connector.EventAccounts, Accounts: []string{"made up"}}, today)
	wantForm(t, again, err, "pick")
	step, err = s.advance(bank.SourceDirectAccess, step, picked, today)
	wantForm(t, step, err, "ask")
	step, err = s.advance(bank.SourceDirectAccess, step, answers("code", "123456"), today)
	wantForm(t, step, err, "done")
	consents := s.was("POST", "/v1/consents")
	if len(consents) != 2 {
		t.Fatalf("%d consents", len(consents))
	}
	first, second := consents[0].body, consents[1].body
	if a, _ := first["access"].(map[string]any); a["availableAccounts"] != "allAccounts" || first["recurringIndicator"] != false || first["frequencyPerDay"] != float64(1) {
		t.Errorf("the first consent is %v", first)
	}
	access, _ := second["access"].(map[string]any)
	for _, what := range []string{"accounts", "balances", "transactions"} {
		list, _ := access[what].([]any)
		if len(list) != 1 {
			t.Fatalf("%s = %v", what, access[what])
		}
		if one, _ := list[0].(map[string]any); one["iban"] != "DE02120300000000202051" || len(one) != 2 {
			t.Errorf("%s = %v", what, one)
		}
	}
	if second["recurringIndicator"] != true {
		t.Errorf("the second consent is %v", second)
	}
	if n := len(s.was("DELETE", "/v1/consents/c1")); n != 1 {
		t.Errorf("the first consent was ended %d times", n)
	}
}

// TestConsentModels looks at what the other models ask for.
func TestConsentModels(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"global": `{"allPsd2":"allAccounts"}`, "bank_offered": `{"accounts":[],"balances":[],"transactions":[]}`,
		"account_list": `{"availableAccountsWithBalance":"allAccounts"}`,
		"named":        `{"accounts":[{"iban":"FR7630006000011234567890189"}],"balances":[{"iban":"FR7630006000011234567890189"}],"transactions":[{"iban":"FR7630006000011234567890189"}]}`,
	} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"consent": model})
			s.on("POST /v1/consents", 201, received+`{"scaRedirect":"https://login.bank.example/c1"}}`)
			step, err := s.begin(bank.SourceOpenAPI)
			if model == "named" {
				wantForm(t, step, err, "ask")
				for _, bad := range []string{"", "FR76", "FR7630006000011234567890188", "; ,"} {
					step, err = s.advance(bank.SourceOpenAPI, step, answers("ibans", bad), today)
					wantForm(t, step, err, "ask")
					if step.Ask.Error == nil || step.Ask.Error.Field != "ibans" {
						t.Errorf("%q is taken", bad)
					}
				}
				step, err = s.advance(bank.SourceOpenAPI, step, answers("ibans", " fr76 3000 6000 0112 3456 7890 189; "), today)
			}
			wantForm(t, step, err, "redirect")
			if got := jsonOf(t, s.was("POST", "/v1/consents")[0].body["access"]); got != want {
				t.Errorf("access = %s, want %s", got, want)
			}
		})
	}
}
