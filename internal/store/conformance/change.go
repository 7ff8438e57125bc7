package conformance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// ptr makes an optional value.
func ptr[T any](v T) *T { return &v }

func accountChanges(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	saved, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b"), newAccount("c")}, now)
	must(t, err)
	a, b := saved[0].ID, saved[1].ID
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &now, Now: now}))
	jobs, before := s.Count(t, "river_job", "1 = 1"), len(eventNames(ctx, t, s, u.ID))
	later := now.Add(time.Minute)
	change := bank.ChangeAccounts{
		UserID: u.ID, ConnectionID: c.ID, IDs: []int64{b, a, b}, All: true, ClientID: clientID, Until: later.AddDate(1, 0, 0), Now: later,
		Change: bank.AccountChange{Disabled: ptr(false), Name: ptr("Mine"), Usage: ptr(bank.UsageAssociation), Display: ptr(false), Bookmarked: ptr(true)},
	}
	got, err := s.ChangeAccounts(ctx, change)
	must(t, err)
	// The first consent makes the time of the last reading open again, since what is shared was not read yet; others leave it.
	if first, err := s.Connection(ctx, u.ID, c.ID); err != nil || first.LastUpdate != nil {
		t.Errorf("after the first consent: last update %v, %v, want none", first.LastUpdate, err)
	}
	if len(got) != 2 || got[0].ID != b || got[1].ID != a {
		t.Fatalf("got %+v, want both, once each, in the order asked for", got)
	}
	for _, acc := range got {
		if acc.Disabled != nil || acc.Name != "Mine" || acc.Usage != bank.UsageAssociation || acc.Display || !acc.Bookmarked {
			t.Errorf("got %+v, want it as it was asked for", acc)
		}
	}
	// The consent ends with the bank's, which is earlier; it says on whose behalf, and that no visit was there.
	if n := s.Count(t, "consents", "user_id = $1 AND client_id = $2 AND attempt_id = '' AND until = $3 AND withdrawn_at IS NULL",
		u.ID, int64(clientID), c.ConsentUntil.UnixMicro()); n != 2 {
		t.Errorf("got %d consents, want 2", n)
	}
	if n := s.Count(t, "river_job", "1 = 1"); n != jobs+1 {
		t.Errorf("got %d new jobs, want one sync of the connection", n-jobs)
	}
	if names := eventNames(ctx, t, s, u.ID)[before:]; !slices.Equal(names, []string{webhook.AccountEnabled, webhook.AccountEnabled}) {
		t.Errorf("got events %q", names)
	}
	movements(t, s, a, 3)
	movements(t, s, b, 2)

	_, err = s.ChangeAccounts(ctx, bank.ChangeAccounts{UserID: u.ID, IDs: []int64{a}, Change: bank.AccountChange{Disabled: ptr(true)}, Now: later})
	must(t, err)
	if n := s.Count(t, "transactions", "account_id = $1", a); n != 0 {
		t.Errorf("got %d movements of an account that is not shared any more", n)
	}
	if n := s.Count(t, "transactions", "account_id = $1", b); n != 2 {
		t.Errorf("got %d movements of the other, want 2", n)
	}
	if n := s.Count(t, "consents", "account_id = $1 AND withdrawn_at = $2", a, later.UnixMicro()); n != 1 {
		t.Errorf("got %d withdrawn consents, want 1", n)
	}
	// Nor does a reading count that began before it.
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &later, Unshared: true, Now: later}))
	if late, err := s.Connection(ctx, u.ID, c.ID); err != nil || late.LastUpdate != nil {
		t.Errorf("after a reading from before the consent: last update %v, %v, want none", late.LastUpdate, err)
	}
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &later, Now: later}))
	_, err = s.ChangeAccounts(ctx, bank.ChangeAccounts{
		UserID: u.ID, IDs: []int64{saved[2].ID}, All: true, ClientID: clientID, Until: later, Now: later, Change: bank.AccountChange{Disabled: ptr(false)},
	})
	must(t, err)
	if second, err := s.Connection(ctx, u.ID, c.ID); err != nil || second.LastUpdate == nil {
		t.Errorf("after another consent: last update %v, %v, want it kept", second.LastUpdate, err)
	}
	refusedAccounts(t, s, u.ID, other.ID, a, b)
}

