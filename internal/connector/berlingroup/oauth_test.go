package berlingroup_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
)

// oauthRoutes lays a bank with an authorization server of its own, up to the token endpoint.
func (s *small) oauthRoutes() {
	s.on("POST /v1/consents", 201, received+`{"scaOAuth":{"href":"{base}/as/metadata"}}}`, "ASPSP-SCA-Approach", "REDIRECT")
	s.on("GET /as/metadata", 200, `{"issuer":"{base}/as","authorization_endpoint":"https://login.bank.example/authorize?tenant=1","token_endpoint":"{base}/as/token",
		"authorization_response_iss_parameter_supported":true}`)
	s.on("GET /v1/consents/c1/status", 200, `{"consentStatus":"valid"}`)
	s.on("GET /v1/consents/c1", 200, `{}`)
}

// byOAuth walks to a session.
func (s *small) byOAuth() connector.Opaque {
	s.t.Helper()
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(s.t, step, err, "redirect")
	step, err = s.advance(bank.SourceOpenAPI, step, returned("code", "the-code", "iss", s.server.URL+"/as"), today)
	wantForm(s.t, step, err, "done")
	return s.session(step)
}

// TestOAuth looks at the request, the exchange and what is done with the token.
func TestOAuth(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "oauth", "oauth": map[string]any{"client_auth": "basic"}})
	s.own = operator(t, berlingroup.SettingClientID, "client:1", berlingroup.SettingClientSecret, canary)
	s.oauthRoutes()
	s.oneAccount()
	var form url.Values
	var user, pass string
	s.mux.HandleFunc("POST /as/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		user, pass, _ = r.BasicAuth()
		s.write(w, 200, `{"access_token":"access-1","token_type":"bearer","refresh_token":"refresh-1","expires_in":600}`)
	})
	step, err := s.begin(bank.SourceOpenAPI)
	wantForm(t, step, err, "redirect")
	to, err := url.Parse(step.Redirect.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := to.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "client:1", "scope": "AIS:c1", "state": hostState, "redirect_uri": callbackURL, "code_challenge_method": "S256", "tenant": "1",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if len(q.Get("code_challenge")) != 43 || to.Host != "login.bank.example" {
		t.Errorf("sent to %s", step.Redirect.URL)
	}
	if _, err := s.advance(bank.SourceOpenAPI, step, returned("code", "the-code", "iss", "https://evil.example"), today); err == nil {
		t.Error("a code from another server is taken")
	}
	step, err = s.advance(bank.SourceOpenAPI, step, returned("code", "the-code", "iss", s.server.URL+"/as"), today)
	wantForm(t, step, err, "done")
	if form.Get("code") != "the-code" || len(form.Get("code_verifier")) < 43 || form.Get("redirect_uri") != callbackURL || form.Get("client_id") != "" {
		t.Errorf("exchanged with %v", form)
	}
	if user != url.QueryEscape("client:1") || pass != canary {
		t.Errorf("proved with %q", user)
	}
	if got := s.was("GET", "/v1/accounts")[0].header.Get("Authorization"); got != "Bearer access-1" {
		t.Errorf("read with %q", got)
	}
	if got := s.was("POST", "/as/token")[0].header; got.Get("Psu-Id") != "" || got.Get("Consent-Id") != "" {
		t.Error("the token endpoint was told more than it needs")
	}
}

// TestTokenEndpoint holds what the token endpoint may answer, and where it may be.
func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   connector.Code
	}{
		"spent":      {400, `{"error":"invalid_grant","error_description":"` + canary + `"}`, connector.CodeChallengeExpired},
		"not known":  {401, `{"error":"invalid_client"}`, connector.CodeMisconfigured},
		"our fault":  {400, `{"error":"invalid_request"}`, connector.CodeProtocol},
		"made up":    {400, `{"error":"` + canary + `"}`, connector.CodeProtocol},
		"down":       {503, ``, connector.CodeUnavailable},
		"nothing":    {200, `{}`, connector.CodeProtocol},
		"other type": {200, `{"access_token":"a","token_type":"mac"}`, connector.CodeProtocol},
		"no JSON":    {200, canary, connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, map[string]any{"profile": "oauth"})
			s.oauthRoutes()
			s.on("POST /as/token", c.status, c.body)
			step, err := s.begin(bank.SourceOpenAPI)
			wantForm(t, step, err, "redirect")
			_, err = s.advance(bank.SourceOpenAPI, step, returned("code", "the-code", "iss", s.server.URL+"/as"), today)
			wantCode(t, err, c.want)
			if strings.Contains(err.Error(), "the-code") {
				t.Error("the error holds the code")
			}
		})
	}
}

