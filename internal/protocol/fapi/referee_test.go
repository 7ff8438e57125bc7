package fapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
)

// providerVar names oidc-provider's folder, as npm installed it: the authority on authorization servers that is not ours.
const providerVar = "PASSERELLE_TEST_OIDC_PROVIDER"

const callback = "https://client.example/callback/openbanking"

// referee is an oidc-provider that runs for one test.
type referee struct {
	t       *testing.T
	ca      *authority
	issuer  string
	cert    string
	key     string
	signing fapi.Key
}

// clients are registered as a bank would.
func (r *referee) clients() []map[string]any {
	public := jose.JSONWebKey{Key: theRSA().Public(), KeyID: "ours", Use: "sig", Algorithm: "PS256"}
	common := map[string]any{
		"redirect_uris": []string{callback}, "grant_types": []string{"authorization_code", "refresh_token", "client_credentials", "implicit"},
		"response_types": []string{"code", "code id_token"}, "scope": "openid accounts offline_access",
		"id_token_signed_response_alg": "PS256", "authorization_signed_response_alg": "ES256",
		"jwks": map[string]any{"keys": []any{public}},
	}
	client := func(id string, more map[string]any) map[string]any {
		out := map[string]any{"client_id": id}
		for _, m := range []map[string]any{common, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	return []map[string]any{
		client("by-key", map[string]any{
			"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "PS256", "request_object_signing_alg": "PS256",
			"require_pushed_authorization_requests": true, "tls_client_certificate_bound_access_tokens": true,
		}),
		client("by-certificate", map[string]any{
			"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=Third party",
			"request_object_signing_alg": "PS256", "tls_client_certificate_bound_access_tokens": true,
		}),
		client("by-secret", map[string]any{"token_endpoint_auth_method": "client_secret_basic", "client_secret": "canary: of a client+that/is=long"}),
	}
}

func startReferee(t *testing.T, profile string) *referee {
	t.Helper()
	folder := os.Getenv(providerVar)
	if folder == "" {
		t.Skip(providerVar + " names no folder: the referee oidc-provider is missing")
	}
	node, err := exec.LookPath(orElse(os.Getenv("PASSERELLE_TEST_NODE"), "node"))
	if err != nil {
		t.Fatalf("%s is set, but Node.js is missing: %v", providerVar, err)
	}
	r := &referee{t: t, ca: newAuthority(t), signing: signingKey(t, theRSA(), "ours")}
	serverCert, serverKey := r.ca.issue("127.0.0.1")
	r.cert, r.key = r.ca.issue("Third party")
	key := theRSA()
	settings, err := json.Marshal(map[string]any{
		"provider": filepath.Join(folder, "lib", "index.js"), "key": serverKey, "cert": serverCert, "authority": r.ca.text,
		"clients": r.clients(), "fapi": profile,
		"keys": []any{jose.JSONWebKey{Key: key, KeyID: "theirs-rsa", Use: "sig"}, jose.JSONWebKey{Key: theEC(), KeyID: "theirs-ec", Use: "sig"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, filepath.Join("testdata", "server.mjs"))
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("oidc-provider said: %s", said.String())
		}
	})
	if _, err := in.Write(append(settings, '\n')); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var told struct{ Issuer string }
		if json.Unmarshal(lines.Bytes(), &told) == nil && told.Issuer != "" {
			r.issuer = told.Issuer
			go func() {
				for lines.Scan() { // nobody reads the rest, and a full pipe would stop it
					continue
				}
			}()
			return r
		}
	}
	t.Fatalf("oidc-provider did not start: %s", said.String())
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// party is a client of the referee's.
func (r *referee) party(id string, method fapi.Method) fapi.Party {
	r.t.Helper()
	client := r.ca.client("", "")
	mutual := method != fapi.SecretBasic
	if mutual {
		client = r.ca.client(r.cert, r.key)
	}
	server, err := fapi.Discover(r.t.Context(), client, fapi.Place{Issuer: r.issuer, Mutual: mutual})
	if err != nil {
		r.t.Fatal(err)
	}
	return fapi.Party{HTTP: client, Server: server, Now: time.Now(), Client: fapi.Client{
		ID: id, Method: method, Key: r.signing, Secret: bank.NewSecret("canary: of a client+that/is=long"),
	}}
}

// browse is the end user: signs in, agrees, and comes back with what the server sent, in the query or behind the hash.
func (r *referee) browse(to *url.URL) url.Values {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	browser := r.ca.client("", "")
	browser.Jar = jar
	at := to
	var form url.Values
	for range 20 {
		method, body := http.MethodGet, ""
		if form != nil {
			method, body = http.MethodPost, form.Encode()
		}
		req, err := http.NewRequestWithContext(r.t.Context(), method, at.String(), strings.NewReader(body))
		if err != nil {
			r.t.Fatal(err)
		}
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := browser.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		var page bytes.Buffer
		_, _ = page.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		form = nil
		if resp.StatusCode/100 == 3 {
			if at, err = resp.Location(); err != nil {
				r.t.Fatal(err)
			}
			if strings.HasPrefix(at.String(), callback) {
				q, err := url.ParseQuery(at.RawQuery + at.Fragment)
				if err != nil {
					r.t.Fatal(err)
				}
				return q
			}
			continue
		}
		switch text := page.String(); {
		case strings.Contains(text, `name="prompt" value="login"`):
			form = url.Values{"prompt": {"login"}, "login": {"alice"}, "password": {"1234"}}
		case strings.Contains(text, `name="prompt" value="consent"`):
			form = url.Values{"prompt": {"consent"}}
		default:
			r.t.Fatalf("the page has no form that is known: %d %s", resp.StatusCode, text)
		}
	}
	r.t.Fatal("the pages lead in circles")
	return nil
}

// intent are claims as UK banks want them.
func intent(id string) map[string]any {
	return map[string]any{"id_token": map[string]any{"openbanking_intent_id": map[string]any{"value": id, "essential": true}}}
}

// walk goes all the way: request, browser, callback, tokens, a refresh that rotates, and the old refresh token refused.
func (r *referee) walk(p fapi.Party, req fapi.Request) fapi.Token {
	r.t.Helper()
	req.Redirect, req.State = callback, bank.NewSecret("state-canary")
	to, kept, err := p.Authorize(r.t.Context(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	code, err := p.Answered(r.t.Context(), r.browse(to), kept)
	if err != nil {
		r.t.Fatal(err)
	}
	token, err := p.Exchange(r.t.Context(), code, kept)
	if err != nil {
		r.t.Fatal(err)
	}
	if token.Access.IsZero() || token.Refresh.IsZero() || token.Expires.Before(p.Now) {
		r.t.Fatal("the token answer lacks something")
	}
	fresh, err := p.Refresh(r.t.Context(), token.Refresh)
	if err != nil {
		r.t.Fatal(err)
	}
	if fresh.Refresh.Equal(token.Refresh) {
		r.t.Error("the refresh token did not rotate")
	}
	_, err = p.Refresh(r.t.Context(), token.Refresh)
	if got := connector.AsError(err).Code; err == nil || got != connector.CodeNeedsUser {
		r.t.Errorf("a spent refresh token: %v, want %s", err, connector.CodeNeedsUser)
	}
	return token
}

// TestReferee holds the client against oidc-provider, with the profiles that it knows of FAPI.
func TestReferee(t *testing.T) {
	t.Parallel()
	t.Run("FAPI 1 Advanced", func(t *testing.T) {
		t.Parallel()
		r := startReferee(t, "1.0 Final")
		if _, err := r.party("by-key", fapi.PrivateKeyJWT).ClientCredentials(t.Context(), "accounts"); err != nil {
			t.Errorf("client credentials by key: %v", err)
		}
		if _, err := r.party("by-certificate", fapi.TLSClientAuth).ClientCredentials(t.Context(), "accounts"); err != nil {
			t.Errorf("client credentials by certificate: %v", err)
		}
		signed := fapi.Request{Scope: "openid accounts", Signed: true, Claims: intent("intent-1")}
		for name, how := range map[string]struct{ kind, mode string }{"JARM": {"code", "jwt"}, "hybrid": {"code id_token", ""}} {
			req := signed
			req.ResponseType, req.ResponseMode = how.kind, how.mode
			for id, method := range map[string]fapi.Method{"by-key": fapi.PrivateKeyJWT, "by-certificate": fapi.TLSClientAuth} {
				token := r.walk(r.party(id, method), req)
				if token.ID == nil || token.ID.Subject != "alice" {
					t.Errorf("%s, %s: the id_token is not alice's", name, id)
				}
			}
		}
		r.refuses(signed)
	})
	t.Run("FAPI 2", func(t *testing.T) {
		t.Parallel()
		r := startReferee(t, "2.0")
		r.walk(r.party("by-key", fapi.PrivateKeyJWT), fapi.Request{Scope: "openid accounts", Push: fapi.PushAlways})
	})
	t.Run("plain OAuth 2", func(t *testing.T) {
		t.Parallel()
		r := startReferee(t, "")
		p := r.party("by-secret", fapi.SecretBasic)
		r.walk(p, fapi.Request{Scope: "accounts", Push: fapi.PushNever})
		p.Client.Secret = bank.NewSecret("wrong")
		if _, err := p.ClientCredentials(t.Context(), "accounts"); err == nil || connector.AsError(err).Code != connector.CodeMisconfigured {
			t.Errorf("a wrong secret: %v, want %s", err, connector.CodeMisconfigured)
		}
	})
}

// refuses shows that the referee looks: a key that is not ours, a request too old, and a certificate of a stranger are told apart.
func (r *referee) refuses(req fapi.Request) {
	r.t.Helper()
	req.Redirect, req.State, req.ResponseMode = callback, bank.NewSecret("state"), "jwt"
	stranger := r.party("by-key", fapi.PrivateKeyJWT)
	stranger.Client.Key = signingKey(r.t, theEC(), "ours")
	late := r.party("by-key", fapi.PrivateKeyJWT)
	late.Now = late.Now.Add(-2 * time.Hour)
	other := r.party("by-certificate", fapi.TLSClientAuth)
	cert, key := r.ca.issue("Somebody else")
	other.HTTP = r.ca.client(cert, key)
	for name, p := range map[string]fapi.Party{"a stranger's key": stranger, "two hours late": late, "a stranger's certificate": other} {
		_, _, err := p.Authorize(r.t.Context(), req)
		if err == nil || connector.AsError(err).Code != connector.CodeMisconfigured {
			r.t.Errorf("%s: %v, want %s", name, err, connector.CodeMisconfigured)
		}
	}
}
