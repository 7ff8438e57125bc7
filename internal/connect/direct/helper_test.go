package direct_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/seal"
	"passerelle/internal/store"
	"passerelle/internal/syncer"
)

const institution = "00000000-0000-4000-8000-000000000001"

// theBank is a bank behind a scripted connector: what it does is set by a test, what it was told is kept.
type theBank struct {
	mu sync.Mutex
	// refuse is what every sign-in is refused with; challenge is what follows a good one: otp, image, app, redirect or pick.
	refuse    connector.Code
	after     time.Duration
	challenge string
	password  string
	// approved and refused decide an approval elsewhere; flaky fails that many looks.
	approved, refused bool
	flaky             int
	// pull is what reading is refused with.
	pull connector.Code
	// hold, when set, is waited for by every call.
	hold chan struct{}
	// panics makes Begin panic.
	panics bool

	begun     []connector.BeginInput
	advanced  []connector.AdvanceInput
	pulls     []connector.PullInput
	revoked   []string
	cancelled int
}

func (b *theBank) set(f func(*theBank)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

func (b *theBank) counts() (begun, advanced, pulled int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.begun), len(b.advanced), len(b.pulls)
}

func (b *theBank) wait(ctx context.Context) {
	b.mu.Lock()
	hold := b.hold
	b.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
}

// Describe implements connector.Connector.
func (*theBank) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "scripted", Protocol: connector.ProtocolVersion}, nil
}

// Begin implements connector.Connector.
func (b *theBank) Begin(ctx context.Context, in connector.BeginInput) (connector.Step, error) {
	b.wait(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.begun = append(b.begun, in)
	login, password := in.Values["login"].Reveal(), in.Values["password"].Reveal()
	if len(in.Previous) > 0 && login == "" {
		login = string(in.Previous)
	}
	switch {
	case b.panics:
		panic("a connector's mistake")
	case b.refuse != "":
		return connector.Step{}, &connector.Error{Code: b.refuse, UserText: "Refused by the bank", RetryAfter: b.after}
	case password != "" && password != b.password, password == "" && len(in.Previous) == 0:
		return connector.Step{}, &connector.Error{Code: connector.CodeBadCredentials, Field: "password", UserText: "2 more\u202e tries"}
	}
	return b.step(login)
}

func (b *theBank) step(login string) (connector.Step, error) {
	state := connector.Opaque(b.challenge + ":" + login)
	code := []bank.Field{{Name: "code", Label: bank.Text{"en": "Code"}, Type: bank.FieldOTP, Required: true, Secret: true, MaxLen: 6}}
	switch b.challenge {
	case "otp":
		return connector.Step{State: state, Ask: &connector.Ask{Fields: code, Message: bank.Plain("Sent to \u202e•• 42<b>")}}, nil
	case "image":
		return connector.Step{State: state, Ask: &connector.Ask{Fields: code, Image: onePixel}}, nil
	case "app":
		return connector.Step{State: state, Wait: &connector.Wait{Message: bank.Plain("Open the app"), PollAfter: time.Millisecond, Medium: "app"}}, nil
	case "works":
		return connector.Step{State: state, Wait: &connector.Wait{PollAfter: time.Millisecond}}, nil
	case "redirect":
		return connector.Step{State: state, Redirect: &connector.Redirect{URL: "https://bank.example/login"}}, nil
	case "huge":
		return connector.Step{State: make(connector.Opaque, connector.MostOpaque+1), Ask: &connector.Ask{Fields: code}}, nil
	case "huge session":
		return connector.Step{Done: &connector.Done{Session: make(connector.Opaque, connector.MostOpaque+1), OwnerKey: "o"}}, nil
	case "pick":
		return connector.Step{State: state, Pick: &connector.Pick{Accounts: []bank.Account{{Key: "a"}, {Key: "b"}}}}, nil
	}
	return connector.Step{Done: &connector.Done{Session: connector.Opaque(login), OwnerKey: connector.OwnerKey(institution, login)}}, nil
}

// Advance implements connector.Connector.
func (b *theBank) Advance(ctx context.Context, in connector.AdvanceInput) (connector.Step, error) {
	b.wait(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advanced = append(b.advanced, in)
	kind, login, _ := cut(string(in.State))
	switch in.Event.Kind {
	case connector.EventCancel:
		b.cancelled++
		return connector.Step{}, nil
	case connector.EventAnswers:
		switch in.Event.Answers["code"].Reveal() {
		case "123456":
			b.challenge = ""
			return b.step(login)
		case "000000":
			return connector.Step{}, &connector.Error{Code: connector.CodeTooManyTries}
		case "111111":
			step, _ := b.step(login)
			step.Ask.Error = &connector.Error{Code: connector.CodeChallengeFailed, UserText: "Wrong code, two tries left"}
			return step, nil
		}
		return connector.Step{}, &connector.Error{Code: connector.CodeChallengeFailed}
	case connector.EventTick:
		switch {
		case b.flaky > 0:
			b.flaky--
			return connector.Step{}, &connector.Error{Code: connector.CodeUnavailable}
		case b.refused:
			return connector.Step{}, &connector.Error{Code: connector.CodeApprovalRefused}
		case !b.approved:
			return b.step(login)
		}
		b.challenge = ""
		return b.step(login)
	case connector.EventAccounts:
		if kind == "pick" && len(in.Event.Accounts) == 2 {
			b.challenge = ""
			return b.step(login)
		}
	}
	return connector.Step{}, &connector.Error{Code: connector.CodeBug, Cause: errors.New("an event that fits no step")}
}

func cut(state string) (kind, login string, ok bool) {
	for i := range state {
		if state[i] == ':' {
			return state[:i], state[i+1:], true
		}
	}
	return state, "", false
}

// Pull implements connector.Connector.
func (b *theBank) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	b.wait(ctx)
	b.mu.Lock()
	b.pulls = append(b.pulls, in)
	refused := b.pull
	b.mu.Unlock()
	if refused != "" {
		return connector.PullResult{}, &connector.Error{Code: refused}
	}
	for _, key := range []string{"a", "b"} {
		err := out.Account(ctx, bank.Account{
			Key: key + string(in.Session), Name: "Account " + key, Type: bank.AccountChecking,
			Balance: bank.Money{Amount: decimal.RequireFromString("10.50"), Currency: "EUR"},
		})
		if err != nil {
			return connector.PullResult{}, err
		}
	}
	return connector.PullResult{}, nil
}

// Revoke implements connector.Connector.
func (b *theBank) Revoke(_ context.Context, in connector.RevokeInput) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revoked = append(b.revoked, string(in.Session))
	return nil
}

