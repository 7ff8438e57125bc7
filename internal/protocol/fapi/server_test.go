package fapi_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// small is an authorization server that answers what a test tells it to, and keeps what it was asked.
type small struct {
	t        *testing.T
	url      string
	metadata map[string]any
	// status and body answer at the token endpoint and at that for pushed requests.
	status int
	body   string
	forms  []url.Values
	header http.Header
	// keys are published.
	keys []jose.JSONWebKey
}

func newSmall(t *testing.T) *small {
	t.Helper()
	s := &small{t: t, status: 200, body: `{"access_token":"a","token_type":"Bearer","expires_in":60,"refresh_token":"r"}`}
	s.keys = []jose.JSONWebKey{{Key: theEC().Public(), KeyID: "theirs", Use: "sig"}}
	m := http.NewServeMux()
	m.HandleFunc("/{a}/.well-known/openid-configuration", http.NotFound)
	describe := func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(s.metadata) }
	m.HandleFunc("/.well-known/openid-configuration", describe)
	m.HandleFunc("/.well-known/oauth-authorization-server/bank", describe)
	m.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": append([]any{"nonsense", map[string]any{"kty": "oct", "k": "c2VjcmV0", "kid": "theirs"}}, toAny(s.keys)...)})
	})
	answer := func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		s.forms, s.header = append(s.forms, r.PostForm), r.Header
		w.WriteHeader(s.status)
		_, _ = w.Write([]byte(s.body))
	}
	m.HandleFunc("/token", answer)
	m.HandleFunc("/par", answer)
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.metadata = map[string]any{
		"issuer": s.url, "authorization_endpoint": s.url + "/authorize?tenant=1", "token_endpoint": s.url + "/token", "jwks_uri": s.url + "/jwks",
	}
	return s
}

func toAny(keys []jose.JSONWebKey) (out []any) {
	for _, k := range keys {
		out = append(out, k)
	}
	return out
}

var plain = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (s *small) discover(more fapi.Place) (*fapi.Server, error) {
	if more.Issuer == "" && more.Metadata == "" {
		more.Issuer = s.url
	}
	return fapi.Discover(s.t.Context(), plain, more)
}

func (s *small) party(method fapi.Method) fapi.Party {
	s.t.Helper()
	server, err := s.discover(fapi.Place{})
	if err != nil {
		s.t.Fatal(err)
	}
	return fapi.Party{HTTP: plain, Server: server, Now: time.Now(), Client: fapi.Client{
		ID: "us", Method: method, Secret: bank.NewSecret("p w+%"), Key: signingKey(s.t, theEC(), ""),
	}}
}

// sign makes what the server would have signed.
func (s *small) sign(key *ecdsa.PrivateKey, claims map[string]any) string {
	s.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "theirs"}}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func wantCode(t *testing.T, err error, want connector.Code) {
	t.Helper()
	if err == nil || connector.AsError(err).Code != want || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v, want %s and none of their words", err, want)
	}
}

