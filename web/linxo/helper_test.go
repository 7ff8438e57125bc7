package linxo_test

import (
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
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/web"
	"passerelle/web/linxo"
	"passerelle/web/respond"
)

const (
	callback  = "https://app.example/cb"
	publicURL = "https://api.example"
)

// clock is a clock that tests turn.
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

// pages shows errors outside the API.
type pages struct{}

func (pages) ShowError(c echo.Context, err error) { respond.Problem(c, err) }

// lockedBuffer keeps the log for tests that search it.
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

// world is the real server over a real store. Its client applications are client and, for what is not one's own, other.
type world struct {
	t             *testing.T
	store         *store.Store
	grants        *grant.Service
	catalog       *directory.Catalog
	clock         *clock
	server        *httptest.Server
	client, other grant.IssuedClient
	log           *lockedBuffer
	reading       *reading
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ring, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: &clock{at: time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)}, log: &lockedBuffer{}}
	w.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "test.db"), Sealer: sealer{ring}, Now: w.clock.now,
	})
	w.check(err)
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.grants = &grant.Service{Store: w.store, Clock: w.clock.now}
	w.check(w.store.UpsertConnectors(t.Context(), connectors()))
	w.catalog = directory.New(w.store, nil)
	_, err = w.catalog.Refresh(t.Context())
	w.check(err)
	w.reading = w.newReading()
	w.server = w.serve()
	for _, c := range []*grant.IssuedClient{&w.client, &w.other} {
		*c, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
		w.check(err)
	}
	return w
}

func (w *world) serve() *httptest.Server {
	w.t.Helper()
	public, err := url.Parse(publicURL)
	w.check(err)
	s, err := web.New(web.Deps{
		PublicURL: public, Areas: []web.Area{linxo.New(w.deps())}, Pages: pages{}, Ready: w.store.Ping,
		Log: slog.New(slog.NewJSONHandler(w.log, nil)),
	})
	w.check(err)
	server := httptest.NewServer(s.Handler())
	w.t.Cleanup(server.Close)
	return server
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option func(*http.Request)

// as presents an access token.
func as(token bank.Secret) option {
	return func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+token.Reveal()) }
}

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func body(contentType, text string) option {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
	}
}

func form(values map[string]string) option {
	v := url.Values{}
	for name, value := range values {
		v.Set(name, value)
	}
	return body("application/x-www-form-urlencoded", v.Encode())
}

func jsonBody(text string) option { return body("application/json", text) }

// do sends a request over HTTP: the path is the whole one, with its version (/v2.1/…, /v3/… or none), and may have a query. The
// answer is read against the description.
func (w *world) do(method, path string, options ...option) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL, http.NoBody)
	w.check(err)
	at, query, _ := strings.Cut(path, "?")
	r.URL.Path, r.URL.RawQuery, r.Host = at, query, "api.example"
	for _, o := range options {
		o(r)
	}
	got, err := w.server.Client().Do(r)
	w.check(err)
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	w.check(err)
	a := answer{got.StatusCode, got.Header, string(text)}
	described(w.t, method, r.URL.Path, a)
	return a
}

// wantError checks the status, the two members of an error, and that the description names what is wrong.
func (a answer) wantError(t *testing.T, what string, status int, code, names string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status %d, want %d: %s", what, a.status, status, a.body)
		return
	}
	e := a.object(t)
	description, _ := e["error_description"].(string)
	if e["error"] != code || !strings.Contains(description, names) {
		t.Errorf("%s: the error is %s, want %s and a description that names %q", what, a.body, code, names)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: Cache-Control is %q, want no-store", what, a.header.Get("Cache-Control"))
	}
}

// credentials are the client application's, for a form.
func (w *world) credentials(more map[string]string) map[string]string {
	out := map[string]string{"client_id": fmt.Sprint(w.client.Client.ID), "client_secret": w.client.Secret.Reveal()}
	for name, value := range more {
		out[name] = value
	}
	return out
}