// onePixel is a GIF-sized PNG.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82")

type oneDirectory struct{ entry *bank.Connector }

func (d oneDirectory) ByUUID(id string) (*bank.Connector, bool) { return d.entry, id == d.entry.UUID }
func (d oneDirectory) ByID(id int64) (*bank.Connector, bool)    { return d.entry, id == d.entry.ID }

func entry() *bank.Connector {
	site := []string{bank.SourceDirectAccess}
	return &bank.Connector{
		ID: 7, UUID: institution, Name: "Scripted", Kind: "scripted",
		Sources: []bank.Source{
			{ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth, Priority: 1},
			{ID: 2, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials, Priority: 2},
		},
		Fields: []bank.Field{
			{Name: "login", Label: bank.Text{"en": "Login"}, Type: bank.FieldText, Required: true, MaxLen: 20, Sources: site},
			{Name: "password", Label: bank.Text{"en": "Password"}, Type: bank.FieldPassword, Required: true, Secret: true, Sources: site},
			{Name: "website", Label: bank.Text{"en": "Website"}, Type: bank.FieldList, Options: []bank.Option{{Value: "par"}}},
		},
	}
}

// world is the service over a real store and a real reader, with a clock that stands still until it is moved.
type world struct {
	t      *testing.T
	path   string
	db     *store.Store
	bank   *theBank
	direct *direct.Service
	reader *syncer.Service
	user   int64
	mu     sync.Mutex
	now    time.Time
}

type sealing struct{ ring *seal.Keyring }

func (s sealing) Seal(p []byte, table, column, row string) ([]byte, error) {
	return s.ring.Seal(p, seal.AD{Table: table, Column: column, Row: row})
}

