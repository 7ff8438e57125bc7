package connect_test

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// bothWays connects one login through the bank's page and then with identifiers, each account chosen, and gives the two ways in.
func (w *world) bothWays(u grant.User) (atBank, here bank.Connection) {
	w.t.Helper()
	w.answers(as("jeanne"))
	each := connect.Widget{ConsentPerAccount: true}
	first := w.widget(u, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{twoWaysUUID}, Sources: []string{bank.SourceOpenAPI}, Widget: &each})
	first.must(w.svc.AcceptTerms(w.t.Context(), first.act(), accepted))
	first.share(1)
	group := first.ended(w.t).GroupID
	w.pass(time.Minute)
	w.lists(1)
	second := w.widget(u, connect.Request{Flow: connect.FlowReconnect, ConnectionID: group, Sources: []string{bank.SourceDirectAccess}, Widget: &each})
	second.types("jeanne")
	view := second.on(connect.PageSelection)
	second.must(w.svc.ChooseAccounts(w.t.Context(), second.act(), []string{view.Accounts[3].Value}, agreed(connect.Consented{Text: "One", Lang: "en"})))
	second.ended(w.t)
	list, err := w.store.Connections(w.t.Context(), u.ID)
	if err != nil || len(list) != 2 || list[0].GroupID != list[1].GroupID {
		w.t.Fatalf("got %+v, %v, want two ways into one login", list, err)
	}
	return list[0], list[1]
}

// types sends the identifier of the way in that asks for one.
func (v *visit) types(login string) {
	v.w.t.Helper()
	v.on(connect.PageCredentials)
	bind, wrong, err := v.w.svc.SubmitCredentials(v.w.t.Context(), v.act(), secrets("login", login))
	if err != nil || len(wrong) > 0 {
		v.w.t.Fatalf("got %v, %v", wrong, err)
	}
	v.bind = bind
}

// manages opens the widget on all connections, or on one.
func (w *world) manages(u grant.User, id int64) *visit {
	w.t.Helper()
	return w.widget(u, connect.Request{Flow: connect.FlowManage, ConnectionID: id, Widget: &connect.Widget{Action: "manage_connections"}})
}

// TestWaysAreOneConnection: the overview and the page show a login once, as its worst way stands, with each account once; the other
// dialect shows two connections.
func TestWaysAreOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	atBank, here := w.bothWays(u)
	alone := w.connected(u, "paul")
	list := w.manages(u, 0).on(connect.PageOverview).Connections
	if len(list) != 2 || len(list[0].Ways) != 2 || len(list[1].Ways) != 1 || list[1].Connection.ID != alone.ID {
		t.Fatalf("got %d connections, want the login and the other one: %+v", len(list), list)
	}
	if m := list[0]; m.Connection.State != bank.StateOK || len(m.Accounts) != 4 || len(m.Shared()) != 2 {
		t.Errorf("got state %q, %d accounts, %d shared, want it to work, four and two", m.Connection.State, len(m.Accounts), len(m.Shared()))
	}
	w.falls(here, bank.StateWrongpass)
	v := w.manages(u, atBank.GroupID)
	m := v.on(connect.PageConnection).Managed
	if m.Connection.ID != here.ID || !m.Repairable() || len(m.Ways) != 2 || m.Ways[0].Connection.ID != here.ID || m.Ways[1].Connection.State != bank.StateOK {
		t.Errorf("got %+v, want the way first that asks", m)
	}
	if got := w.mustOpen(u, manage).on(connect.PageOverview).Connections; len(got) != 3 || got[0].Ways != nil {
		t.Errorf("the other dialect shows %d connections, want three", len(got))
	}
}

// TestWayIsNamed: what is mended or renewed is the way that the page named, and only one of the same login.
func TestWayIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	atBank, here := w.bothWays(u)
	foreign := w.connected(u, "paul")
	w.answers(as("jeanne"))
	v := w.manages(u, atBank.GroupID)
	v.on(connect.PageConnection)
	act := v.act()
	act.Way = foreign.ID
	if err := w.svc.Repair(t.Context(), act, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("a way of another login: got %v, want it refused", err)
	}
	act.Way = here.ID
	v.must(w.svc.Repair(t.Context(), act, true))
	if view := v.on(connect.PageCredentials); view.Source.Name != bank.SourceDirectAccess || view.Managed.Connection.ID != here.ID {
		t.Errorf("got %s of connection %d, want the way that was named", view.Source.Name, view.Managed.Connection.ID)
	}
	v.types("jeanne")
	v.on(connect.PageConnection)
	// Leaving the page of the connection that the visit was opened on ends it, whichever way was last at hand.
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if o := v.ended(t); o.GroupID != atBank.GroupID || o.Result != connect.ResultUpdated {
		t.Errorf("got outcome %+v", o)
	}
	one := w.mustOpen(u, connect.Request{Flow: connect.FlowManage, ConnectionID: atBank.ID})
	act = one.act()
	act.Way = here.ID
	if err := w.svc.Repair(t.Context(), act, true); !fault.Is(err, fault.Invalid) {
		t.Errorf("in the other dialect: got %v, want it refused", err)
	}
}

