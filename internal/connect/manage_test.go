package connect_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

var manage = connect.Request{Flow: connect.FlowManage}

// inspects opens the manage flow and one connection in it.
func (w *world) inspects(u grant.User, c bank.Connection) *visit {
	w.t.Helper()
	v := w.mustOpen(u, manage)
	v.on(connect.PageOverview)
	v.must(w.svc.Inspect(w.t.Context(), v.act(), c.ID))
	v.on(connect.PageConnection)
	return v
}

// withdraw ends the sharing of all accounts of a connection, on the page.
func (w *world) withdraw(u grant.User, c bank.Connection) {
	w.t.Helper()
	v := w.inspects(u, c)
	v.must(w.svc.EditAccounts(w.t.Context(), v.act()))
	v.share(0)
	v.noticed(connect.PageConnection, connect.NoticeShared)
}

// noticed checks the page and what it tells of, which the next page must not tell again.
func (v *visit) noticed(page connect.Page, want connect.Notice) *connect.View {
	v.w.t.Helper()
	view := v.on(page)
	if got := view.Attempt.Public.Notice; got != want || want == "" && view.Attempt.Public.NoticeName != "" {
		v.w.t.Errorf("on page %s the notice is %q of %q, want %q", page, got, view.Attempt.Public.NoticeName, want)
	}
	return view
}

func TestOverviewShowsTheUsersConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, other := w.user(), w.user()
	empty := w.mustOpen(u, manage)
	if got := empty.on(connect.PageOverview).Connections; len(got) != 0 {
		t.Errorf("%d connections of somebody who has none", len(got))
	}
	w.connected(other, "paul")
	web := w.viaWeb(u, "jeanne")
	c := w.connected(u, "jeanne")
	w.falls(c, bank.StateWrongpass)
	v := w.mustOpen(u, manage)
	list := v.on(connect.PageOverview).Connections
	if len(list) != 2 || list[0].Connection.ID != web.ID || list[1].Connection.ID != c.ID {
		t.Fatalf("%d connections, want the user's two", len(list))
	}
	first, second := list[0], list[1]
	if len(first.Accounts) != 3 || len(first.Shared()) != 2 || first.Connector.Name != "Web only" || !first.CanRenew || first.CanReset || first.RenewSoon {
		t.Errorf("the first: %+v", first)
	}
	if until := w.clock().AddDate(0, 0, 180); first.ConsentUntil == nil || !first.ConsentUntil.Equal(until) {
		t.Errorf("shared until %v, want %v", first.ConsentUntil, until)
	}
	if second.CanRenew || !second.CanReset || !second.Repairable() || first.Repairable() {
		t.Errorf("the second: %+v", second)
	}
	w.pass(167 * 24 * time.Hour)
	if m := w.mustOpen(u, manage).on(connect.PageOverview).Connections[1]; !m.RenewSoon {
		t.Errorf("13 days before the end (%v) nothing is said", m.ConsentUntil)
	}
	v = w.mustOpen(u, manage)
	v.must(w.svc.Close(t.Context(), v.act()))
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != 0 || len(o.ConnectionIDs) != 0 || o.Deleted {
		t.Errorf("outcome %+v, want the state alone", o)
	}
}

// TestManageOpensOnOneConnection leads straight to it, and says in the end which one it was.
func TestManageOpensOnOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u, other := w.user(), w.user()
	c, foreign := w.connected(u, "jeanne"), w.connected(other, "paul")
	r := manage
	r.ConnectionID = c.ID
	v := w.mustOpen(u, r)
	if m := v.on(connect.PageConnection).Managed; m == nil || m.Connection.ID != c.ID {
		t.Fatalf("managed %+v", m)
	}
	v.must(w.svc.Back(t.Context(), v.act()))
	v.on(connect.PageOverview)
	v.must(w.svc.Inspect(t.Context(), v.act(), c.ID))
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != c.ID || o.Deleted {
		t.Errorf("outcome %+v, want the connection, there", o)
	}
	r.ConnectionID = foreign.ID
	v = w.mustOpen(u, r)
	v.on(connect.PageOverview)
	if err := w.svc.Inspect(t.Context(), v.act(), foreign.ID); !errors.Is(err, connect.ErrStale) {
		t.Errorf("another user's connection: got %v, want ErrStale", err)
	}
	v.must(w.svc.Close(t.Context(), v.act()))
	if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != 0 {
		t.Errorf("outcome %+v names another user's connection", o)
	}
}

func TestManageRepairsAndComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	shared, _ := w.shared(c)
	w.falls(c, bank.StateWrongpass)
	v := w.inspects(u, c)
	v.must(w.svc.Repair(t.Context(), v.act(), false))
	if got := v.on(connect.PageCredentials); len(got.Fields) != 1 || got.Managed == nil {
		t.Errorf("asks for %+v, managed %v", got.Fields, got.Managed)
	}
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.noticed(connect.PageConnection, connect.NoticeAbandoned)
	v.must(w.svc.Repair(t.Context(), v.act(), false))
	v.must(w.svc.Back(t.Context(), v.act()))
	v.noticed(connect.PageConnection, "")
	v.must(w.svc.Repair(t.Context(), v.act(), true))
	v.noticed(connect.PageCredentials, "")
	v.submit()
	view := v.noticed(connect.PageConnection, connect.NoticeRepaired)
	if view.Managed.Connection.State != bank.StateOK || view.Attempt.Public.AuthenticatedAt != nil || view.Attempt.Private != nil {
		t.Errorf("state %q, authenticated %v: the step is over", view.Managed.Connection.State, view.Attempt.Public.AuthenticatedAt)
	}
	if now, _ := w.shared(c); !slices.Equal(now, shared) {
		t.Errorf("shared %v, want %v", now, shared)
	}
	// The five minutes after the bank's yes end with the step: the overview may stand for longer.
	w.pass(connect.IdleAfterAuthentication + time.Minute)
	v.on(connect.PageConnection)
	w.pass(connect.Lifetime)
	v.on(connect.PageExpired)
	fresh, bind, err := w.svc.Restart(t.Context(), v.id, v.bind, connector.PSU{Present: true})
	v.must(err)
	(&visit{w: w, id: fresh.ID, bind: bind}).on(connect.PageOverview)
}

func TestManageRenewsWithANewConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.viaWeb(u, "jeanne")
	direct := w.connected(u, "jeanne")
	w.pass(100 * 24 * time.Hour)
	v := w.inspects(u, direct)
	if err := w.svc.RenewConsent(t.Context(), v.act()); !fault.Is(err, fault.Invalid) {
		t.Errorf("renewing where no consent is kept: got %v", err)
	}
	var state held
	w.answers(redirect(&state))
	v = w.inspects(u, c)
	v.must(w.svc.RenewConsent(t.Context(), v.act()))
	if view := v.on(connect.PageAway); view.Managed == nil || view.Attempt.Public.Mode != connect.ModeRenew {
		t.Errorf("mode %q, managed %v", view.Attempt.Public.Mode, view.Managed)
	}
	_, err := w.svc.Callback(t.Context(), "scripted", callbackOf(state.get(), "code", "c"), v.own, connector.PSU{})
	v.must(err)
	if in := w.begun(); in.Mode != connector.ModeRenew {
		t.Errorf("begun with mode %s", in.Mode)
	}
	if err := w.svc.ChooseAccounts(t.Context(), v.act(), nil, agreed(connect.Consented{})); !fault.Is(err, fault.Invalid) {
		t.Errorf("renewing nothing: got %v", err)
	}
	if err := w.svc.Back(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("Back after the bank's yes: got %v, want ErrStale", err)
	}
	before := w.agreedUntil(c)
	v.share(1)
	v.noticed(connect.PageConnection, connect.NoticeRenewed)
	if got := w.agreedUntil(c); !got.After(before) || !got.Equal(w.clock().AddDate(0, 0, 180)) {
		t.Errorf("shared until %v, before it was %v", got, before)
	}
}

