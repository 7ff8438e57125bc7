package connect_test

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
)

// secondWay walks to the choice of accounts of the other way into a login, of which the first way shares what the end user ticked: all
// three accounts, asked for at once or one by one, or some of them.
func (w *world) secondWay(u grant.User, first string, widget connect.Widget, share int) (*visit, bank.Connection) {
	w.t.Helper()
	w.answers(as("jeanne"))
	walk := func(r connect.Request, source string) *visit {
		r.Sources, r.Widget = []string{source}, &widget
		v := w.widget(u, r)
		if v.look().Page == connect.PageTerms {
			v.must(w.svc.AcceptTerms(w.t.Context(), v.act(), accepted))
		}
		if v.look().Page == connect.PageCredentials {
			bind, wrong, err := w.svc.SubmitCredentials(w.t.Context(), v.act(), secrets("login", "jeanne"))
			if v.must(err); len(wrong) > 0 {
				w.t.Fatalf("fields refused: %v", wrong)
			}
			v.bind = bind
		}
		v.on(connect.PageSelection)
		return v
	}
	v := walk(connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{twoWaysUUID}}, first)
	if widget.ConsentPerAccount {
		v.share(share)
	} else {
		v.agree()
	}
	c := w.connection(u, v.ended(w.t).ConnectionID)
	other := bank.SourceDirectAccess
	if first == other {
		other = bank.SourceOpenAPI
	}
	return walk(connect.Request{Flow: connect.FlowReconnect, Reset: true, ConnectionID: c.GroupID}, other), c
}

// TestSharedThroughAnotherWay: accounts that a login shows both ways are shared once. The second visit says so, has nothing to choose,
// and ends well; no reading brings them twice.
func TestSharedThroughAnotherWay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first  string
		widget connect.Widget
	}{
		"all, bank's page first":        {bank.SourceOpenAPI, connect.Widget{}},
		"all, login here first":         {bank.SourceDirectAccess, connect.Widget{}},
		"one by one, bank's page first": {bank.SourceOpenAPI, connect.Widget{ConsentPerAccount: true}},
		"one by one, login here first":  {bank.SourceDirectAccess, connect.Widget{ConsentPerAccount: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.person()
			v, one := w.secondWay(u, tt.first, tt.widget, 3)
			view := v.on(connect.PageSelection)
			if !view.Twins || len(view.Accounts) != 3 {
				t.Fatalf("got %+v, want nothing to choose", view.Accounts)
			}
			for _, c := range view.Accounts {
				if c.Through != one.Source || c.Selectable || c.Ticked {
					t.Errorf("got %+v, want it shared through %s", c, one.Source)
				}
			}
			v.must(w.svc.ChooseAccounts(t.Context(), v.act(), nil, agreed(connect.Consented{})))
			o := v.ended(t)
			if o.Result != connect.ResultUpdated || o.GroupID != one.GroupID {
				t.Errorf("got %+v, want login %d updated", o, one.GroupID)
			}
			two := w.connection(u, v.look().Attempt.ConnectionID)
			for range 2 {
				w.sync(one.ID)
				w.sync(two.ID)
				first, _ := w.shared(one)
				if second, all := w.shared(two); len(first) != 3 || len(second) != 0 || len(all) != 3 {
					t.Errorf("got %v and %v shared, want each once", first, second)
				}
			}
			if c := w.connection(u, two.ID); c.State != bank.StateOK || c.LastUpdate == nil {
				t.Errorf("got %+v, want it in use", c)
			}
		})
	}
}

// TestChosenThroughEitherWay: what the first way left out the second may share; the choice of a login's accounts shows each once, and
// what is withdrawn through one way is shared through the other again.
func TestChosenThroughEitherWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	v, one := w.secondWay(u, bank.SourceOpenAPI, connect.Widget{ConsentPerAccount: true}, 1)
	view := v.on(connect.PageSelection)
	if view.Twins || view.Accounts[0].Selectable || !view.Accounts[1].Selectable || !view.Accounts[1].Ticked {
		t.Fatalf("got %+v, want the last two to choose from", view.Accounts)
	}
	// Nor by a value that the page has not.
	v.share(2)
	v.ended(t)
	two := w.connection(u, v.look().Attempt.ConnectionID)
	first, _ := w.shared(one)
	second, all := w.shared(two)
	if len(first) != 1 || !slices.Equal(second, all[1:2]) {
		t.Fatalf("got %v and %v shared, want the first and the second account", first, second)
	}
	m := w.widget(u, connect.Request{Flow: connect.FlowAccounts, ConnectionID: one.GroupID, Widget: &connect.Widget{}})
	choices := m.on(connect.PageSelection).Accounts
	ids := make([]int64, len(choices))
	for i, c := range choices {
		ids[i] = c.Account.ID
	}
	slices.Sort(ids)
	_, fromOne := w.shared(one)
	if want := []int64{first[0], fromOne[2], second[0]}; !slices.Equal(ids, want) {
		t.Fatalf("got accounts %v, want each once: %v", ids, want)
	}
	m.must(w.svc.ChooseAccounts(t.Context(), m.act(), nil, agreed(connect.Consented{}))) // nothing any more
	m.ended(t)
	w.pass(time.Minute)
	back := w.widget(u, connect.Request{Flow: connect.FlowAccounts, ConnectionID: one.GroupID, Sources: []string{bank.SourceDirectAccess}, Widget: &connect.Widget{}})
	back.share(1)
	back.ended(t)
	first, _ = w.shared(one)
	if second, all = w.shared(two); len(first) != 0 || !slices.Equal(second, all[:1]) {
		t.Errorf("got %v and %v shared, want the first account through the other way", first, second)
	}
}
