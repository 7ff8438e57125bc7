package connect_test

import (
	"errors"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

func TestReconnectOfWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, other := w.user(), w.user()
	c := w.connected(u, "jeanne")
	if _, err := w.open(other, reconnectOf(c)); !fault.Is(err, fault.NotFound) {
		t.Errorf("another user's: got %v, want not found", err)
	}
	if _, err := w.open(u, connect.Request{Flow: connect.FlowReconnect, ConnectionID: 999}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an absent one: got %v, want not found", err)
	}
	for _, flow := range []connect.Flow{connect.FlowReconnect, connect.FlowManage} {
		_, _, err := w.svc.Begin(t.Context(), connect.BeginInput{Client: w.client, Request: connect.Request{Flow: flow, ConnectionID: c.ID}})
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Field != "code" {
			t.Errorf("%s without a code: got %v, want a fault on the code", flow, err)
		}
	}
}

// TestReconnectOfWhatIsGoneMeanwhile: the connection is removed while its owner types.
func TestReconnectOfWhatIsGoneMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateWrongpass)
	v := w.mustOpen(u, reconnectOf(c))
	v.on(connect.PageCredentials)
	if err := w.store.DeleteConnection(t.Context(), u.ID, c.ID, w.clock()); err != nil {
		t.Fatal(err)
	}
	v.on(connect.PageCredentials)
	v.submitPassword()
	for range 2 {
		if e := v.on(connect.PageFailed).Attempt.Public.Error; e.Code != connect.CodeGone {
			t.Fatalf("error %+v, want %s", e, connect.CodeGone)
		}
		v.must(w.svc.Retry(t.Context(), v.act()))
	}
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.ends(t, connect.PageCancelled, connect.EndingFailed)
	if list, err := w.store.Connections(t.Context(), u.ID); err != nil || len(list) != 0 {
		t.Errorf("%d connections (%v), want none: nobody asked for a new one", len(list), err)
	}
}

// TestReconnectIsLeftAlone cancels a reconnect at its form and at the bank's page: the connection stays as it was.
func TestReconnectIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateWrongpass)
	v := w.mustOpen(u, reconnectOf(c))
	if err := w.svc.Back(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("Back from the first page: got %v, want ErrStale", err)
	}
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.ends(t, connect.PageCancelled, connect.EndingCancelled)

	fresh, bind, err := w.svc.Restart(t.Context(), v.id, v.bind, connector.PSU{Present: true})
	v.must(err)
	again := &visit{w: w, id: fresh.ID, bind: bind}
	again.on(connect.PageCredentials)
	w.answers(func(connector.BeginInput) (connector.Step, error) {
		return connector.Step{State: connector.Opaque("s"), Ask: &connector.Ask{Fields: []bank.Field{{Name: "otp", Required: true}}}}, nil
	})
	again.submitPassword()
	again.on(connect.PageChallenge)
	again.must(w.svc.Back(t.Context(), again.act()))
	if got := again.on(connect.PageCredentials).Fields; len(got) != 1 || got[0].Name != "password" {
		t.Errorf("back at the form it asks for %+v", got)
	}
	again.must(w.svc.Cancel(t.Context(), again.act()))
	again.ends(t, connect.PageCancelled, connect.EndingCancelled)
	if got := w.connection(u, c.ID); got.State != bank.StateWrongpass || w.script.revoked != 0 {
		t.Errorf("state %q, %d consents taken back, want nothing changed", got.State, w.script.revoked)
	}
}

// TestReconnectWithoutItsConnector: one that has left the directory is told, and tried again once it is back; one that is hidden
// takes no new connections and mends the old ones.
func TestReconnectWithoutItsConnector(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.dir[0].Kind, w.dir[0].Hidden = "gone", true
	v := w.mustOpen(u, reconnectOf(c))
	view := v.on(connect.PageFailed)
	if e := view.Attempt.Public.Error; e.Code != connector.CodeNotSupported || view.Managed == nil || view.Managed.CanReset {
		t.Errorf("error %+v, managed %+v", e, view.Managed)
	}
	m := w.inspects(u, c)
	m.must(w.svc.Repair(t.Context(), m.act(), false))
	m.on(connect.PageFailed)
	m.must(w.svc.Cancel(t.Context(), m.act()))
	m.noticed(connect.PageConnection, connect.NoticeAbandoned)
	w.dir[0].Kind = "scripted"
	v.must(w.svc.Retry(t.Context(), v.act()))
	v.ends(t, connect.PageDone, connect.EndingSuccess)
}
