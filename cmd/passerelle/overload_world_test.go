package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/cmd/dev/rig/wire"
	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/grant"
	"passerelle/internal/store/pgtest"
	"passerelle/web/webtest"
)

// postgresURL is where tests find PostgreSQL; read before TestMain takes all that is configured away.
var postgresURL = os.Getenv(pgtest.URLVar)

// onPostgres gives a test an empty database of its own.
func onPostgres(t *testing.T) string {
	t.Helper()
	if postgresURL != "" {
		if err := os.Setenv(pgtest.URLVar, postgresURL); err != nil {
			t.Fatal(err)
		}
	}
	return pgtest.Empty(t)
}

// silenced is a service whose PostgreSQL is behind a wire that can fall silent.
type silenced struct {
	t    *testing.T
	app  *app
	wire *wire.Wire
	// direct is the database's address past the wire.
	direct, url string
	http        *http.Client

	client  grant.IssuedClient
	browser *webtest.Browser
	page    *webtest.Page
	attempt string
	// user is an access token of the Powens-shaped API, session a session of the widget.
	user, session string
}

func newSilenced(t *testing.T) *silenced {
	t.Helper()
	direct := onPostgres(t)
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wire.New(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	u.Host = w.Address()
	a, err := newApp(t.Context(), &serveCommand{Serve: config.Serve{
		Data: config.Data{DataDir: dataDir(t), DatabaseURL: u.String()}, Log: config.Log{LogLevel: "error", LogFormat: formatText},
		Listen: "127.0.0.1:0", Role: config.RoleAll, TestBank: "on", TestBankListen: "127.0.0.1:0", Lease: 8 * time.Second,
		ShutdownTimeout: 5 * time.Second,
	}, TestBankSecret: bankSecret}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- a.run(ctx, func() { close(ready) }) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 512}
	s := &silenced{t: t, app: a, wire: w, direct: direct, url: a.url(), http: &http.Client{
		Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		w.Heal()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	await(t.Context(), t, "the service", ready)
	s.prepare()
	return s
}

// prepare makes a client application, a user with a token, and a visit in a browser.
func (s *silenced) prepare() {
	s.t.Helper()
	var err error
	if s.client, err = s.app.grants.CreateClient(s.t.Context(), grant.NewClient{Name: "Budget", RedirectURIs: []string{callbackURI}}); err != nil {
		s.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"client_id": s.clientID(), "client_secret": s.client.Secret.Reveal()})
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.ask(http.MethodPost, "/2.0/auth/init", string(body), http.Header{"Content-Type": {"application/json"}})
	s.user, _ = decode(s.t, got.body)["auth_token"].(string)
	_, session, err := s.app.grants.NewWidget(s.t.Context(), grant.NewWidget{
		ClientID: s.client.Client.ID, Secret: s.client.Secret, AccessToken: bank.NewSecret(s.user),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.session = session.Reveal()
	if s.browser, err = webtest.New(s.http.Transport, s.url); err != nil {
		s.t.Fatal(err)
	}
	if s.page, err = s.browser.Get(s.t.Context(), s.url+s.entry()); err != nil || s.page.Status != http.StatusOK {
		s.t.Fatalf("no visit was begun: %v %v", s.page, err)
	}
	parts := strings.Split(s.page.URL.Path, "/")
	s.attempt = parts[len(parts)-1]
}

func (s *silenced) clientID() string { return strconv.FormatInt(s.client.Client.ID, 10) }

func (s *silenced) entry() string {
	return "/en/connect?client_id=" + s.clientID() + "&redirect_uri=" + url.QueryEscape(callbackURI) + "&state=st"
}

// heard is an answer, and how long it took to come.
type heard struct {
	status int
	body   string
	header http.Header
	took   time.Duration
	err    error
}

func (s *silenced) ask(method, path, body string, header http.Header) heard {
	began := time.Now()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		return heard{err: err}
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := s.http.Do(req)
	if err != nil {
		return heard{err: err, took: time.Since(began)}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return heard{res.StatusCode, string(text), res.Header, time.Since(began), err}
}

// routes are all that the service serves.
func (s *silenced) routes() []endpoint {
	s.t.Helper()
	e, ok := s.app.server.Handler().(*echo.Echo)
	if !ok {
		s.t.Fatal("the route table cannot be read")
	}
	var out []endpoint
	for _, r := range e.Routes() {
		if strings.HasPrefix(r.Path, "/") && r.Method == strings.ToUpper(r.Method) && r.Method != http.MethodHead && r.Method != http.MethodOptions {
			out = append(out, endpoint{r.Method, r.Path})
		}
	}
	return out
}
