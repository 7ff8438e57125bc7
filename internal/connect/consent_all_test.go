package connect_test

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
)

// TestConsentToAll: the end user agrees to all accounts, those to come too; a new one is shared and read by that consent, until it
// ends, and choosing by account afterwards ends it.
func TestConsentToAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.sharesAll(u, connect.Widget{})
	if now, all := w.shared(c); !c.ConsentAll || len(now) != 3 || len(all) != 3 {
		t.Fatalf("got %v of %v shared, connection %+v, want all", now, all, c)
	}
	w.lists(1)
	w.sync(c.ID)
	if now, _ := w.shared(c); len(now) != 4 {
		t.Errorf("got %v shared, want the new account too", now)
	}
	w.sync(c.ID)
	if got := w.asked(); len(got) != 4 {
		t.Errorf("the movements of %v were asked for, want those of all four", got)
	}
	ends, err := w.store.ConsentEnds(t.Context(), u.ID, w.client.ID)
	if until := w.clock().AddDate(0, 0, 180); err != nil || !ends[c.ID].Equal(until) {
		t.Errorf("consent ends %v, %v, want %v for the new one as for the others", ends[c.ID], err, until)
	}

	// When it is over nothing new is let in.
	w.pass(181 * 24 * time.Hour)
	w.lists(2)
	w.sync(c.ID)
	if now, all := w.shared(c); len(now) != 4 || len(all) != 5 {
		t.Errorf("got %v of %v shared after the consent, want no new one", now, all)
	}
	// Renewing asks for all again, and prolongs.
	w.answers(as("jeanne"))
	r := w.repairs(u, c, connect.Widget{})
	r.submit()
	r.agree()
	r.ended(t)
	if now, _ := w.shared(c); len(now) != 5 || !w.connection(u, c.ID).ConsentAll {
		t.Errorf("got %v shared after the renewal, want all", now)
	}

	m := w.rechooses(u, c, connect.Widget{})
	m.share(1)
	m.ended(t)
	w.lists(3)
	w.sync(c.ID)
	if now, all := w.shared(c); len(now) != 1 || len(all) != 6 || w.connection(u, c.ID).ConsentAll {
		t.Errorf("got %v of %v shared, want what was chosen by account and no new one", now, all)
	}
}

// TestPickAnswersItself: where all accounts are asked for at once, a bank that wants to know them before its own consent is told all
// and no page says so twice; where they are chosen one by one, and where the bank asks again, the end user chooses.
func TestPickAnswersItself(t *testing.T) {
	t.Parallel()
	pick := connector.Step{State: []byte("s"), Pick: &connector.Pick{Accounts: []bank.Account{
		{Key: "1", Name: "Current", Type: bank.AccountChecking}, {Key: "2", Name: "Savings", Type: bank.AccountSavings},
	}}}
	for name, tt := range map[string]struct {
		widget connect.Widget
		again  bool
		want   connect.Page
		told   int
	}{
		"all at once":         {connect.Widget{}, false, connect.PageSelection, 1},
		"one by one":          {connect.Widget{ConsentPerAccount: true}, false, connect.PagePick, 0},
		"asked a second time": {connect.Widget{}, true, connect.PagePick, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.person()
			var told [][]string
			w.script.mu.Lock()
			w.script.begin = func(connector.BeginInput) (connector.Step, error) { return pick, nil }
			w.script.advance = func(in connector.AdvanceInput) (connector.Step, error) {
				told = append(told, in.Event.Accounts)
				if tt.again && len(told) == 1 {
					return pick, nil
				}
				return as("jeanne")(connector.BeginInput{})
			}
			w.script.mu.Unlock()
			v := w.widget(u, connect.Request{Flow: connect.FlowConnect, ConnectorUUIDs: []string{scriptedUUID}, Widget: &tt.widget})
			v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
			v.submit()
			if view := v.on(tt.want); view.ConsentAll == tt.widget.ConsentPerAccount {
				t.Errorf("the page asks for all at once: %v", view.ConsentAll)
			}
			if len(told) != tt.told || len(told) > 0 && !slices.Equal(told[0], []string{"1", "2"}) {
				t.Errorf("the bank was told %v, want both accounts %d times", told, tt.told)
			}
			if tt.want == connect.PagePick {
				v.must(w.svc.ChooseAccounts(t.Context(), v.act(), []string{"1", "2"}, nil))
			}
			v.on(connect.PageSelection)
		})
	}
}

