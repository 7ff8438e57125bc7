package connect_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/ephemeral"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/internal/syncer"
)

const scriptedUUID = "7d3c1d2e-0000-5000-8000-000000000001"

// script is a connector whose answers a test writes.
type script struct {
	mu      sync.Mutex
	begin   func(connector.BeginInput) (connector.Step, error)
	advance func(connector.AdvanceInput) (connector.Step, error)
	pull    func() error
	begun   []connector.BeginInput
	events  []connector.EventKind
	revoked int
	block   chan struct{}
	// rotated is the session that a pull leaves, nil for none.
	rotated connector.Opaque
	// more is how many accounts the bank lists beyond the usual three; wanted are those that the last pull asked the movements of.
	more   int
	wanted []string
}

func (s *script) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "scripted", Protocol: connector.ProtocolVersion}, nil
}

func (s *script) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	s.mu.Lock()
	s.begun = append(s.begun, in)
	f, block := s.begin, s.block
	s.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return connector.Step{}, ctx.Err()
		}
	}
	return f(in)
}

func (s *script) Advance(_ context.Context, in connector.AdvanceInput) (connector.Step, error) {
	s.mu.Lock()
	s.events = append(s.events, in.Event.Kind)
	f := s.advance
	s.mu.Unlock()
	if in.Event.Kind == connector.EventCancel || f == nil {
		return connector.Step{}, nil
	}
	return f(in)
}

func (s *script) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	s.mu.Lock()
	rotated, pull, n := s.rotated, s.pull, 3+s.more
	s.wanted = in.Transactions
	s.mu.Unlock()
	if pull != nil {
		if err := pull(); err != nil {
			return connector.PullResult{}, err
		}
	}
	for i := range n {
		m, err := bank.ParseMoney("10.50", "EUR")
		if err != nil {
			return connector.PullResult{}, err
		}
		a := bank.Account{
			Key: "account-" + strconv.Itoa(i), Number: strconv.Itoa(1000 + i), Name: "Account " + strconv.Itoa(i),
			Type: bank.AccountChecking, Balance: m, Source: in.Source,
		}
		if i == 2 {
			a.Type = bank.AccountSavings
		}
		if err := out.Account(ctx, a); err != nil {
			return connector.PullResult{}, err
		}
	}
	return connector.PullResult{Session: rotated}, nil
}

func (s *script) Revoke(context.Context, connector.RevokeInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked++
	return nil
}

// asked says how often the bank was asked for a login.
func (s *script) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.begun)
}

func (s *script) kinds() []connector.EventKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]connector.EventKind(nil), s.events...)
}

// shelf is a directory of one or two connectors.
type shelf []*bank.Connector

func (d shelf) ByUUID(uuid string) (*bank.Connector, bool) {
	for _, c := range d {
		if c.UUID == uuid {
			return c, true
		}
	}
	return nil, false
}