// refusedAccounts asks for what is absent beside what is there: nothing of it may happen. The first account is disabled.
func refusedAccounts(t *testing.T, s Subject, user, other, disabled, shared int64) {
	ctx := t.Context()
	before, err := s.UserAccounts(ctx, user, 0, true)
	must(t, err)
	events := len(eventNames(ctx, t, s, user))
	foreign := connected(t, s, grant.User{ID: other, Domain: grant.DefaultDomain}, "paul")
	for name, c := range map[string]bank.ChangeAccounts{
		"a foreign user":       {UserID: other, IDs: []int64{shared}, All: true},
		"no user":              {IDs: []int64{shared}, All: true},
		"an absent account":    {UserID: user, IDs: []int64{shared, 99999}, All: true},
		"a disabled account":   {UserID: user, IDs: []int64{shared, disabled}},
		"a foreign connection": {UserID: user, ConnectionID: foreign.ID, IDs: []int64{shared}, All: true},
	} {
		c.Change, c.Now = bank.AccountChange{Name: ptr("changed"), Disabled: ptr(true)}, now
		_, err := s.ChangeAccounts(ctx, c)
		wantKind(t, name, err, fault.NotFound)
	}
	after, err := s.UserAccounts(ctx, user, 0, true)
	must(t, err)
	if !reflect.DeepEqual(after, before) || len(eventNames(ctx, t, s, user)) != events {
		t.Errorf("got %+v, want %+v", after, before)
	}
}

// accountChangesAtOnce gives the same consent from many sides: it is recorded once.
func accountChangesAtOnce(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	saved, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a")}, now)
	must(t, err)
	atOnce(8, func(int) {
		_, err := s.ChangeAccounts(ctx, bank.ChangeAccounts{
			UserID: u.ID, IDs: []int64{saved[0].ID}, All: true, Change: bank.AccountChange{Disabled: ptr(false)}, Until: now, Now: now,
		})
		if err != nil {
			t.Errorf("change: %v", err)
		}
	})
	if n := s.Count(t, "consents", "account_id = $1", saved[0].ID); n != 1 {
		t.Errorf("got %d consents, want 1", n)
	}
	if n := s.Count(t, "events", "name = $1", webhook.AccountEnabled); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
}

func movementChanges(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
	_, err := s.SaveTransactions(ctx, acc.ID, []bank.Transaction{newTransaction("k", day(3), "-1.00")}, now)
	must(t, err)
	list, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID})
	must(t, err)
	want, later := list[0], now.Add(time.Hour)
	on := ptr(day(9))
	got, err := s.ChangeTransaction(ctx, u.ID, want.ID, bank.TransactionChange{
		Wording: ptr("Mine"), Comment: ptr("seen"), Active: ptr(false), ApplicationDate: &on, Categories: &[]bank.Category{{Code: "food", ParentCode: "life"}},
	}, later)
	must(t, err)
	want.Wording, want.CustomWording, want.Comment, want.Active, want.ApplicationDate, want.LastUpdate = "Mine", "Mine", "seen", false, on, later
	want.Categories = []bank.Category{{Code: "food", ParentCode: "life"}}
	if !sameTransaction(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// What the bank says next leaves it alone.
	renewed := newTransaction("k", day(3), "-2.00")
	renewed.Wording = "Renewed"
	_, err = s.SaveTransactions(ctx, acc.ID, []bank.Transaction{renewed}, later)
	must(t, err)
	want.Value, want.SimplifiedWording = renewed.Value, "Renewed"
	if got, err = s.Transaction(ctx, u.ID, want.ID); err != nil || !sameTransaction(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	none := (*time.Time)(nil)
	got, err = s.ChangeTransaction(ctx, u.ID, want.ID, bank.TransactionChange{
		Wording: ptr(""), Comment: ptr(""), Active: ptr(true), ApplicationDate: &none, Categories: &[]bank.Category{},
	}, later)
	must(t, err)
	if got.Wording != "Renewed" || got.Comment != "" || !got.Active || got.ApplicationDate != nil || got.Categories != nil {
		t.Errorf("got %+v, want the bank's own back", got)
	}
	for _, id := range []int64{other.ID, 0, 999} {
		_, err = s.ChangeTransaction(ctx, id, want.ID, bank.TransactionChange{Wording: ptr("theirs")}, later)
		wantKind(t, "a foreign movement", err, fault.NotFound)
	}
	s.Exec(t, "UPDATE accounts SET disabled_at = 1")
	_, err = s.ChangeTransaction(ctx, u.ID, want.ID, bank.TransactionChange{Wording: ptr("late")}, later)
	wantKind(t, "a movement that is not shared any more", err, fault.NotFound)
}
