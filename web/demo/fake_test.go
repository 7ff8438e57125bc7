package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeService answers like the service does, as far as the demo asks. Each test changes what it needs.
type fakeService struct {
	*httptest.Server
	mux *http.ServeMux

	mu        sync.Mutex
	exchanges []exchangeSeen
	// exchange answers the exchange number n, counted from 1.
	exchange func(w http.ResponseWriter, n int)
	// state is the connection's, as JSON.
	state string
}

type exchangeSeen struct {
	key  string
	form url.Values
}

func newFake(t *testing.T) *fakeService {
	t.Helper()
	f := &fakeService{mux: http.NewServeMux(), state: "null"}
	f.exchange = func(w http.ResponseWriter, _ int) { answer(w, 200, `{"access_token":"tok-1","token_type":"Bearer"}`) }
	f.mux.HandleFunc("POST /2.0/auth/token/access", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f.mu.Lock()
		f.exchanges = append(f.exchanges, exchangeSeen{r.Header.Get("Idempotency-Key"), r.PostForm})
		n := len(f.exchanges)
		f.mu.Unlock()
		f.exchange(w, n)
	})
	f.mux.HandleFunc("POST /2.0/auth/init", func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		_ = json.NewDecoder(r.Body).Decode(&body)
		if body["client_id"] != "12345678" || body["client_secret"] != "s3cret-s3cret-s3cret-s3cret" {
			answer(w, 401, `{"code":"unauthorized"}`)
			return
		}
		answer(w, 200, `{"auth_token":"tok-init","type":"permanent","id_user":7,"expires_in":null}`)
	})
	f.mux.HandleFunc("GET /2.0/auth/token/code", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "type=singleAccess" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer tok-") {
			answer(w, 401, `{"code":"unauthorized"}`)
			return
		}
		answer(w, 200, `{"code":"one+time/code","type":"temporary","access":"single","expires_in":1800}`)
	})
	f.mux.HandleFunc("GET /2.0/users/me/connections", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"connections":[{"id":3,"state":`+f.state+`,"last_update":"2024-01-01 10:00:00","connector":{"name":"Test <b>bank</b>"}}]}`)
	})
	f.mux.HandleFunc("GET /2.0/users/me/accounts", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"accounts":[{"id":5,"id_connection":3,"name":"Current","iban":"FR7630006000011234567890189","type":"checking","balance":1234567.8,"currency":{"id":"EUR"}}]}`)
	})
	f.mux.HandleFunc("GET /2.0/users/me/accounts/5", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"id":5,"id_connection":3,"name":"Current","type":"checking","balance":-1.5,"currency":{"id":"EUR"}}`)
	})
	f.Server = httptest.NewServer(f.mux)
	t.Cleanup(f.Close)
	return f
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (f *fakeService) seen() []exchangeSeen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]exchangeSeen(nil), f.exchanges...)
}

// browser is a person's browser at the demo. It follows redirects within the demo and stops at those that lead away.
type browser struct {
	t      *testing.T
	client *http.Client
	self   string
}

// start runs a demo against a service and gives a browser at it.
func start(t *testing.T, f *fakeService) (*App, *browser) {
	t.Helper()
	var app *App
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { app.Handler().ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	app, err := New(Config{
		Service: f.URL, Self: srv.URL, ClientID: "12345678", ClientSecret: "s3cret-s3cret-s3cret-s3cret",
		Hints: []Hint{{Login: "dev", Password: "dev", What: "all goes well"}}, Framed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	app.pause = time.Millisecond
	return app, newBrowser(t, srv.URL)
}

func newBrowser(t *testing.T, self string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, self: self, client: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), self) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// page is what a browser got: the status, the text, and where it was sent when that leads away.
type page struct {
	status   int
	text     string
	location *url.URL
}

func (b *browser) do(method, path string) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.self+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	p := page{status: res.StatusCode, text: string(text)}
	if l := res.Header.Get("Location"); l != "" {
		if p.location, err = url.Parse(l); err != nil {
			b.t.Fatal(err)
		}
	}
	return p
}

// begin starts a visit and gives the state it went with.
func (b *browser) begin(path string) url.Values {
	b.t.Helper()
	p := b.do(http.MethodPost, path)
	if p.status != http.StatusSeeOther || p.location == nil {
		b.t.Fatalf("POST %s gave %d, want a redirect to the webview:\n%s", path, p.status, p.text)
	}
	return p.location.Query()
}

// back comes back from the webview with the given parameters.
func (b *browser) back(format string, args ...any) page {
	b.t.Helper()
	return b.do(http.MethodGet, "/callback?"+fmt.Sprintf(format, args...))
}
