package syncer_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/store"
	"passerelle/internal/store/storetest"
	"passerelle/internal/syncer"
)

const institution = "00000000-0000-4000-8000-000000000001"

// scripted is a connector that gives what a test tells it to. It implements the contract: it keeps nothing of the host's.
type scripted struct {
	mu    sync.Mutex
	pull  func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error)
	pulls []connector.PullInput
	// revoked are the sessions that the bank was told to forget.
	revoked []string
	revoke  error
	limits  connector.Limits
}

func (s *scripted) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "scripted", Protocol: connector.ProtocolVersion, Limits: s.limits}, nil
}

func (s *scripted) Begin(context.Context, connector.BeginInput) (connector.Step, error) {
	return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported}
}

func (s *scripted) Advance(context.Context, connector.AdvanceInput) (connector.Step, error) {
	return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported}
}

func (s *scripted) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	s.mu.Lock()
	s.pulls = append(s.pulls, in)
	pull := s.pull
	s.mu.Unlock()
	return pull(ctx, in, out)
}

func (s *scripted) Revoke(_ context.Context, in connector.RevokeInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, string(in.Session))
	return s.revoke
}

func (s *scripted) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.revoked...)
}

func (s *scripted) seen() []connector.PullInput {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]connector.PullInput(nil), s.pulls...)
}

// ordinary is a bank with two accounts and count transactions in each.
func ordinary(count int) func(context.Context, connector.PullInput, connector.Sink) (connector.PullResult, error) {
	return func(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
		for _, key := range []string{"a", "b"} {
			err := out.Account(ctx, bank.Account{
				Key: key, Name: "Account " + key, Type: bank.AccountChecking,
				Balance: bank.Money{Amount: decimal.RequireFromString("10.50"), Currency: "EUR"},
			})
			if err != nil {
				return connector.PullResult{}, err
			}
		}
		for _, key := range in.Transactions {
			if err := give(ctx, out, key, count, in.Now); err != nil {
				return connector.PullResult{}, err
			}
		}
		return connector.PullResult{}, nil
	}
}

func give(ctx context.Context, out connector.Sink, key string, count int, now time.Time) error {
	keys := connector.NewTransactionKeys()
	for i := range count {
		t := bank.Transaction{
			Date:  now.AddDate(0, 0, -i%80).UTC().Truncate(24 * time.Hour),
			Value: bank.Money{Amount: decimal.New(int64(-100-i), -2), Currency: "EUR"}, OriginalWording: "Coffee",
		}
		t.Key = keys.Key("", t)
		if err := out.Transaction(ctx, key, t); err != nil {
			return err
		}
	}
	return nil
}

type oneDirectory struct{}

func (oneDirectory) ByUUID(id string) (*bank.Connector, bool) {
	return &bank.Connector{ID: 1, UUID: institution, Name: "Scripted", Kind: "scripted"}, id == institution
}

// world is a syncer over a real store, with a clock that stands still until it is moved.
type world struct {
	t       *testing.T
	db      *store.Store
	bank    *scripted
	service *syncer.Service
	mu      sync.Mutex
	now     time.Time
	client  int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := storetest.Open(t, nil)
	w := &world{t: t, db: db, bank: &scripted{pull: ordinary(3)}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	kinds := connector.NewRegistry()
	if err := kinds.Register("scripted", w.bank); err != nil {
		t.Fatal(err)
	}
	w.service = &syncer.Service{
		Store: db, Remover: db, Directory: oneDirectory{}, Kinds: kinds, Clock: w.clock, Jitter: func() float64 { return 0 },
		Log: slog.New(slog.DiscardHandler),
	}
	return w
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

// connect makes a user with a connection, the way a visit does, with the accounts a and b of which the given ones are shared.
func (w *world) connect(shared ...string) bank.Connection {
	w.t.Helper()
	ctx := w.t.Context()
	w.client++
	clientID := 10_000_000 + w.client
	hash := sha256.Sum256([]byte("secret"))
	if err := w.db.CreateClient(ctx, grant.Client{
		ID: clientID, Domain: grant.DefaultDomain, Name: "Client", RedirectURIs: []string{"https://client.example/cb"}, Created: w.clock(),
		Secrets: []grant.ClientSecret{{Hash: hash[:], Created: w.clock()}},
	}); err != nil {
		w.t.Fatal(err)
	}
	a := &connect.Attempt{
		ID: uuid.Must(uuid.NewV7()).String(), Domain: grant.DefaultDomain, ClientID: clientID, Phase: connect.PhaseWorking, Step: 1,
		BindHash: hash[:], ConnectorUUID: institution, Source: bank.SourceOpenAPI, Created: w.clock(), Updated: w.clock(),
		ExpiresAt: w.clock().Add(time.Hour),
	}
	if err := w.db.CreateAttempt(ctx, a, ""); err != nil {
		w.t.Fatal(err)
	}
	until := w.clock().Add(2 * time.Hour)
	a.Phase = connect.PhaseFetching
	if err := w.db.SaveConnection(ctx, connect.SaveConnection{
		Attempt: a, FromStep: a.Step, Session: connect.Private("session-0"), Now: w.clock(),
		NewUser:    &grant.User{Domain: grant.DefaultDomain, Created: w.clock(), ExpiresAt: &until},
		Connection: bank.Connection{ConnectorUUID: institution, ConnectorID: 1, ConnectorName: "Scripted", Source: bank.SourceOpenAPI, OwnerKey: "o"},
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.service.Accounts(ctx, a.ConnectionID, connector.PSU{Present: true, IP: "192.0.2.1"}); err != nil {
		w.t.Fatalf("read the accounts: %v", err)
	}
	w.share(a, shared...)
	c, err := w.db.Connection(ctx, a.UserID, a.ConnectionID)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) share(a *connect.Attempt, keys ...string) {
	w.t.Helper()
	accounts, err := w.db.Accounts(w.t.Context(), a.ConnectionID)
	if err != nil {
		w.t.Fatal(err)
	}
	var ids []int64
	for _, acc := range accounts {
		for _, key := range keys {
			if acc.Key == key {
				ids = append(ids, acc.ID)
			}
		}
	}
	a.Phase = connect.PhaseDone
	if err := w.db.FinishSelection(w.t.Context(), connect.FinishSelection{Attempt: a, FromStep: a.Step, Enable: ids, Now: w.clock()}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) reread(c bank.Connection) bank.Connection {
	w.t.Helper()
	now, err := w.db.Connection(w.t.Context(), c.UserID, c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

func (w *world) transactions(c bank.Connection) []bank.Transaction {
	w.t.Helper()
	list, err := w.db.Transactions(w.t.Context(), bank.TransactionFilter{UserID: c.UserID, Limit: 5000})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) session(c bank.Connection) string {
	w.t.Helper()
	_, session, err := w.db.ConnectionSession(w.t.Context(), c.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(session)
}