func (d shelf) ByID(id int64) (*bank.Connector, bool) {
	for _, c := range d {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

type connections struct {
	*store.Store
	*syncer.Service
}

// world is a service on a real store with a scripted connector and a clock of its own.
type world struct {
	t      *testing.T
	svc    *connect.Service
	store  *store.Store
	script *script
	grants *grant.Service
	client grant.Client
	dir    shelf
	// reading reads connections as the jobs do, which nobody works here.
	reading *syncer.Service

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, script: &script{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.store = storetest.Open(t, w.clock)
	w.dir = shelf{{
		ID: 1, UUID: scriptedUUID, Name: "Scripted", Kind: "scripted",
		Sources: []bank.Source{{Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials}},
		Fields: []bank.Field{
			{Name: "login", Type: bank.FieldText, Required: true},
			{Name: "password", Type: bank.FieldPassword, Required: true, Secret: true},
		},
	}, {
		ID: 2, UUID: "7d3c1d2e-0000-5000-8000-000000000002", Name: "Two ways", Kind: "scripted",
		Sources: []bank.Source{{Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}, {Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials}},
		Fields:  []bank.Field{{Name: "login", Type: bank.FieldText, Required: true, Sources: []string{bank.SourceDirectAccess}}},
	}, {
		ID: 3, UUID: webUUID, Name: "Web only", Kind: "scripted", Sources: []bank.Source{{Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}},
		Fields: []bank.Field{{Name: "branch", Type: bank.FieldText, Pattern: "[0-9]*"}},
	}}
	kinds := connector.NewRegistry()
	if err := kinds.Register("scripted", w.script); err != nil {
		t.Fatal(err)
	}
	w.grants = &grant.Service{Store: w.store, Clock: w.clock}
	log := slog.New(slog.DiscardHandler)
	w.reading = &syncer.Service{Store: w.store, Remover: w.store, Directory: w.dir, Kinds: kinds, Clock: w.clock, Jitter: func() float64 { return 0 }, Log: log}
	memory := ephemeral.NewMemory(ephemeral.Options{})
	w.svc = &connect.Service{
		Store: w.store, Clients: w.store, Directory: w.dir, Kinds: kinds, Codes: w.grants, Accounts: w.reading, People: w.grants,
		Connections: connections{w.store, w.reading}, Programs: grant.SimpleFIN{Service: w.grants, Kept: w.store}, Notifier: memory, Clock: w.clock, Rand: rand.Reader, Log: log,
		CallbackURL: func(kind string) string { return "https://connect.example.org/callback/" + kind },
		Settle:      5 * time.Second, Deadline: 10 * time.Second,
	}
	w.reading.Ended = w.svc.ReadingEnded
	t.Cleanup(func() {
		w.svc.Drain(context.Background())
		_ = memory.Close()
	})
	issued, err := w.grants.CreateClient(t.Context(), grant.NewClient{Name: "Budget Leaf", RedirectURIs: []string{"https://app.example/cb"}})
	if err != nil {
		t.Fatal(err)
	}
	w.client = issued.Client
	return w
}

// visit is one browser's visit.
type visit struct {
	w    *world
	id   string
	bind bank.Secret
}

func (w *world) begin(r connect.Request) *visit {
	w.t.Helper()
	r.Dialect, r.Lang, r.RedirectURI, r.State = "powens", "en", "https://app.example/cb", "s t&ate"
	a, bind, err := w.svc.Begin(w.t.Context(), connect.BeginInput{Client: w.client, Request: r})
	if err != nil {
		w.t.Fatal(err)
	}
	return &visit{w: w, id: a.ID, bind: bind}
}

func (v *visit) look() *connect.View {
	v.w.t.Helper()
	view, err := v.w.svc.Look(v.w.t.Context(), v.id, v.bind, connector.PSU{})
	if err != nil {
		v.w.t.Fatalf("look: %v", err)
	}
	return view
}

// on checks the page and gives the view.
func (v *visit) on(want connect.Page) *connect.View {
	v.w.t.Helper()
	view := v.look()
	if view.Page != want {
		v.w.t.Fatalf("on page %s (error %+v), want %s", view.Page, view.Attempt.Public.Error, want)
	}
	return view
}

func (v *visit) act() connect.Act {
	return connect.Act{ID: v.id, Bind: v.bind, Step: v.look().Attempt.Step}
}

func (v *visit) must(err error) {
	v.w.t.Helper()
	if err != nil {
		v.w.t.Fatal(err)
	}
}

// toCredentials walks to the form of the scripted connector.
func (w *world) toCredentials(r connect.Request) *visit {
	w.t.Helper()
	r.ConnectorUUIDs = []string{scriptedUUID}
	v := w.begin(r)
	v.on(connect.PageTerms)
	v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
	v.on(connect.PageCredentials)
	return v
}

func (v *visit) submit() {
	v.w.t.Helper()
	bind, wrong, err := v.w.svc.SubmitCredentials(v.w.t.Context(), v.act(), secrets("login", "dev", "password", "1234"))
	v.must(err)
	if len(wrong) > 0 {
		v.w.t.Fatalf("fields refused: %v", wrong)
	}
	v.bind = bind
}

func secrets(pairs ...string) map[string]bank.Secret {
	out := map[string]bank.Secret{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = bank.NewSecret(pairs[i+1])
	}
	return out
}

func done(connector.BeginInput) (connector.Step, error) {
	return connector.Step{Done: &connector.Done{Session: connector.Opaque("session"), OwnerKey: "owner"}}, nil
}

// held is a state parameter as the bank got it last.
type held struct {
	mu    sync.Mutex
	value bank.Secret
}

func (h *held) get() bank.Secret {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.value
}

func redirect(state *held) func(connector.BeginInput) (connector.Step, error) {
	return func(in connector.BeginInput) (connector.Step, error) {
		state.mu.Lock()
		state.value = in.Callback.State
		state.mu.Unlock()
		return connector.Step{State: connector.Opaque("s"), Redirect: &connector.Redirect{URL: "https://bank.example/authorize"}}, nil
	}
}

func callbackOf(state bank.Secret, pairs ...string) url.Values {
	q := url.Values{"state": {state.Reveal()}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

// accepted is the hash of the terms that were shown.
func accepted(grant.Client) (string, error) { return "v1", nil }

// agreed is what the page of the selection said.
func agreed(c connect.Consented) func(*connect.View) connect.Consented {
	return func(*connect.View) connect.Consented { return c }
}
