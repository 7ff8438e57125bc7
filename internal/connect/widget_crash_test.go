package connect_test

import (
	"testing"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestProcessDiesWhileReading: the reading ends in a process that knows nothing of the visit, and nobody is told. The next look ends
// the visit all the same, once.
func TestProcessDiesWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, c := w.captive(w.person())
	w.reading.Ended = nil
	w.sync(c.ID)
	w.svc = w.anew()
	if o := v.ended(t); o.Reading != connect.ReadingEnded || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v", o)
	}
	step := v.look().Attempt.Step
	if again := v.look().Attempt.Step; again != step {
		t.Errorf("a second look moved the visit from step %d to %d", step, again)
	}
}

// TestManyLooksEndAReadingOnce: of many tabs one ends the visit, and all see the same end.
func TestManyLooksEndAReadingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, c := w.captive(w.person())
	step := v.look().Attempt.Step
	w.sync(c.ID)
	steps := make(chan int)
	for range 8 {
		go func() {
			view, err := w.svc.Look(t.Context(), v.id, v.bind, connector.PSU{})
			if err != nil || view.Page != connect.PageDone {
				t.Errorf("got %+v, %v, want the end", view, err)
				steps <- 0
				return
			}
			steps <- view.Attempt.Step
		}()
	}
	for range 8 {
		if got := <-steps; got != step+1 {
			t.Errorf("got step %d, want %d: one move", got, step+1)
		}
	}
}

// TestProcessDiesReadingTheAccountsToChoose: the next process reads them.
func TestProcessDiesReadingTheAccountsToChoose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	w.answers(as("jeanne"))
	w.pulls(&connector.Error{Code: connector.CodeUnavailable})
	web := w.mustOpen(u, connect.Request{Flow: connect.FlowWebauth, ConnectorUUIDs: []string{webUUID}})
	c := w.connection(u, web.on(connect.PageDone).Outcome.ConnectionID)
	hangs := make(chan struct{})
	w.script.mu.Lock()
	w.script.pull = func() error { <-hangs; return nil }
	w.script.mu.Unlock()
	w.svc.Settle = 10 * time.Millisecond
	v := w.widget(u, connect.Request{Flow: connect.FlowAccounts, ConnectionID: c.GroupID, Widget: &connect.Widget{}})
	if view := v.on(connect.PageWaiting); view.Wait.Kind != connect.WaitAccounts {
		t.Errorf("got %+v, want a wait for the accounts", view.Wait)
	}
	old := w.svc
	w.svc = w.anew()
	w.pass(time.Minute)
	close(hangs)
	if got := v.settles().Page; got != connect.PageSelection {
		t.Errorf("on page %s, want the choice", got)
	}
	old.Drain(t.Context())
	v.on(connect.PageSelection)
}

// TestProcessDiesBetweenProfileAndEnd: what was stored before the visit could end is shown again or asked again, and no harm is done.
func TestProcessDiesBetweenProfileAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	terms := w.widget(u, connect.Request{Flow: connect.FlowTerms, Widget: &connect.Widget{}})
	if err := w.grants.AcceptTerms(t.Context(), u.ID, "v1"); err != nil {
		t.Fatal(err)
	}
	w.svc = w.anew()
	terms.on(connect.PageTerms)
	terms.must(w.svc.AcceptTerms(t.Context(), terms.act(), accepted))
	terms.ended(t)
}