func (s sealing) Open(c []byte, table, column, row string) ([]byte, error) {
	return s.ring.Open(c, seal.AD{Table: table, Column: column, Row: row})
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ring, err := seal.Generate()
	must(t, err)
	w := &world{t: t, bank: &theBank{password: "1234"}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), path: filepath.Join(t.TempDir(), "p.db")}
	w.db, err = store.Open(t.Context(), store.Options{Path: w.path, Sealer: sealing{ring}})
	must(t, err)
	t.Cleanup(func() { _ = w.db.Close() })
	kinds := connector.NewRegistry()
	must(t, kinds.Register("scripted", w.bank))
	log := slog.New(slog.DiscardHandler)
	w.reader = &syncer.Service{
		Store: w.db, Remover: w.db, Directory: oneDirectory{entry()}, Kinds: kinds, Clock: w.clock, Jitter: func() float64 { return 0 }, Log: log,
	}
	w.direct = &direct.Service{
		Store: w.db, Directory: oneDirectory{entry()}, Kinds: kinds, Reader: w.reader, Clock: w.clock, Log: log,
		CallbackURL: func(kind string) string { return "https://here.example/callback/" + kind },
		MAC:         hash,
		Patience:    10 * time.Second, ShortestPoll: time.Millisecond,
	}
	t.Cleanup(func() { w.direct.Drain(context.Background()) })
	w.user = w.newUser()
	return w
}

// hash stands for the keyed one.
func hash(m []byte) []byte { h := sha256.Sum256(m); return h[:] }

func (w *world) newUser() int64 {
	w.t.Helper()
	u, err := w.db.CreateUser(w.t.Context(), grant.User{Domain: grant.DefaultDomain, Created: w.clock()})
	must(w.t, err)
	return u.ID
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got error %v", err)
	}
}

func secrets(values ...string) map[string]bank.Secret {
	out := map[string]bank.Secret{}
	for i := 0; i+1 < len(values); i += 2 {
		out[values[i]] = bank.NewSecret(values[i+1])
	}
	return out
}

// create makes a connection with these values.
func (w *world) create(values ...string) (bank.Connection, error) {
	return w.direct.Create(w.t.Context(), direct.Create{UserID: w.user, ConnectorUUID: institution, Values: secrets(values...), PSU: psu()})
}

func psu() connector.PSU { return connector.PSU{Present: true, Lang: "en"} }

// good makes a connection that works.
func (w *world) good() bank.Connection {
	w.t.Helper()
	c, err := w.create("login", "alice", "password", "1234")
	must(w.t, err)
	w.wantState(c, bank.StateOK)
	return c
}

// post goes on with a connection.
func (w *world) post(c bank.Connection, values ...string) (bank.Connection, error) {
	return w.direct.Update(w.t.Context(), direct.Update{UserID: w.user, ConnectionID: c.ID, Values: secrets(values...), PSU: psu()})
}

func (w *world) force(c bank.Connection) (bank.Connection, error) {
	return w.direct.Force(w.t.Context(), direct.Force{UserID: w.user, ConnectionID: c.ID, PSU: psu()})
}

func (w *world) reread(c bank.Connection) bank.Connection {
	w.t.Helper()
	rec, err := w.db.OpenConnection(w.t.Context(), w.user, c.ID)
	must(w.t, err)
	return rec.Connection
}

func (w *world) list() []bank.Connection {
	w.t.Helper()
	all, err := w.db.Connections(w.t.Context(), w.user)
	must(w.t, err)
	return all
}

func (w *world) wantState(c bank.Connection, want bank.ConnectionState) {
	w.t.Helper()
	if c.ID == 0 || c.State != want {
		w.t.Fatalf("got connection %d in state %q, want %q", c.ID, c.State, want)
	}
	if stored := w.reread(c); stored.State != want {
		w.t.Fatalf("the stored state is %q, want %q", stored.State, want)
	}
}

func wantFault(t *testing.T, what string, err error, kind fault.Kind, code, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Code != code || f.Field != field {
		t.Errorf("%s: got %v, want %s %q on %q", what, err, kind, code, field)
	}
}

// eventually waits until a condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	limit, look := time.After(20*time.Second), time.NewTicker(2*time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-limit:
			w.t.Fatalf("%s: it never came about", what)
		}
	}
}