// TestDiscover: descriptions are taken from the issuer that was named, and only with endpoints at hosts that were.
func TestDiscover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(s *small, m map[string]any, p *fapi.Place)
		want   connector.Code
	}{
		"good":              {func(*small, map[string]any, *fapi.Place) {}, ""},
		"another issuer":    {func(_ *small, m map[string]any, _ *fapi.Place) { m["issuer"] = "https://other.example" }, connector.CodeProtocol},
		"a trailing slash":  {func(s *small, m map[string]any, _ *fapi.Place) { m["issuer"] = s.url + "/" }, connector.CodeProtocol},
		"no token endpoint": {func(_ *small, m map[string]any, _ *fapi.Place) { delete(m, "token_endpoint") }, connector.CodeProtocol},
		"a foreign endpoint": {func(_ *small, m map[string]any, _ *fapi.Place) {
			m["token_endpoint"] = "https://attacker.example/token"
		}, connector.CodeProtocol},
		"a host that was named": {func(_ *small, m map[string]any, p *fapi.Place) {
			m["token_endpoint"], p.Hosts = "https://matls.bank.example/token", []string{"https://matls.bank.example"}
		}, ""},
		"plain http elsewhere": {func(_ *small, m map[string]any, p *fapi.Place) {
			m["token_endpoint"], p.Hosts = "http://bank.example/token", []string{"http://bank.example"}
		}, connector.CodeProtocol},
		"the older place (RFC 8414)": {func(s *small, m map[string]any, p *fapi.Place) { m["issuer"], p.Issuer = s.url+"/bank", s.url+"/bank" }, ""},
		"by its address alone": {func(s *small, _ map[string]any, p *fapi.Place) {
			p.Metadata = s.url + "/.well-known/openid-configuration"
		}, ""},
		"by its address, for somebody": {func(s *small, m map[string]any, p *fapi.Place) {
			m["issuer"], p.Metadata = "https://x.example", s.url+"/.well-known/openid-configuration"
		}, connector.CodeProtocol},
		"an issuer over plain http":       {func(_ *small, _ map[string]any, p *fapi.Place) { p.Issuer = "http://bank.example" }, connector.CodeMisconfigured},
		"a list where the object must be": {func(_ *small, m map[string]any, _ *fapi.Place) { m["token_endpoint"] = []string{"x"} }, connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t)
			p := fapi.Place{}
			c.change(s, s.metadata, &p)
			_, err := s.discover(p)
			if c.want != "" {
				wantCode(t, err, c.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMutual: the endpoints for mutual TLS are taken with a certificate, and only then (RFC 8705 section 5).
func TestMutual(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	s.metadata["mtls_endpoint_aliases"] = map[string]any{"token_endpoint": s.url + "/mtls/token"}
	for mutual, want := range map[bool]string{true: "/mtls/token", false: "/token"} {
		got, err := s.discover(fapi.Place{Mutual: mutual})
		if err != nil || got.Token.Path != want {
			t.Errorf("with a certificate %t: %v, %v, want %s", mutual, got, err, want)
		}
	}
}

// TestAuthenticate: each method says who we are as its standard has it, and in no other way.
func TestAuthenticate(t *testing.T) {
	t.Parallel()
	for method, want := range map[fapi.Method][]string{
		fapi.PrivateKeyJWT: {"client_id", "client_assertion", "client_assertion_type"}, fapi.TLSClientAuth: {"client_id"},
		fapi.SecretPost: {"client_id", "client_secret"}, fapi.SecretBasic: {}, fapi.Public: {"client_id"},
	} {
		s := newSmall(t)
		if _, err := s.party(method).ClientCredentials(t.Context(), "accounts"); err != nil {
			t.Fatal(err)
		}
		form := s.forms[0]
		if len(form) != len(want)+2 { // with grant_type and scope
			t.Errorf("%s sends %v", method, form)
		}
		for _, name := range want {
			if form.Get(name) == "" {
				t.Errorf("%s sends no %s", method, name)
			}
		}
		raw, _ := strings.CutPrefix(s.header.Get("Authorization"), "Basic ")
		pair, _ := base64.StdEncoding.DecodeString(raw)
		if method == fapi.SecretBasic && string(pair) != "us:p+w%2B%25" || method != fapi.SecretBasic && raw != "" {
			t.Errorf("%s: Authorization is %q", method, pair)
		}
	}
	s := newSmall(t)
	for name, change := range map[string]func(*fapi.Party){
		"no id":          func(p *fapi.Party) { p.Client.ID = "" },
		"no secret":      func(p *fapi.Party) { p.Client.Secret = bank.Secret{} },
		"no key":         func(p *fapi.Party) { p.Client.Method, p.Client.Key = fapi.PrivateKeyJWT, fapi.Key{} },
		"an unknown way": func(p *fapi.Party) { p.Client.Method = "canary" },
	} {
		p := s.party(fapi.SecretPost)
		change(&p)
		_, err := p.ClientCredentials(t.Context(), "")
		if connector.AsError(err).Code != connector.CodeMisconfigured {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.forms) > 0 {
		t.Error("the server was asked without anything to say who we are")
	}
}

// TestTokenAnswers: what a token endpoint may answer.
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   connector.Code
	}{
		"a bearer token":         {200, `{"access_token":"a","token_type":"bEARER"}`, ""},
		"no type":                {200, `{"access_token":"a","expires_in":"3600"}`, ""},
		"for ever":               {200, `{"access_token":"a","expires_in":99999999999999}`, ""},
		"nonsense for a time":    {200, `{"access_token":"a","expires_in":{"a":1}}`, ""},
		"another type":           {200, `{"access_token":"a","token_type":"mac"}`, connector.CodeProtocol},
		"no token":               {200, `{}`, connector.CodeProtocol},
		"no JSON":                {200, `canary`, connector.CodeProtocol},
		"a list":                 {200, `[]`, connector.CodeProtocol},
		"a grant that is spent":  {400, `{"error":"invalid_grant","error_description":"canary"}`, connector.CodeNeedsUser},
		"a client unknown":       {401, `{"error":"invalid_client"}`, connector.CodeMisconfigured},
		"refused without a word": {401, ``, connector.CodeMisconfigured},
		"an unknown word":        {400, `{"error":"canary"}`, connector.CodeProtocol},
		"later":                  {400, `{"error":"temporarily_unavailable"}`, connector.CodeUnavailable},
		"too many":               {429, ``, connector.CodeRateLimited},
		"down":                   {503, `canary`, connector.CodeUnavailable},
		"broken":                 {500, `canary`, connector.CodeProtocol},
		"elsewhere":              {307, ``, connector.CodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall(t)
			s.status, s.body = c.status, c.body
			token, err := s.party(fapi.Public).Refresh(t.Context(), bank.NewSecret("old"))
			if c.want != "" {
				wantCode(t, err, c.want)
				return
			}
			if err != nil || token.Refresh.Reveal() != "old" || token.Access.Reveal() != "a" {
				t.Errorf("got %v, want the token, and the refresh token of before", err)
			}
		})
	}
}

// TestLongTokens: tokens are kept with each connection, so that a server may not make them as long as it likes.
func TestLongTokens(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	for _, member := range []string{"access_token", "refresh_token", "scope"} {
		s.body = `{"token_type":"Bearer","access_token":"a","` + member + `":"` + strings.Repeat("x", 64<<10+1) + `"}`
		_, err := s.party(fapi.Public).ClientCredentials(t.Context(), "")
		if err == nil || connector.AsError(err).Code != connector.CodeProtocol {
			t.Errorf("%s: got %v, want %s", member, err, connector.CodeProtocol)
		}
	}
}
