package oauth_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/templates/page"
	"passerelle/web"
	"passerelle/web/middleware"
	"passerelle/web/oauth"
	"passerelle/web/respond"
)

const (
	callback = "https://app.example/cb"
	email    = "Ada.Lovelace@example.org"
	password = "correct horse & battery"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type sealer struct{ ring *seal.Keyring }

func (s sealer) Seal(plaintext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(plaintext, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealer) Open(ciphertext []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(ciphertext, seal.AD{Table: table, Column: column, Row: row})
}

type pages struct{}

func (pages) ShowError(c echo.Context, err error) { respond.Problem(c, err) }

// lockedBuffer keeps the log.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// world is the real server over a real store, with a client application and a person of it.
type world struct {
	t             *testing.T
	grants        *grant.Service
	store         *store.Store
	clock         *clock
	server        *httptest.Server
	log           *lockedBuffer
	client, other grant.IssuedClient
	person        grant.Person
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: &clock{at: time.Now().UTC()}, log: &lockedBuffer{}}
	w.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "test.db"), Sealer: sealer{ring}, Now: w.clock.now,
	})
	w.check(err)
	t.Cleanup(func() { _ = w.store.Close() })
	memory := ephemeral.NewMemory(ephemeral.Options{})
	t.Cleanup(func() { _ = memory.Close() })
	w.grants = &grant.Service{
		Store: w.store, Clock: w.clock.now, Counter: memory, PasswordCost: grant.PasswordCost{Memory: 64, Time: 1, Threads: 1},
	}
	for _, c := range []*grant.IssuedClient{&w.client, &w.other} {
		*c, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
		w.check(err)
	}
	w.person, err = w.grants.CreatePerson(t.Context(), grant.NewPerson{
		Domain: grant.DefaultDomain, ClientID: w.client.Client.ID, Email: email, Password: bank.NewSecret(password),
	})
	w.check(err)
	w.serve(ring)
	return w
}

// ids shows every message by its id.
type ids struct{}

func (ids) T(id string, _ map[string]any) string { return id }

// serve starts the server at the address that it believes to be public.
func (w *world) serve(ring *seal.Keyring) {
	w.t.Helper()
	w.server = httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "http", Host: w.server.Listener.Addr().String()}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	signIn, err := oauth.NewSignIn(oauth.SignInDeps{
		Grants: w.grants, PublicURL: public, Translator: func(string) page.Translator { return ids{} }, Negotiate: func(string) string { return "en" },
		Languages: []page.Language{{Tag: "en", Name: "English"}}, CSRF: middleware.NewCSRF(ring), Log: log,
	})
	w.check(err)
	s, err := web.New(web.Deps{
		PublicURL: public, Areas: []web.Area{oauth.New(oauth.Deps{Grants: w.grants, PublicURL: public.String()}), signIn}, Pages: pages{},
		Ready: w.store.Ping, Log: log,
	})
	w.check(err)
	w.server.Config.Handler = s.Handler()
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

type option func(*http.Request)

func header(name, value string) option { return func(r *http.Request) { r.Header.Add(name, value) } }

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
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	w.check(err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, o := range options {
		o(r)
	}
	got, err := w.server.Client().Do(r)
	w.check(err)
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	w.check(err)
	a := answer{got.StatusCode, got.Header, string(text)}
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
