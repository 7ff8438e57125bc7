package connect_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// captive walks to the wait for the first reading.
func (w *world) captive(u grant.User) (*visit, bank.Connection) {
	w.t.Helper()
	v := w.adds(u, "jeanne", connect.Widget{WaitSyncEnd: true})
	v.agree()
	view := v.on(connect.PageWaiting)
	if view.Wait == nil || view.Wait.Kind != connect.WaitReading || view.Wait.GoOn {
		w.t.Fatalf("got %+v, want a wait for the reading", view.Wait)
	}
	return v, w.connection(u, view.Attempt.ConnectionID)
}

// TestCaptiveVisitWaits: the visit ends with the first reading of what it shared, and says how that went. A waiting page hears of it
// at once.
func TestCaptiveVisitWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank error
		want connect.Reading
	}{
		"read":   {nil, connect.ReadingEnded},
		"failed": {&connector.Error{Code: connector.CodeUnavailable}, connect.ReadingFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.person()
			v, c := w.captive(u)
			w.pulls(tt.bank)
			step := v.look().Attempt.Step
			moved := make(chan int)
			go func() {
				now, err := w.svc.Await(t.Context(), v.id, v.bind, step, time.Minute, connector.PSU{})
				if err != nil {
					t.Error(err)
				}
				moved <- now
			}()
			w.sync(c.ID)
			if now := <-moved; now <= step {
				t.Errorf("the waiting page was told step %d, want one after %d", now, step)
			}
			if o := v.ended(t); o.Reading != tt.want || o.Result != connect.ResultCreated || o.GroupID != c.GroupID {
				t.Errorf("got outcome %+v, want reading %s", o, tt.want)
			}
		})
	}
}

// TestCaptiveWaitIsForThisReading: one that began before the consent says nothing.
func TestCaptiveWaitIsForThisReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, c := w.captive(w.person())
	old := w.clock().Add(-time.Second)
	if err := w.store.FinishSync(t.Context(), c.ID, syncer.SyncEnd{Started: old, Now: w.clock(), Success: &old, Unshared: true}); err != nil {
		t.Fatal(err)
	}
	v.on(connect.PageWaiting)
	w.sync(c.ID)
	v.ended(t)
}

// TestGoOnWithoutWaiting: after a while the end user may go on, and after a longer one the visit ends by itself; what is read goes on
// being read.
func TestGoOnWithoutWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v, c := w.captive(u)
	if err := w.svc.GoOn(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("at once: got %v, want it not offered", err)
	}
	w.pass(20 * time.Second)
	if view := v.on(connect.PageWaiting); !view.Wait.GoOn {
		t.Error("it is not offered after 20 seconds")
	}
	if err := w.svc.Back(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("back: got %v, want what was agreed to to stay", err)
	}
	act := v.act()
	v.must(w.svc.GoOn(t.Context(), act))
	if err := w.svc.GoOn(t.Context(), act); !errors.Is(err, connect.ErrStale) {
		t.Errorf("a second click: got %v, want it stale", err)
	}
	if o := v.ended(t); o.Reading != connect.ReadingLeft || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v", o)
	}
	if now, _ := w.shared(c); len(now) != 3 {
		t.Errorf("got %v shared, want what was agreed to", now)
	}

	w.pass(time.Hour)
	late := w.rechooses(u, c, connect.Widget{WaitSyncEnd: true})
	late.share(2)
	late.on(connect.PageWaiting)
	w.pass(3 * time.Minute)
	if o := late.ended(t); o.Reading != connect.ReadingLeft || o.Result != connect.ResultUpdated {
		t.Errorf("after three minutes: got outcome %+v", o)
	}
	// Whoever comes back when the visit's time is over finds the way back, not an error.
	gone := w.rechooses(u, c, connect.Widget{WaitSyncEnd: true})
	gone.share(1)
	gone.on(connect.PageWaiting)
	w.pass(connect.Lifetime)
	if o := gone.ended(t); o.Reading != connect.ReadingLeft {
		t.Errorf("after the visit's time: got outcome %+v", o)
	}
}