// TestRemovingTakesAllWays: the widget's removal takes the whole login and each way's bank is told; the other dialect's takes one.
func TestRemovingTakesAllWays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		widget        bool
		gone, revoked int
	}{"widget": {true, 2, 2}, "other dialect": {false, 1, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.person()
			atBank, _ := w.bothWays(u)
			w.connected(u, "paul")
			v := w.mustOpen(u, connect.Request{Flow: connect.FlowManage, ConnectionID: atBank.ID})
			if tt.widget {
				v = w.manages(u, atBank.GroupID)
			}
			v.must(w.svc.AskRemoval(t.Context(), v.act()))
			want := 3
			if tt.widget {
				want = 4
			}
			if view := v.on(connect.PageRemoval); view.Removal.Accounts != want {
				t.Errorf("%d accounts would go, want %d", view.Removal.Accounts, want)
			}
			act := v.act()
			v.must(w.svc.Remove(t.Context(), act))
			o := v.ended(t)
			if !o.Deleted || tt.widget && (o.Result != connect.ResultDeleted || o.GroupID != atBank.GroupID) {
				t.Errorf("got outcome %+v, want it deleted", o)
			}
			list, err := w.store.Connections(t.Context(), u.ID)
			if err != nil || len(list) != 3-tt.gone || w.script.revoked != tt.revoked {
				t.Errorf("%d left, %v, the bank told %d times; want %d and %d", len(list), err, w.script.revoked, 3-tt.gone, tt.revoked)
			}
		})
	}
}

// TestKnownOffersTheWayLeft: where a login has one way in, the other is offered and goes straight on; with both there is none.
func TestKnownOffersTheWayLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	w.answers(as("jeanne"))
	again := connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{twoWaysUUID}, Widget: &connect.Widget{}}
	first := w.widget(u, again)
	first.must(w.svc.AcceptTerms(t.Context(), first.act(), accepted))
	first.must(w.svc.ChooseSource(t.Context(), first.act(), bank.SourceDirectAccess))
	first.types("jeanne")
	first.agree()
	first.ended(t)
	w.lists(1)
	v := w.widget(u, again)
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	if left := v.on(connect.PageKnown).Left; len(left) != 1 || left[0].Name != bank.SourceOpenAPI {
		t.Fatalf("got %+v left, want the bank's page", left)
	}
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownWay, 0))
	if got := v.look(); got.Page != connect.PageSelection || got.Source.Name != bank.SourceOpenAPI {
		t.Errorf("got page %s through %s, want the way taken at once", got.Page, got.Source.Name)
	}
	v.agree()
	v.ended(t)
	v = w.widget(u, again)
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	if view := v.on(connect.PageKnown); len(view.Left) != 0 || len(view.Connections) != 1 {
		t.Errorf("got %+v left of %d connections, want none of one", view.Left, len(view.Connections))
	}
	if err := w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownWay, 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("with no way left: got %v, want it refused", err)
	}
}

// TestWayReadsWhatIsWanted: a way that reads none of the wanted account types is not offered, unless none does.
func TestWayReadsWhatIsWanted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wanted []bank.AccountType
		want   connect.Page
	}{
		"one does":  {[]bank.AccountType{bank.AccountSavings}, connect.PageCredentials},
		"both do":   {[]bank.AccountType{bank.AccountChecking}, connect.PageSource},
		"none does": {[]bank.AccountType{bank.AccountLoan}, connect.PageSource},
		"any":       {nil, connect.PageSource},
	} {
		w := newWorld(t)
		w.dir[1].Sources[0].AccountTypes = []bank.AccountType{bank.AccountChecking}
		w.dir[1].Sources[1].AccountTypes = []bank.AccountType{bank.AccountChecking, bank.AccountSavings}
		v := w.widget(w.person(), connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{twoWaysUUID}, AccountTypes: tt.wanted, Widget: &connect.Widget{}})
		v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
		if got := v.look().Page; got != tt.want {
			t.Errorf("%s: got page %s, want %s", name, got, tt.want)
		}
	}
}

// TestNothingAsked: who comes to answer a bank that asks nothing is not signed in anew; who comes to a bank that does is.
func TestNothingAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	asked := w.script.asked()
	input := connect.Request{Flow: connect.FlowReconnect, ConnectionID: c.GroupID, Widget: &connect.Widget{Action: "user_input"}}
	if o := w.widget(u, input).ended(t); o.Result != connect.ResultNone || o.GroupID != c.GroupID {
		t.Errorf("got outcome %+v, want nothing done", o)
	}
	if got := w.script.asked(); got != asked {
		t.Errorf("the bank was asked for %d logins", got-asked)
	}
	edit := input
	edit.Widget, edit.Reset = &connect.Widget{Action: "edit_credentials"}, true
	w.widget(u, edit).on(connect.PageCredentials)
	w.falls(c, bank.StateWrongpass)
	w.widget(u, input).on(connect.PageCredentials)
}
