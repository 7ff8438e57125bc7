package connect_test

import (
	"slices"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// toKnown walks a known user to the question what to do with a connection that is there already.
func (w *world) toKnown(u grant.User, r connect.Request) *visit {
	w.t.Helper()
	r.Flow, r.ConnectorUUIDs = connect.FlowConnect, []string{scriptedUUID}
	v := w.mustOpen(u, r)
	v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
	v.on(connect.PageKnown)
	return v
}

// TestKnownLoginIsNoticedBeforeThePassword: from the picker and past it, for the user whose connection it is alone.
func TestKnownLoginIsNoticedBeforeThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, other := w.user(), w.user()
	c := w.connected(u, "jeanne")
	asked := w.script.asked()
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowConnect})
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	view := v.on(connect.PageKnown)
	if len(view.Connections) != 1 || view.Connections[0].Connection.ID != c.ID || len(view.Connections[0].Shared()) != 2 || view.Connector == nil {
		t.Errorf("known: %+v", view.Connections)
	}
	v.on(connect.PageKnown)
	v.must(w.svc.Back(t.Context(), v.act()))
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), webUUID))
	v.on(connect.PageCredentials)
	w.toKnown(u, connect.Request{})
	if w.script.asked() != asked {
		t.Error("the bank was asked")
	}
	for _, b := range []*visit{w.mustOpen(other, connect.Request{ConnectorUUIDs: []string{scriptedUUID}}), w.begin(connect.Request{ConnectorUUIDs: []string{scriptedUUID}})} {
		b.must(w.svc.AcceptTerms(t.Context(), b.act(), accepted))
		b.on(connect.PageCredentials)
	}
}

func TestKnownSharesOtherAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	_, all := w.shared(c)
	asked := w.script.asked()
	v := w.toKnown(u, connect.Request{})
	if err := w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownAccounts, 999); !fault.Is(err, fault.Invalid) {
		t.Errorf("a connection that is not theirs: got %v", err)
	}
	if err := w.svc.ChooseKnown(t.Context(), v.act(), "everything", c.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("a choice that is none: got %v", err)
	}
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownAccounts, c.ID))
	view := v.on(connect.PageSelection)
	if view.None || view.Accounts[2].Ticked || !view.Accounts[1].Ticked || view.Managed == nil {
		t.Errorf("none allowed %v, ticked %v and %v", view.None, view.Accounts[1].Ticked, view.Accounts[2].Ticked)
	}
	if err := w.svc.ChooseAccounts(t.Context(), v.act(), nil, agreed(connect.Consented{})); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing ticked while connecting: got %v", err)
	}
	v.must(w.svc.Back(t.Context(), v.act()))
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownAccounts, c.ID))
	v.share(3)
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != c.ID {
		t.Errorf("outcome %+v, want the connection that was there", o)
	}
	if now, _ := w.shared(c); !slices.Equal(now, all) || w.script.asked() != asked {
		t.Errorf("shared %v, want %v, without the bank", now, all)
	}
}

func TestKnownIsRepaired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateWrongpass)
	v := w.toKnown(u, connect.Request{MaxConnections: 2})
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownRepair, c.ID))
	if got := v.on(connect.PageCredentials).Fields; len(got) != 1 {
		t.Errorf("asks for %+v", got)
	}
	v.submitPassword()
	v.on(connect.PageAnother)
	if got := w.connection(u, c.ID).State; got != bank.StateOK {
		t.Errorf("state %q", got)
	}
	v.must(w.svc.Another(t.Context(), v.act(), false))
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != c.ID || len(o.ConnectionIDs) != 1 {
		t.Errorf("outcome %+v, want the one", o)
	}
}

// TestOtherLoginThatIsTheSame: no second connection is made, and what is shared stays ticked. Leaving then leaves it alone.
func TestOtherLoginThatIsTheSame(t *testing.T) {
	t.Parallel()
	for _, leaves := range []bool{true, false} {
		w := newWorld(t)
		u := w.user()
		c := w.connected(u, "jeanne")
		shared, _ := w.shared(c)
		v := w.toKnown(u, connect.Request{})
		v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownOther, 0))
		v.submit()
		view := v.on(connect.PageSelection)
		for i, choice := range view.Accounts {
			if choice.Ticked != (i < 2) {
				t.Errorf("account %d ticked %v, want what is shared", i, choice.Ticked)
			}
		}
		if view.Attempt.ConnectionID != c.ID || w.begun().Mode != connector.ModeConnect {
			t.Errorf("connection %d, want the one that is there", view.Attempt.ConnectionID)
		}
		if leaves {
			v.must(w.svc.Cancel(t.Context(), v.act()))
			v.ends(t, connect.PageCancelled, connect.EndingCancelled)
		} else {
			v.share(2)
			v.ends(t, connect.PageDone, connect.EndingSuccess)
		}
		list, err := w.store.Connections(t.Context(), u.ID)
		if now, _ := w.shared(c); err != nil || len(list) != 1 || !slices.Equal(now, shared) {
			t.Errorf("%d connections (%v), shared %v, want it as it was", len(list), err, now)
		}
	}
}

// TestSameLoginInTwoVisits: a visit that signs in to what another one made meanwhile does not take it back when it is left.
func TestSameLoginInTwoVisits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	w.answers(as("jeanne"))
	v := w.mustOpen(u, connect.Request{ConnectorUUIDs: []string{scriptedUUID}})
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	v.on(connect.PageCredentials)
	c := w.connected(u, "jeanne")
	v.submit()
	v.on(connect.PageSelection)
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if now, _ := w.shared(c); len(now) != 2 || w.script.revoked != 0 {
		t.Errorf("%d accounts are shared and %d consents taken back, want what the other visit agreed to", len(now), w.script.revoked)
	}
}
