package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/locale"
	"passerelle/internal/queue"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/internal/syncer"
	"passerelle/static"
	"passerelle/templates"
	"passerelle/templates/page"
	"passerelle/web"
	linxo "passerelle/web/linxo/openapi/check"
	"passerelle/web/middleware"
	"passerelle/web/powens/openapi/check"
	"passerelle/web/webtest"
	"passerelle/web/webview"
)

const callbackURI = "https://app.example/cb"

// site is the whole service over a real store, served over real HTTP, with a scripted bank and a clock that can be moved.
type site struct {
	t        testing.TB
	url      string
	db       *store.Store
	grants   *grant.Service
	client   grant.IssuedClient
	bank     *script
	server   *web.Server
	log      *storetest.Log
	notifier *notifier
	offset   atomic.Int64
	// spent is what the pages hear about every callback code.
	spent atomic.Bool
}

func (s *site) now() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }

// forward moves the service's clock.
func (s *site) forward(d time.Duration) { s.offset.Add(int64(d)) }

func newSite(t testing.TB, change ...func(*grant.NewClient)) *site {
	t.Helper()
	s := &site{t: t, log: &storetest.Log{}, notifier: &notifier{held: make(chan struct{}, 64)}, bank: &script{bankURL: "http://127.0.0.1:9"}}
	ring, err := seal.Generate()
	must(t, err)
	s.db = storetest.Open(t, s.now)
	must(t, s.db.UpsertConnectors(t.Context(), connectors()))
	kinds := connector.NewRegistry()
	must(t, kinds.Register("script", s.bank))
	catalog := directory.New(s.db, kinds.Ready)
	_, err = catalog.Refresh(t.Context())
	must(t, err)
	s.grants = &grant.Service{Store: s.db, Clock: s.now}
	n := grant.NewClient{Name: "Budget <App>", RedirectURIs: []string{callbackURI}}
	for _, f := range change {
		f(&n)
	}
	s.client, err = s.grants.CreateClient(t.Context(), n)
	must(t, err)
	log := slog.New(middleware.LogID(slog.NewJSONHandler(s.log, nil)))
	accounts := &syncer.Service{Store: s.db, Remover: s.db, Directory: catalog, Kinds: kinds, Clock: s.now, Log: log}
	listener := httptest.NewUnstartedServer(nil)
	public := &url.URL{Scheme: "http", Host: listener.Listener.Addr().String()}
	s.url = public.String()
	visits := &connect.Service{
		Store: s.db, Clients: s.db, Directory: catalog, Kinds: kinds, Codes: s.grants, Accounts: accounts,
		Connections: connections{s.db, accounts}, Programs: grant.SimpleFIN{Service: s.grants, Kept: s.db}, People: s.grants, Notifier: s.notifier,
		CallbackURL: func(kind string) string { return s.url + "/callback/" + kind },
		Clock:       s.now, Rand: rand.Reader, Log: log, Settle: 3 * time.Second, Deadline: 10 * time.Second,
	}
	t.Cleanup(func() { visits.Drain(context.Background()) })
	texts, err := locale.Load(templates.Messages)
	must(t, err)
	draining := make(chan struct{})
	d := webview.Deps{
		Draining:     draining,
		CodeSpent:    func(context.Context, bank.Secret) (bool, error) { return s.spent.Load(), nil },
		ConnectionOf: s.db.Connection,
		Visits:       visits, Grants: s.grants, Widgets: s.grants, Connectors: catalog, PublicURL: public, Operator: "Test Operator",
		Translator: func(lang string) page.Translator { return texts.Translator(lang) },
		Negotiate:  func(accept string) string { return texts.Negotiate(accept) },
		Assets:     static.URL, HistoryDays: 90, Browser: middleware.NewBrowser(ring, false, s.now), CSRF: middleware.NewCSRF(ring),
		Queues: &queue.Service{Store: s.db, Notifier: s.notifier, Clock: s.now},
		Ring:   ring, Clock: s.now, Log: log,
	}
	for _, l := range texts.Languages() {
		d.Languages = append(d.Languages, page.Language{Tag: l.Tag, Name: l.Name})
	}
	pages, err := webview.New(d)
	must(t, err)
	s.server, err = web.New(web.Deps{
		PublicURL: public, Areas: []web.Area{pages}, Pages: pages, Static: static.Handler(), Favicon: static.Favicon(),
		Ready: s.db.Ping, MetricsOnMain: true, Draining: draining, Log: log,
	})
	must(t, err)
	listener.Config.Handler = s.server.Handler()
	listener.Start()
	t.Cleanup(listener.Close)
	return s
}

// browser opens a new browser.
func (s *site) browser() *webtest.Browser {
	s.t.Helper()
	b, err := webtest.New(nil, s.url)
	must(s.t, err)
	return b
}

// entry is the entry URL with more parameters, as name and value in turn.
func (s *site) entry(more ...string) string {
	q := url.Values{"client_id": {itoa(s.client.Client.ID)}, "redirect_uri": {callbackURI}, "state": {"st &/é"}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return s.url + "/en/connect?" + q.Encode()
}

// raw sends one request without following anything.
func (s *site) raw(method, address, body string, header ...string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, address, bytes.NewReader([]byte(body)))
	must(s.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	must(s.t, err)
	text, err := io.ReadAll(res.Body)
	must(s.t, err)
	must(s.t, res.Body.Close())
	res.Body = io.NopCloser(bytes.NewReader(text))
	// The API itself is not mounted here: of what is described, the webview's addresses are.
	response := check.Response{Method: method, Path: req.URL.Path, Status: res.StatusCode, Header: res.Header, Body: text}
	if check.Described(method, req.URL.Path) {
		must(s.t, check.Answer(response))
	}
	if strings.Contains(req.URL.Path, "/widget/") && linxo.Described(method, req.URL.Path) {
		must(s.t, linxo.Answer(response))
	}
	return res
}

type connections struct {
	*store.Store
	accounts *syncer.Service
}

func (c connections) RemoveConnection(ctx context.Context, userID, id int64) error {
	return c.accounts.RemoveConnection(ctx, userID, id)
}

func (c connections) RemoveGroup(ctx context.Context, userID, groupID int64) error {
	return c.accounts.RemoveGroup(ctx, userID, groupID)
}

// notifier wakes subscribers in this process.
type notifier struct {
	mu sync.Mutex
	// held gets a value for each page that begins to wait.
	held chan struct{}
	subs map[string][]chan struct{}
}

func (n *notifier) Publish(_ context.Context, topic string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ch := range n.subs[topic] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
	return nil
}

func (n *notifier) Subscribe(_ context.Context, topic string) (<-chan struct{}, func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.subs == nil {
		n.subs = make(map[string][]chan struct{})
	}
	ch := make(chan struct{}, 1)
	n.subs[topic] = append(n.subs[topic], ch)
	select {
	case n.held <- struct{}{}:
	default:
	}
	return ch, func() {}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