// TestLinksElsewhere leads nobody's certificates and nobody's browser where they do not belong.
func TestLinksElsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		links, metadata string
		settings        map[string]any
	}{
		"metadata elsewhere":       {`{"scaOAuth":"https://evil.example/metadata"}`, ``, nil},
		"token elsewhere":          {`{"scaOAuth":"/m"}`, `{"authorization_endpoint":"https://login.bank.example","token_endpoint":"https://evil.example/token"}`, nil},
		"plain http":               {`{"scaRedirect":"http://login.bank.example/"}`, ``, nil},
		"script":                   {`{"scaRedirect":"javascript:alert(1)"}`, ``, nil},
		"user and password":        {`{"scaRedirect":"https://login.bank.example@evil.example/"}`, ``, nil},
		"browser elsewhere":        {`{"scaRedirect":"https://evil.example/"}`, ``, map[string]any{"browser_origins": []string{"https://login.bank.example"}}},
		"authorise elsewhere":      {`{"startAuthorisation":"https://evil.example/authorisations"}`, ``, nil},
		"status elsewhere":         {`{"scaRedirect":"https://login.bank.example/","scaStatus":"//evil.example/status"}`, ``, nil},
		"nothing that leads on":    {`{"self":"/v1/consents/c1"}`, ``, nil},
		"a server without a token": {`{"scaOAuth":"/m"}`, `{"authorization_endpoint":"https://login.bank.example"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t, c.settings)
			s.on("POST /v1/consents", 201, received+c.links+`}`)
			s.on("GET /m", 200, c.metadata)
			s.on("GET /v1/consents/c1/authorisations", 200, `{"authorisationIds":[]}`)
			s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"received","authorisationId":"a1","_links":{"self":"x"}}`)
			s.on("GET /v1/consents/c1/authorisations/a1", 200, `{"scaStatus":""}`)
			step, err := s.begin(bank.SourceOpenAPI)
			if name == "nothing that leads on" && err == nil {
				if step.Wait == nil {
					t.Errorf("got %s, want nothing more than a wait", formOf(step))
				}
				return
			}
			wantCode(t, err, connector.CodeProtocol)
		})
	}
}

// TestCircles is a bank whose links never end.
func TestCircles(t *testing.T) {
	t.Parallel()
	s := newSmall(t, nil)
	s.on("POST /v1/consents", 201, received+`{"startAuthorisation":"/v1/consents/c1/authorisations"}}`)
	s.on("POST /v1/consents/c1/authorisations", 201, `{"scaStatus":"received","authorisationId":"a1","_links":{"startAuthorisation":"/v1/consents/c1/authorisations"}}`)
	_, err := s.begin(bank.SourceOpenAPI)
	wantCode(t, err, connector.CodeProtocol)
	if n := len(s.was("POST", "/v1/consents/c1/authorisations")); n > 20 {
		t.Errorf("%d authorisations were begun", n)
	}
}

// TestRefreshTokenStays is a server that gives no new refresh token with the new access token: the old one stays good.
func TestRefreshTokenStays(t *testing.T) {
	t.Parallel()
	s := newSmall(t, map[string]any{"profile": "oauth"})
	s.oauthRoutes()
	s.oneAccount()
	s.on("GET /v1/accounts/r1/transactions", 200, `{"transactions":{"booked":[]}}`)
	var spent []string
	s.mux.HandleFunc("POST /as/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if r.PostForm.Get("grant_type") == "authorization_code" {
			s.write(w, 200, `{"access_token":"a","refresh_token":"lasting","token_type":"Bearer","expires_in":5}`)
			return
		}
		spent = append(spent, r.PostForm.Get("refresh_token"))
		s.write(w, 200, `{"access_token":"b","token_type":"Bearer","expires_in":5}`)
	})
	if _, _, err := s.pull(s.byOAuth(), date("2026-03-01"), connector.PSU{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(spent, " "); got != "lasting lasting" {
		t.Errorf("refreshed with %q", got)
	}
}