// TestConsentIsNotWidened: what was chosen by account stays so through a repair, a request that leaves accounts out asks for those
// that it wants, and the other dialect asks by account.
func TestConsentIsNotWidened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.connected(u, "jeanne")
	w.pass(175 * 24 * time.Hour) // what was agreed to ends soon, so that a repair asks again
	r := w.repairs(u, c, connect.Widget{})
	r.submit()
	if view := r.on(connect.PageSelection); view.ConsentAll {
		t.Error("a repair asks for all where accounts were chosen")
	}
	r.must(w.svc.Cancel(t.Context(), r.act()))

	w.answers(as("paul"))
	some := w.widget(u, connect.Request{
		Flow: connect.FlowConnect, ConnectorUUIDs: []string{scriptedUUID}, AccountTypes: []bank.AccountType{bank.AccountSavings}, Widget: &connect.Widget{},
	})
	some.must(w.svc.AcceptTerms(t.Context(), some.act(), accepted))
	some.must(w.svc.ChooseKnown(t.Context(), some.act(), connect.KnownOther, 0))
	some.submit()
	if view := some.on(connect.PageSelection); view.ConsentAll {
		t.Error("asked for all, though the request wants savings alone")
	}
}

// TestRemovedAccountStaysOut: one that a client application deleted is not brought back by a reading, by consent to all or by a
// repair; the end user can choose it again.
func TestRemovedAccountStaysOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.sharesAll(u, connect.Widget{})
	w.sync(c.ID)
	_, all := w.shared(c)
	if err := w.reading.RemoveAccount(t.Context(), u.ID, all[0]); err != nil {
		t.Fatal(err)
	}
	w.sync(c.ID)
	acc, err := w.store.Account(t.Context(), u.ID, all[0], true)
	if err != nil || acc.Disabled == nil || acc.Removed == nil || acc.Number != "" || !acc.Balance.Amount.IsZero() || acc.Name != "Account 0" {
		t.Fatalf("got %+v, %v, want its name alone", acc, err)
	}
	w.pass(175 * 24 * time.Hour)
	w.answers(as("jeanne"))
	r := w.repairs(u, c, connect.Widget{})
	r.submit()
	if view := r.on(connect.PageSelection); len(view.Accounts) != 2 {
		t.Errorf("a repair asks for %d accounts, want those that were not deleted", len(view.Accounts))
	}
	r.agree()
	r.ended(t)
	if now, _ := w.shared(c); len(now) != 2 {
		t.Errorf("got %v shared after the repair, want two", now)
	}

	m := w.rechooses(u, c, connect.Widget{})
	choices := m.on(connect.PageSelection).Accounts
	if len(choices) != 3 || choices[0].Ticked || !choices[1].Ticked {
		t.Fatalf("got choices %+v, want the deleted one among them, not ticked", choices)
	}
	m.share(3)
	m.ended(t)
	w.sync(c.ID)
	acc, err = w.store.Account(t.Context(), u.ID, all[0], false)
	if err != nil || acc.Removed != nil || acc.Number == "" || acc.Balance.Amount.IsZero() {
		t.Errorf("got %+v, %v, want it back", acc, err)
	}
}

// TestReadByHand: a connection without automatic reading is read once and rests then; a repair reads it once more.
func TestReadByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person()
	c := w.sharesAll(u, connect.Widget{NoAutoSync: true})
	if !c.Active || !c.Manual {
		t.Fatalf("got %+v before the first reading, want it to be read once", c)
	}
	w.sync(c.ID)
	if c = w.connection(u, c.ID); c.Active || c.LastUpdate == nil || c.PausedAt == nil {
		t.Errorf("got %+v after the first reading, want it at rest", c)
	}
	first := *c.LastUpdate
	w.pass(time.Hour)
	w.sync(c.ID)
	if c = w.connection(u, c.ID); !c.LastUpdate.Equal(first) {
		t.Error("it was read by itself")
	}
	w.answers(as("jeanne"))
	r := w.repairs(u, c, connect.Widget{})
	r.submit()
	r.ended(t)
	w.sync(c.ID)
	if c = w.connection(u, c.ID); c.Active || c.LastUpdate.Equal(first) {
		t.Errorf("got %+v after a repair, want it read once more and at rest", c)
	}
	if err := w.reading.SetAutoSync(t.Context(), u.ID, c.GroupID, true); err != nil {
		t.Fatal(err)
	}
	w.sync(c.ID)
	if c = w.connection(u, c.ID); !c.Active || c.Manual {
		t.Errorf("got %+v once it was switched on, want it to stay so", c)
	}
}