// TestManageChoosesAccounts works without the bank; nothing ticked is a choice here; what a filter hides stays as it is.
func TestManageChoosesAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	_, all := w.shared(c)
	asked := w.script.asked()
	w.script.pull = func() error { t.Error("the bank was asked"); return nil }
	v := w.inspects(u, c)
	v.must(w.svc.EditAccounts(t.Context(), v.act()))
	view := v.on(connect.PageSelection)
	if !view.None || !view.Accounts[0].Ticked || view.Accounts[2].Ticked {
		t.Errorf("none allowed %v, ticked %v and %v", view.None, view.Accounts[0].Ticked, view.Accounts[2].Ticked)
	}
	v.must(w.svc.Back(t.Context(), v.act()))
	v.must(w.svc.EditAccounts(t.Context(), v.act()))
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.noticed(connect.PageConnection, connect.NoticeAbandoned)

	v.must(w.svc.EditAccounts(t.Context(), v.act()))
	act := v.act()
	v.share(0)
	v.noticed(connect.PageConnection, connect.NoticeShared)
	if now, _ := w.shared(c); len(now) != 0 {
		t.Errorf("%d accounts are shared after a withdrawal", len(now))
	}
	if got := w.agreedUntil(c); !got.IsZero() {
		t.Errorf("still agreed to until %v", got)
	}
	err := w.svc.ChooseAccounts(t.Context(), act, []string{view.Accounts[0].Value}, agreed(connect.Consented{}))
	if now, _ := w.shared(c); !errors.Is(err, connect.ErrStale) || len(now) != 0 {
		t.Errorf("the page of before, sent late: %v, %d shared", err, len(now))
	}
	v.must(w.svc.EditAccounts(t.Context(), v.act()))
	v.share(3)

	filtered := manage
	filtered.ConnectionID, filtered.AccountTypes = c.ID, []bank.AccountType{bank.AccountChecking}
	v = w.mustOpen(u, filtered)
	v.must(w.svc.EditAccounts(t.Context(), v.act()))
	if view := v.on(connect.PageSelection); view.Accounts[2].Selectable {
		t.Error("the filter does not hold")
	}
	v.share(0)
	if now, _ := w.shared(c); !slices.Equal(now, all[2:]) {
		t.Errorf("shared %v, want the hidden one %v left as it was", now, all[2:])
	}
	if w.script.asked() != asked {
		t.Error("the bank was asked for a login")
	}
}

// TestManageAdds walks terms and picker, the same login noticed on the way, and comes back to the new connection.
func TestManageAdds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	old := w.connected(u, "jeanne")
	w.answers(as("paul"))
	v := w.mustOpen(u, manage)
	v.must(w.svc.Add(t.Context(), v.act()))
	v.on(connect.PageTerms)
	v.must(w.svc.RefuseTerms(t.Context(), v.act()))
	v.noticed(connect.PageOverview, connect.NoticeAbandoned)
	v.must(w.svc.Add(t.Context(), v.act()))
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	v.must(w.svc.Back(t.Context(), v.act()))
	v.noticed(connect.PageOverview, "")
	v.must(w.svc.Add(t.Context(), v.act()))
	v.on(connect.PagePicker)
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	if got := v.on(connect.PageKnown).Connections; len(got) != 1 || got[0].Connection.ID != old.ID {
		t.Errorf("known: %+v", got)
	}
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownOther, 0))
	v.must(w.svc.Back(t.Context(), v.act()))
	v.on(connect.PagePicker)
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownOther, 0))
	v.submit()
	// Leaving before the accounts are agreed to takes the new connection back, and the visit stays.
	v.on(connect.PageSelection)
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if got := v.noticed(connect.PageOverview, connect.NoticeAbandoned).Connections; len(got) != 1 || w.script.revoked != 1 {
		t.Errorf("%d connections, %d consents taken back, want 1 and 1", len(got), w.script.revoked)
	}
	v.must(w.svc.Add(t.Context(), v.act()))
	v.must(w.svc.ChooseConnector(t.Context(), v.act(), scriptedUUID))
	v.must(w.svc.ChooseKnown(t.Context(), v.act(), connect.KnownOther, 0))
	v.submit()
	if err := w.svc.ChooseAccounts(t.Context(), v.act(), nil, agreed(connect.Consented{})); !fault.Is(err, fault.Invalid) {
		t.Errorf("a new connection with nothing shared: got %v", err)
	}
	v.share(1)
	m := v.noticed(connect.PageConnection, connect.NoticeAdded).Managed
	if m.Connection.ID == old.ID || m.Connection.OwnerKey != "paul" || len(m.Shared()) != 1 {
		t.Errorf("back at %+v", m.Connection)
	}
	// What was agreed to stays, whatever is left behind now.
	v.must(w.svc.Repair(t.Context(), v.act(), true))
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.must(w.svc.Cancel(t.Context(), v.act()))
	if got := v.on(connect.PageOverview).Connections; len(got) != 2 {
		t.Errorf("%d connections, want both", len(got))
	}
}

func TestManageRemoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c, kept := w.connected(u, "jeanne"), w.connected(u, "paul")
	shared, _ := w.shared(c)
	day := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	m, err := bank.ParseMoney("-3.20", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	var list []bank.Transaction
	for i := range 4 {
		list = append(list, bank.Transaction{Key: string(rune('a' + i)), Date: day.AddDate(0, 0, i), Value: m, Type: bank.TransactionCard, OriginalWording: "x"})
	}
	if _, err := w.store.SaveTransactions(t.Context(), shared[0], list, w.clock()); err != nil {
		t.Fatal(err)
	}
	v := w.inspects(u, c)
	if err := w.svc.Remove(t.Context(), v.act()); !errors.Is(err, connect.ErrStale) {
		t.Errorf("removing without the question: got %v, want ErrStale", err)
	}
	v.must(w.svc.AskRemoval(t.Context(), v.act()))
	want := connect.Removal{Accounts: 3, Transactions: 4, Oldest: day}
	if view := v.on(connect.PageRemoval); view.Removal == nil || *view.Removal != want || view.Managed == nil {
		t.Errorf("would go: %+v, want %+v", view.Removal, want)
	}
	v.must(w.svc.Back(t.Context(), v.act()))
	v.must(w.svc.AskRemoval(t.Context(), v.act()))
	v.must(w.svc.Cancel(t.Context(), v.act()))
	v.noticed(connect.PageConnection, connect.NoticeAbandoned)
	v.must(w.svc.AskRemoval(t.Context(), v.act()))
	act := v.act()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := w.svc.Remove(t.Context(), act); err != nil && !errors.Is(err, connect.ErrStale) {
				t.Errorf("remove: %v", err)
			}
		})
	}
	wg.Wait()
	view := v.noticed(connect.PageOverview, connect.NoticeRemoved)
	if len(view.Connections) != 1 || view.Connections[0].Connection.ID != kept.ID || view.Attempt.Public.NoticeName != "Scripted" {
		t.Errorf("left: %d, notice of %q", len(view.Connections), view.Attempt.Public.NoticeName)
	}
	if w.script.revoked != 1 {
		t.Errorf("the bank was told %d times, want once", w.script.revoked)
	}
}

// TestManageRemovesTheOneItWasOpenedOn ends the visit and says so, also when the process died before it could.
func TestManageRemovesTheOneItWasOpenedOn(t *testing.T) {
	t.Parallel()
	for name, crashed := range map[string]bool{"removed": false, "removed before a crash": true} {
		w := newWorld(t)
		u := w.user()
		c := w.connected(u, "jeanne")
		r := manage
		r.ConnectionID = c.ID
		v := w.mustOpen(u, r)
		v.must(w.svc.AskRemoval(t.Context(), v.act()))
		if crashed {
			if err := w.store.DeleteConnection(t.Context(), u.ID, c.ID, w.clock()); err != nil {
				t.Fatal(err)
			}
			v.on(connect.PageOverview)
			v.must(w.svc.Close(t.Context(), v.act()))
		} else {
			v.must(w.svc.Remove(t.Context(), v.act()))
		}
		if o := v.ends(t, connect.PageDone, connect.EndingSuccess); o.ConnectionID != c.ID || !o.Deleted {
			t.Errorf("%s: outcome %+v, want it gone", name, o)
		}
	}
}

