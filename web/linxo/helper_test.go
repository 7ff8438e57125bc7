package linxo_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/web/linxo"
	"passerelle/web/webtest/apitest"
)

const (
	callback  = "https://app.example/cb"
	publicURL = "https://api.example"
)

// world is the real server over a real store. Its client applications are client and, for what is not one's own, other.
type world struct {
	t             *testing.T
	store         *store.Store
	grants        *grant.Service
	catalog       *directory.Catalog
	clock         *storetest.Clock
	server        *httptest.Server
	client, other grant.IssuedClient
	log           *storetest.Log
	reading       *reading
	// waits is signalled when a poll has begun to wait for news.
	waits chan struct{}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: storetest.NewClock(time.Date(2026, 3, 1, 11, 30, 0, 0, time.UTC)), log: &storetest.Log{}, waits: make(chan struct{}, 1)}
	w.store = storetest.Open(t, w.clock.Now)
	w.grants = &grant.Service{Store: w.store, Clock: w.clock.Now}
	w.check(w.store.UpsertConnectors(t.Context(), connectors()))
	w.catalog = directory.New(w.store, nil)
	_, err := w.catalog.Refresh(t.Context())
	w.check(err)
	w.reading = w.newReading()
	w.server = httptest.NewServer(apitest.Handler(t, publicURL, slog.New(slog.NewJSONHandler(w.log, nil)), linxo.New(w.deps())))
	t.Cleanup(w.server.Close)
	for _, c := range []*grant.IssuedClient{&w.client, &w.other} {
		*c, err = w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Demo", RedirectURIs: []string{callback}})
		w.check(err)
	}
	return w
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
type option = apitest.Option

// What the tests of the package say of requests.
var (
	as       = apitest.As
	header   = apitest.Header
	body     = apitest.Body
	form     = apitest.Form
	jsonBody = apitest.JSON
)

// do sends a request over HTTP: the path is the whole one, with its version (/v2.1/…, /v3/… or none), and may have a query. The
// answer is read against the description.
func (w *world) do(method, path string, options ...option) answer {
	w.t.Helper()
	got, text := apitest.Send(w.t, w.server, "api.example", method, path, options...)
	a := answer{got.StatusCode, got.Header, text}
	described(w.t, method, got.Request.URL.Path, a)
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
	return apitest.Credentials(w.client, more)
}
