package oauth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/templates/page"
	"passerelle/web/middleware"
	"passerelle/web/oauth"
	"passerelle/web/webtest/apitest"
)

const (
	callback = "https://app.example/cb"
	email    = "Ada.Lovelace@example.org"
	password = "correct horse & battery"
)

// world is the real server over a real store, with a client application and a person of it.
type world struct {
	t             *testing.T
	grants        *grant.Service
	store         *store.Store
	clock         *storetest.Clock
	server        *httptest.Server
	log           *storetest.Log
	client, other grant.IssuedClient
	person        grant.Person
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(time.Now().UTC()), log: &storetest.Log{}}
	w.store = storetest.Open(t, w.clock.Now)
	memory := ephemeral.NewMemory(ephemeral.Options{})
	t.Cleanup(func() { _ = memory.Close() })
	w.grants = &grant.Service{
		Store: w.store, Clock: w.clock.Now, Counter: memory, PasswordCost: grant.PasswordCost{Memory: 64, Time: 1, Threads: 1},
	}
	var err error
	for _, c := range []*grant.IssuedClient{&w.client, &w.other} {
		*c, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
		w.check(err)
	}
	w.person, err = w.grants.CreatePerson(t.Context(), grant.NewPerson{
		Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, Email: email, Password: bank.NewSecret(password),
	})
	w.check(err)
	w.serve()
	return w
}

// ids shows every message by its id.
type ids struct{}

func (ids) T(id string, _ map[string]any) string { return id }

// serve starts the server at the address that it believes to be public.
func (w *world) serve() {
	w.t.Helper()
	ring, err := seal.Generate()
	w.check(err)
	w.server = httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "http", Host: w.server.Listener.Addr().String()}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	signIn, err := oauth.NewSignIn(oauth.SignInDeps{
		Grants: w.grants, PublicURL: public, Translator: func(string) page.Translator { return ids{} }, Negotiate: func(string) string { return "en" },
		Languages: []page.Language{{Tag: "en", Name: "English"}}, CSRF: middleware.NewCSRF(ring), Log: log,
	})
	w.check(err)
	w.server.Config.Handler = apitest.Handler(w.t, public.String(), log, oauth.New(oauth.Deps{Grants: w.grants, PublicURL: public.String()}), signIn)
	w.server.Start()
	w.t.Cleanup(w.server.Close)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option = apitest.Option

func basic(c grant.IssuedClient) option {
	return func(r *http.Request) { r.SetBasicAuth(fmt.Sprint(c.Client.ID), c.Secret.Reveal()) }
}

// fields are a body's, in turn name and value.
type fields []string

// with adds fields, or replaces those of the same name; an empty value takes one away.
func (f fields) with(more ...string) fields {
	out := fields{}
	for i := 0; i < len(f); i += 2 {
		replaced := false
		for j := 0; j < len(more); j += 2 {
			replaced = replaced || more[j] == f[i]
		}
		if !replaced {
			out = append(out, f[i], f[i+1])
		}
	}
	for j := 0; j < len(more); j += 2 {
		if more[j+1] != "" {
			out = append(out, more[j], more[j+1])
		}
	}
	return out
}

func (f fields) form() string {
	v := url.Values{}
	for i := 0; i < len(f); i += 2 {
		v.Add(f[i], f[i+1])
	}
	return v.Encode()
}

func (f fields) json(t *testing.T) string {
	t.Helper()
	m := map[string]string{}
	for i := 0; i < len(f); i += 2 {
		m[f[i]] = f[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// credentials are the client application's, with more fields.
func (w *world) credentials(more ...string) fields {
	return append(fields{"client_id", fmt.Sprint(w.client.Client.ID), "client_secret", w.client.Secret.Reveal()}, more...)
}

func (w *world) passwordForm() fields {
	return w.credentials("grant_type", "password", "username", email, "password", password, "scope", "openid profile accounts_read", "provider", "connect")
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

func (w *world) send(method, path, contentType, body string, options ...option) answer {
	w.t.Helper()
	got, text := apitest.Send(w.t, w.server, "", method, path, append([]option{apitest.Body(contentType, body)}, options...)...)
	a := answer{got.StatusCode, got.Header, text}
	described(w.t, method, path, a)
	return a
}

func (w *world) token(f fields, options ...option) answer {
	w.t.Helper()
	return w.send(http.MethodPost, oauth.PathToken, formType, f.form(), options...)
}

// given is a good answer of the token endpoint.
type given struct {
	Access    string `json:"access_token"`
	Type      string `json:"token_type"`
	ExpiresIn int    `json:"expires_in"`
	Scope     string `json:"scope"`
	Refresh   string `json:"refresh_token"`
}

func (a answer) given(t *testing.T) given {
	t.Helper()
	var g given
	d := json.NewDecoder(strings.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); a.status != http.StatusOK || err != nil {
		t.Fatalf("%d %s (%v)", a.status, a.body, err)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": jsonType} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if g.Type != "Bearer" || g.ExpiresIn != 3600 || g.Access == "" {
		t.Errorf("the answer is %+v", g)
	}
	return g
}

func (a answer) wantError(t *testing.T, what string, status int, code, names string) {
	t.Helper()
	var e map[string]string
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status != status {
		t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
		return
	}
	if len(e) != 2 || e["error"] != code || !strings.Contains(e["error_description"], names) {
		t.Errorf("%s: %s, want %s and a description that names %q", what, a.body, code, names)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: it may be cached", what)
	}
	if got := a.header.Get("WWW-Authenticate"); (status == http.StatusUnauthorized) != strings.HasPrefix(got, "Basic ") {
		t.Errorf("%s: WWW-Authenticate is %q", what, got)
	}
}

func (w *world) caller(token string) (grant.Caller, error) {
	return w.grants.Authenticate(w.t.Context(), bank.NewSecret(token))
}
