package linxo_test

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/web/webtest/apitest"
)

// script is the bank of these tests: what it lists, and what it says no with.
type script struct {
	mu        sync.Mutex
	accounts  []bank.Account
	movements map[string][]bank.Transaction
	refuses   *connector.Error
	// twins says that both channels list the same accounts; else each has its own, which look alike.
	twins bool
	// begun hears of each reading, and each waits to be let, where they are there.
	begun, let chan struct{}
}

// keyed are the accounts as a channel lists them.
func (s *script) keyed(source string, accounts []bank.Account) []bank.Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(accounts)
	for i := range out {
		if !s.twins && source == bank.SourceDirectAccess {
			out[i].Key = "direct " + out[i].Key
		}
	}
	return out
}

func (s *script) set(change func(s *script)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *script) Describe(context.Context) (connector.Manifest, error) {
	return connector.Manifest{Kind: "testbank", Protocol: connector.ProtocolVersion}, nil
}

func (s *script) Begin(context.Context, connector.BeginInput) (connector.Step, error) {
	return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported}
}

func (s *script) Advance(context.Context, connector.AdvanceInput) (connector.Step, error) {
	return connector.Step{}, &connector.Error{Code: connector.CodeNotSupported}
}

func (s *script) Pull(ctx context.Context, in connector.PullInput, out connector.Sink) (connector.PullResult, error) {
	s.mu.Lock()
	accounts, all, refuses, begun, let := s.accounts, s.movements, s.refuses, s.begun, s.let
	s.mu.Unlock()
	if begun != nil {
		begun <- struct{}{}
		<-let
	}
	if refuses != nil {
		return connector.PullResult{}, refuses
	}
	for i, a := range s.keyed(in.Source, accounts) {
		if err := out.Account(ctx, a); err != nil {
			return connector.PullResult{}, err
		}
		if !slices.Contains(in.Transactions, a.Key) {
			continue
		}
		for _, t := range all[accounts[i].Key] {
			if err := out.Transaction(ctx, a.Key, t); err != nil {
				return connector.PullResult{}, err
			}
		}
	}
	return connector.PullResult{}, nil
}

func (s *script) Revoke(context.Context, connector.RevokeInput) error { return nil }

// reading is what speaks to the bank of these tests, as the wiring makes it.
type reading struct {
	bank   *script
	reader *syncer.Service
	direct *direct.Service
}

func (w *world) newReading() *reading {
	w.t.Helper()
	r := &reading{bank: &script{accounts: bankAccounts(), movements: map[string][]bank.Transaction{"k1": apitest.Movements()}}}
	kinds := connector.NewRegistry()
	w.check(kinds.Register("testbank", r.bank))
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	r.reader = &syncer.Service{
		Store: w.store, Remover: w.store, Directory: w.catalog, Kinds: kinds, Clock: w.clock.Now, Log: log, Jitter: func() float64 { return 0 },
	}
	r.direct = &direct.Service{
		Store: w.store, Directory: w.catalog, Kinds: kinds, Reader: r.reader, Clock: w.clock.Now, Log: log,
		CallbackURL: func(kind string) string { return publicURL + "/callback/" + kind },
		MAC:         func(m []byte) []byte { h := sha256.Sum256(m); return h[:] },
	}
	w.t.Cleanup(func() { r.direct.Drain(context.Background()) })
	return r
}

// work works the job queue until no reading of the user's is left in it, as the service does all the time.
func (w *world) work(user int64) {
	w.t.Helper()
	stop := w.startWork()
	defer stop()
	w.wait(user)
}

// startWork begins to work the queue; the function that it gives ends it.
func (w *world) startWork() (stop func()) {
	w.t.Helper()
	workers := river.NewWorkers()
	w.check(river.AddWorkerSafely(workers, &syncer.Worker{Service: w.reading.reader}))
	client, err := w.store.NewJobs(&river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}}, Workers: workers, PollOnly: true,
		FetchPollInterval: 10 * time.Millisecond, FetchCooldown: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	w.check(err)
	w.check(client.Start(context.WithoutCancel(w.t.Context())))
	return func() {
		w.t.Helper()
		w.check(client.Stop(context.WithoutCancel(w.t.Context())))
	}
}

// wait waits until no reading of the user's is queued or under way.
func (w *world) wait(user int64) {
	w.t.Helper()
	until := time.NewTimer(20 * time.Second)
	defer until.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := w.store.Channels(w.t.Context(), user, 0)
		w.check(err)
		if !slices.ContainsFunc(list, func(c bank.Channel) bool { return c.Reading }) {
			return
		}
		select {
		case <-tick.C:
		case <-until.C:
			w.t.Fatal("a reading never ends")
		}
	}
}

// refuse makes the bank say no from now on; an empty code is yes.
func (r *reading) refuse(code connector.Code) {
	r.bank.set(func(s *script) {
		s.refuses = nil
		if code != "" {
			s.refuses = &connector.Error{Code: code}
		}
	})
}

// TestReading: a reading is seen from when it is queued until it has ended, and not a moment longer.
func TestReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	running := func() bool {
		list, err := w.store.Channels(t.Context(), p.id, p.connection)
		w.check(err)
		return list[0].Reading
	}
	if !running() {
		t.Error("what was just shared is not read")
	}
	w.reading.bank.set(func(s *script) { s.begun, s.let = make(chan struct{}), make(chan struct{}) })
	stop := w.startWork()
	defer stop()
	<-w.reading.bank.begun
	if !running() {
		t.Error("a reading under way is none")
	}
	close(w.reading.bank.let)
	w.wait(p.id)
	if c, err := w.store.Connection(t.Context(), p.id, p.connection); err != nil || c.LastUpdate == nil {
		t.Errorf("after it: %+v, %v", c, err)
	}
}

// bare is a user of w.client without a connection.
func (w *world) bare() person {
	w.t.Helper()
	made, err := w.grants.InitUser(w.t.Context(), grant.InitRequest{ClientID: w.client.Client.ID, Secret: w.client.Secret})
	w.check(err)
	return person{id: made.User.ID, token: made.Token}
}