// TestCancelWhileReading: leaving does not undo what was agreed to.
func TestCancelWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v, c := w.captive(u)
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if o := v.ended(t); o.Reading != connect.ReadingLeft || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v", o)
	}
	if now, _ := w.shared(c); len(now) != 3 {
		t.Errorf("got %v shared, want all", now)
	}
}

// TestReadingThatCannotCome: what only somebody's act brings back is not waited for.
func TestReadingThatCannotCome(t *testing.T) {
	t.Parallel()
	off := false
	for name, stop := range map[string]func(w *world, c bank.Connection) error{
		"paused by the other dialect": func(w *world, c bank.Connection) error {
			return w.store.SetConnection(w.t.Context(), c.UserID, c.ID, direct.Settings{Active: &off}, w.clock())
		},
		"auto_sync switched off": func(w *world, c bank.Connection) error {
			return w.reading.SetAutoSync(w.t.Context(), c.UserID, c.GroupID, false)
		},
		"source switched off": func(w *world, c bank.Connection) error {
			changed := *w.dir[0]
			changed.Sources = slices.Clone(changed.Sources)
			for i := range changed.Sources {
				changed.Sources[i].Disabled = true
			}
			w.dir[0] = &changed
			return nil
		},
		"the password is refused elsewhere": func(w *world, c bank.Connection) error {
			return w.store.NoteRefusal(w.t.Context(), connect.Refusal{ConnectionID: c.ID, State: bank.StateWrongpass, Now: w.clock()})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v, c := w.captive(w.person())
			v.on(connect.PageWaiting)
			if err := stop(w, c); err != nil {
				t.Fatal(err)
			}
			w.sync(c.ID) // its job, which leaves it alone
			if o := v.ended(t); o.Reading != connect.ReadingLeft || o.Result != connect.ResultCreated || o.GroupID != c.GroupID {
				t.Errorf("got outcome %+v, want the visit over without the reading", o)
			}
		})
	}
}

// TestRemovedWhileReading: a connection that is removed meanwhile is no success.
func TestRemovedWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v, c := w.captive(u)
	if err := w.reading.RemoveConnection(t.Context(), u.ID, c.ID); err != nil {
		t.Fatal(err)
	}
	if view := v.on(connect.PageFailed); view.Attempt.Public.Error == nil || view.Attempt.Public.Error.Code != connect.CodeGone {
		t.Errorf("got %+v, want it told that the connection is gone", view.Attempt.Public.Error)
	}
	if _, err := w.store.Connection(t.Context(), u.ID, c.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want it gone", err)
	}
}

// TestNoWaitWhereNothingIsRead: who withdraws everything waits for nothing, and the manage flow never does.
func TestNoWaitWhereNothingIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v, c := w.captive(u)
	w.sync(c.ID)
	v.ended(t)
	none := w.rechooses(u, c, connect.Widget{WaitSyncEnd: true})
	none.must(w.svc.ChooseAccounts(t.Context(), none.act(), nil, agreed(connect.Consented{Text: "None", Lang: "en"})))
	none.ended(t)

	m := w.widget(u, connect.Request{Flow: connect.FlowManage, ConnectionID: c.GroupID, Widget: &connect.Widget{WaitSyncEnd: true}})
	m.must(w.svc.EditAccounts(t.Context(), m.act()))
	m.share(1)
	m.on(connect.PageConnection)
}

// TestReconnectWaitsToo: a repair in captive mode lasts until what is shared was read again.
func TestReconnectWaitsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	r := w.repairs(u, c, connect.Widget{WaitSyncEnd: true})
	r.submit()
	if view := r.on(connect.PageWaiting); view.Wait.Kind != connect.WaitReading {
		t.Fatalf("got %+v, want a wait for the reading", view.Wait)
	}
	w.sync(c.ID)
	if o := r.ended(t); o.Reading != connect.ReadingEnded || o.Result != connect.ResultUpdated || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v", o)
	}
}