// TestManageWhenAConnectionGoesAwayElsewhere: the overview takes the place of its page, and every button on it works.
func TestManageWhenAConnectionGoesAwayElsewhere(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, press := range map[string]func(w *world, v *visit, left bank.Connection) error{
		"inspect": func(w *world, v *visit, left bank.Connection) error { return w.svc.Inspect(ctx, v.act(), left.ID) },
		"add":     func(w *world, v *visit, _ bank.Connection) error { return w.svc.Add(ctx, v.act()) },
		"close":   func(w *world, v *visit, _ bank.Connection) error { return w.svc.Close(ctx, v.act()) },
	} {
		for _, removing := range []bool{false, true} {
			w := newWorld(t)
			u := w.user()
			c, left := w.connected(u, "jeanne"), w.connected(u, "paul")
			v := w.inspects(u, c)
			if removing {
				v.must(w.svc.AskRemoval(ctx, v.act()))
			}
			if err := w.store.DeleteConnection(ctx, u.ID, c.ID, w.clock()); err != nil {
				t.Fatal(err)
			}
			if got := v.on(connect.PageOverview).Connections; len(got) != 1 || got[0].Connection.ID != left.ID {
				t.Errorf("%s: shows %d connections", name, len(got))
			}
			if err := press(w, v, left); err != nil {
				t.Errorf("%s (removing %v): %v", name, removing, err)
			}
		}
	}
}

// TestStaleManageChangesNothing sends every action of the manage flow with a step that is over, and every one of them twice.
func TestStaleManageChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	c := w.connected(u, "jeanne")
	ctx := t.Context()
	v := w.inspects(u, c)
	act := v.act()
	act.Step--
	actions := map[string]func(connect.Act) error{
		"inspect":  func(a connect.Act) error { return w.svc.Inspect(ctx, a, c.ID) },
		"add":      func(a connect.Act) error { return w.svc.Add(ctx, a) },
		"repair":   func(a connect.Act) error { return w.svc.Repair(ctx, a, false) },
		"renew":    func(a connect.Act) error { return w.svc.RenewConsent(ctx, a) },
		"accounts": func(a connect.Act) error { return w.svc.EditAccounts(ctx, a) },
		"removal":  func(a connect.Act) error { return w.svc.AskRemoval(ctx, a) },
		"remove":   func(a connect.Act) error { return w.svc.Remove(ctx, a) },
		"close":    func(a connect.Act) error { return w.svc.Close(ctx, a) },
		"known":    func(a connect.Act) error { return w.svc.ChooseKnown(ctx, a, connect.KnownOther, 0) },
		"back":     func(a connect.Act) error { return w.svc.Back(ctx, a) },
		"cancel":   func(a connect.Act) error { return w.svc.Cancel(ctx, a) },
	}
	for name, f := range actions {
		if err := f(act); !errors.Is(err, connect.ErrStale) {
			t.Errorf("%s of a step that is over: got %v, want ErrStale", name, err)
		}
	}
	v.on(connect.PageConnection)
	asked := w.script.asked()
	for _, name := range []string{"inspect", "add", "repair", "accounts", "removal", "close", "back", "cancel"} {
		v := w.inspects(u, c)
		act := v.act()
		if err := actions[name](act); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := actions[name](act); !errors.Is(err, connect.ErrStale) {
			t.Errorf("%s a second time: got %v, want ErrStale", name, err)
		}
	}
	if got := w.script.asked() - asked; got != 1 {
		t.Errorf("the bank was asked %d times for one repair", got)
	}
}

// TestManageIsForItsOwnPages: no action of the manage flow works in another one.
func TestManageIsForItsOwnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user()
	w.connected(u, "jeanne")
	v := w.mustOpen(u, connect.Request{Flow: connect.FlowConnect})
	v.must(w.svc.AcceptTerms(t.Context(), v.act(), accepted))
	for name, err := range map[string]error{
		"add": w.svc.Add(t.Context(), v.act()), "close": w.svc.Close(t.Context(), v.act()), "back": w.svc.Back(t.Context(), v.act()),
	} {
		if !errors.Is(err, connect.ErrStale) {
			t.Errorf("%s in the connect flow: got %v, want ErrStale", name, err)
		}
	}
	v.on(connect.PagePicker)
}
