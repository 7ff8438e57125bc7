package connect_test

import (
	"crypto/rand"
	"log/slog"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/syncer"
)

// anew is the service as the next process makes it: the same store, and nothing in memory of what was under way.
func (w *world) anew() *connect.Service {
	return &connect.Service{
		Store: w.svc.Store, Clients: w.svc.Clients, Directory: w.svc.Directory, Kinds: w.svc.Kinds, Codes: w.svc.Codes, Accounts: w.svc.Accounts,
		Connections: w.svc.Connections, People: w.svc.People, Notifier: w.svc.Notifier, CallbackURL: w.svc.CallbackURL, Clock: w.clock, Rand: rand.Reader,
		Log: slog.New(slog.DiscardHandler), Settle: 5 * time.Second, Deadline: 10 * time.Second,
	}
}

// settles looks until the visit is off its waiting page.
func (v *visit) settles() *connect.View {
	v.w.t.Helper()
	for {
		view := v.look()
		if view.Page != connect.PageWaiting {
			return view
		}
		v.must(ignoreStale(v.w.svc.Check(v.w.t.Context(), v.act())))
	}
}

// TestProcessDiesAfterTheYesOfAReconnect: the connection is mended already, and the next process brings the visit to its end.
func TestProcessDiesAfterTheYesOfAReconnect(t *testing.T) {
	t.Parallel()
	for flow, page := range map[connect.Flow]connect.Page{connect.FlowReconnect: connect.PageDone, connect.FlowManage: connect.PageConnection} {
		t.Run(string(flow), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.user()
			c := w.connected(u, "jeanne")
			w.falls(c, bank.StateSCARequired)
			hangs := make(chan struct{})
			w.script.pull = func() error { <-hangs; return nil }
			w.answers(as("jeanne"))
			w.svc.Settle = 10 * time.Millisecond
			v := w.mustOpen(u, connect.Request{Flow: flow, ConnectionID: c.ID})
			if flow == connect.FlowManage {
				v.must(w.svc.Repair(t.Context(), v.act(), false))
			}
			for v.look().Attempt.Phase != connect.PhaseFetching {
				if _, err := w.svc.Await(t.Context(), v.id, v.bind, v.look().Attempt.Step, time.Second, connector.PSU{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.connection(u, c.ID); got.State != bank.StateOK {
				t.Errorf("state %q, want it mended by the yes alone", got.State)
			}
			old := w.svc
			w.svc = w.anew()
			w.pass(time.Minute)
			close(hangs)
			if got := v.settles().Page; got != page {
				t.Errorf("on page %s, want %s", got, page)
			}
			old.Drain(t.Context())
			v.on(page)
			if n := w.script.asked(); n != 2 {
				t.Errorf("the bank was asked %d times, want once to connect and once to reconnect", n)
			}
		})
	}
}

// TestProcessDiesOnTheWayToABanksPage: nothing was typed and nothing kept is sent, so the next process asks for the page again.
func TestProcessDiesOnTheWayToABanksPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.viaWeb(u, "jeanne")
	w.falls(c, bank.StateWebauthRequired)
	var state held
	w.answers(redirect(&state))
	block := make(chan struct{})
	w.script.mu.Lock()
	w.script.block = block
	w.script.mu.Unlock()
	w.svc.Settle = 10 * time.Millisecond
	for _, r := range []connect.Request{reconnectOf(c), {Flow: connect.FlowWebauth, ConnectionID: c.ID}} {
		v := w.mustOpen(u, r)
		v.on(connect.PageWaiting)
		old := w.svc
		w.svc = w.anew()
		w.pass(time.Minute)
		v.look()
		close(block)
		if got := v.settles().Page; got != connect.PageAway {
			t.Errorf("%s: on page %s, want away", r.Flow, got)
		}
		old.Drain(t.Context())
		v.on(connect.PageAway)
		block = make(chan struct{})
		w.script.mu.Lock()
		w.script.block = block
		w.script.mu.Unlock()
		w.svc.Settle = 10 * time.Millisecond
	}
	close(block)
}

// TestReconnectWaitsForAReadingUnderWay: a reading that began with the old session does not write it over the new one.
func TestReconnectWaitsForAReadingUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	reading, ok := w.svc.Accounts.(*syncer.Service)
	if !ok {
		t.Fatal("accounts are read by somebody else")
	}
	began, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.script.pull = func() error {
		once.Do(func() { close(began); <-goOn })
		return nil
	}
	w.script.mu.Lock()
	w.script.rotated = connector.Opaque("old, rotated")
	w.script.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := reading.Sync(t.Context(), c.ID); err != nil {
			t.Errorf("sync: %v", err)
		}
	})
	<-began
	w.svc.Settle = 10 * time.Millisecond
	w.answers(func(connector.BeginInput) (connector.Step, error) {
		w.script.mu.Lock()
		defer w.script.mu.Unlock()
		w.script.rotated = nil
		return connector.Step{Done: &connector.Done{Session: connector.Opaque("new"), OwnerKey: "jeanne"}}, nil
	})
	v := w.mustOpen(u, reconnectOf(c))
	v.on(connect.PageWaiting)
	if got := w.session(c); got != "session of jeanne" {
		t.Errorf("session %q while it is being read", got)
	}
	close(goOn)
	wg.Wait()
	w.svc.Settle = 5 * time.Second
	if got := v.settles().Page; got != connect.PageDone {
		t.Fatalf("on page %s, want done", got)
	}
	if got := w.session(c); got != "new" {
		t.Errorf("session %q, want the new one", got)
	}
}
