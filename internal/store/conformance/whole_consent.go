package conformance

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// agreeToAll makes a connection whose end user agreed to all accounts, those to come too, until a time.
func agreeToAll(t testing.TB, s Store, u grant.User, until time.Time) (bank.Connection, []bank.Account) {
	t.Helper()
	c := connected(t, s, u, "jeanne")
	list, err := s.SaveAccounts(t.Context(), c.ID, []bank.Account{newAccount("a")}, now)
	must(t, err)
	a := begin(t, s, &u)
	a.ConnectionID = c.ID
	must(t, s.FinishSelection(t.Context(), connect.FinishSelection{
		Attempt: a, Enable: []int64{list[0].ID}, All: true, Now: now,
		Consent: connect.ConsentTerms{Purpose: "Un budget", TextHash: "tout", Lang: "fr", Until: until},
	}))
	c, err = s.Connection(t.Context(), u.ID, c.ID)
	must(t, err)
	return c, list
}

// consentToAll lets new accounts in by the consent that was given, with its own words and until its own end, once.
func consentToAll(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, _ := agreeToAll(t, s, u, now.Add(time.Hour))
	if !c.ConsentAll {
		t.Fatal("it is not noted that the end user agreed to all")
	}
	jobs, events := s.Count(t, "river_job", "1 = 1"), len(eventNames(ctx, t, s, u.ID))
	list := []bank.Account{newAccount("a"), newAccount("b")}
	all, err := s.SaveAccounts(ctx, c.ID, list, now.Add(time.Minute))
	must(t, err)
	if len(all) != 2 || all[1].Disabled != nil {
		t.Fatalf("got %+v, want the new one shared", all)
	}
	if n := s.Count(t, "consents", `account_id = $1 AND text_hash = 'tout' AND lang = 'fr' AND purpose = 'Un budget' AND client_id = 10000001
		AND withdrawn_at IS NULL AND until = $2`, all[1].ID, now.Add(time.Hour).UnixMicro()); n != 1 {
		t.Errorf("got %d records of the consent, want one with its words and its end", n)
	}
	if got, want := eventNames(ctx, t, s, u.ID)[events:], []string{webhook.AccountFound, webhook.AccountEnabled, webhook.AccountsFetched}; !slices.Equal(got, want) {
		t.Errorf("got events %q, want %q", got, want)
	}
	if n := s.Count(t, "river_job", "1 = 1") - jobs; n != 1 {
		t.Errorf("got %d readings, want one of what came", n)
	}
	if _, err := s.SaveAccounts(ctx, c.ID, list, now.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n := s.Count(t, "consents", "account_id = $1", all[1].ID); n != 1 {
		t.Errorf("got %d records after a second reading, want the one", n)
	}
	// One that was withdrawn since stays out, and so does what comes after the end, or after a choice by account.
	off := true
	if _, err := s.ChangeAccounts(ctx, bank.ChangeAccounts{UserID: u.ID, IDs: []int64{all[1].ID}, Change: bank.AccountChange{Disabled: &off}, Now: now}); err != nil {
		t.Fatal(err)
	}
	late, err := s.SaveAccounts(ctx, c.ID, append(list, newAccount("late")), now.Add(time.Hour))
	must(t, err)
	if late[1].Disabled == nil || late[2].Disabled == nil {
		t.Errorf("got %+v, want neither the withdrawn one nor the one after the end shared", late)
	}
	choose(t, s, c, late[0].ID)
	if c, err = s.Connection(ctx, u.ID, c.ID); err != nil || c.ConsentAll {
		t.Errorf("got %+v, %v after a choice by account, want consent by account", c, err)
	}
	after, err := s.SaveAccounts(ctx, c.ID, append(list, newAccount("after")), now.Add(time.Minute))
	must(t, err)
	if len(after) != 4 || after[3].Disabled == nil {
		t.Errorf("got %+v, want what comes after a choice by account unshared", after)
	}
}

// consentToAllCrash: a process that is killed right after leaves the choice, the consent and the reading, or the new account with
// its consent and its reading, never a part of them.
func consentToAllCrash(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c, _ := agreeToAll(t, s, u, now.Add(time.Hour))
	_, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b")}, now)
	must(t, err)
	after := s.AfterCrash(t)
	got, err := after.Connection(ctx, u.ID, c.ID)
	must(t, err)
	accounts, err := after.UserAccounts(ctx, u.ID, c.ID, false)
	must(t, err)
	ends, err := after.ConsentEnds(ctx, u.ID, clientID)
	if err != nil || !got.ConsentAll || len(accounts) != 2 || !ends[c.ID].Equal(now.Add(time.Hour)) {
		t.Errorf("got %+v, %d accounts, ends %v, %v, want all of it", got, len(accounts), ends, err)
	}
}

// removedAccounts keeps nothing of an account but what knows it again; the last one is left to whoever ends the connection.
func removedAccounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	list := shared(t, s, c, "a", "b", "gone")
	if _, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b")}, now); err != nil {
		t.Fatal(err)
	}
	movements(t, s, list[0].ID, 3)
	id, last, err := s.RemoveAccount(ctx, u.ID, list[0].ID, now)
	if err != nil || last || id != c.ID {
		t.Fatalf("got %d, %v, %v, want it removed alone", id, last, err)
	}
	if n := s.Count(t, "transactions", "account_id = $1", list[0].ID); n != 0 {
		t.Errorf("%d movements are left", n)
	}
	if n := s.Count(t, "consents", "account_id = $1 AND withdrawn_at IS NULL", list[0].ID); n != 0 {
		t.Errorf("%d consents still stand", n)
	}
	if names := eventNames(ctx, t, s, u.ID); names[len(names)-1] != webhook.AccountDisabled {
		t.Errorf("the last event is %s, want it told", names[len(names)-1])
	}
	stays := func(when string) {
		t.Helper()
		got, err := s.Account(ctx, u.ID, list[0].ID, true)
		if err != nil || got.Removed == nil || got.Disabled == nil || got.IBAN != "" || got.Number != "" || got.Owner != "" ||
			!got.Balance.Amount.IsZero() || got.LastUpdate != nil || got.Key != "a" || got.Name != "Compte a" {
			t.Errorf("%s: got %+v, %v", when, got, err)
		}
	}
	stays("at once")
	if _, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b")}, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	stays("after a reading")
	_, _, err = s.RemoveAccount(ctx, u.ID, list[0].ID, now)
	wantKind(t, "a removed one", err, fault.NotFound)
	_, _, err = s.RemoveAccount(ctx, permanentUser(t, s).ID, list[1].ID, now)
	wantKind(t, "another user's", err, fault.NotFound)
	wantKind(t, "to archive a removed one", s.CloseAccount(ctx, u.ID, list[0].ID, true, now), fault.NotFound)
	// The one that the bank lists no more does not count: this is the last.
	if id, last, err = s.RemoveAccount(ctx, u.ID, list[1].ID, now); err != nil || !last || id != c.ID {
		t.Errorf("got %d, %v, %v, want it told that it is the last", id, last, err)
	}
	if got, err := s.Account(ctx, u.ID, list[1].ID, false); err != nil || got.Removed != nil {
		t.Errorf("got %+v, %v, want the last one untouched", got, err)
	}
	// Chosen again, it is as new.
	choose(t, s, c, list[0].ID, list[1].ID)
	if got, err := s.Account(ctx, u.ID, list[0].ID, false); err != nil || got.Removed != nil {
		t.Errorf("got %+v, %v, want it shared again", got, err)
	}
}

// archivedAccounts keeps what was read of an account and takes nothing more; opening it again queues a reading.
func archivedAccounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	list := shared(t, s, c, "a", "b")
	movements(t, s, list[0].ID, 3)
	id := list[0].ID
	must(t, s.CloseAccount(ctx, u.ID, id, true, now))
	must(t, s.CloseAccount(ctx, u.ID, id, true, now.Add(time.Hour)))
	if n, err := s.SaveTransactions(ctx, id, []bank.Transaction{newTransaction("new", day(9), "-1.00")}, now); n != 0 || err != nil {
		t.Errorf("got %d, %v, want a reading under way to leave it alone", n, err)
	}
	richer := newAccount("a")
	richer.Name = "Another name"
	// Also when the bank lists it no more: what was read is kept and told.
	for _, named := range [][]bank.Account{{richer, newAccount("b")}, {newAccount("b")}} {
		if _, err := s.SaveAccounts(ctx, c.ID, named, now); err != nil {
			t.Fatal(err)
		}
		got, err := s.Account(ctx, u.ID, id, false)
		if err != nil || got.Closed == nil || !got.Closed.Equal(now) || got.Name != "Compte a" || got.Deleted != nil {
			t.Errorf("got %+v, %v, want it as it was", got, err)
		}
	}
	if n := s.Count(t, "transactions", "account_id = $1", id); n != 3 {
		t.Errorf("got %d movements, want the 3 that were", n)
	}
	jobs := s.Count(t, "river_job", "1 = 1")
	must(t, s.CloseAccount(ctx, u.ID, id, false, now))
	must(t, s.CloseAccount(ctx, u.ID, id, false, now))
	if n := s.Count(t, "river_job", "1 = 1") - jobs; n != 1 {
		t.Errorf("got %d readings, want one", n)
	}
	if got, err := s.Account(ctx, u.ID, id, false); err != nil || got.Closed != nil {
		t.Errorf("got %+v, %v, want it open", got, err)
	}
	wantKind(t, "another user's", s.CloseAccount(ctx, permanentUser(t, s).ID, id, true, now), fault.NotFound)
	must(t, s.CloseAccount(ctx, u.ID, id, true, now))
	choose(t, s, c, list[1].ID)
	wantKind(t, "one that is not shared", s.CloseAccount(ctx, u.ID, id, false, now), fault.Conflict)
	choose(t, s, c, id)
	if got, err := s.Account(ctx, u.ID, id, false); err != nil || got.Closed != nil {
		t.Errorf("got %+v, %v, want one that is chosen anew open", got, err)
	}
}

// readingByHand: without automatic reading a connection is paused once what is shared was read, and not before.
func readingByHand(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	list := shared(t, s, c, "a")
	a := begin(t, s, &u)
	a.ConnectionID, a.Request.Widget = c.ID, &connect.Widget{NoAutoSync: true}
	must(t, s.FinishSelection(ctx, connect.FinishSelection{Attempt: a, Enable: []int64{list[0].ID}, Now: now, Consent: connect.ConsentTerms{Until: now.Add(1)}}))
	stands := func(when string, active bool) {
		t.Helper()
		got, err := s.Connection(ctx, u.ID, c.ID)
		if err != nil || got.Active != active || !got.Manual || (got.PausedAt == nil) != active {
			t.Errorf("%s: got %+v, %v, want active %v", when, got, err, active)
		}
	}
	read := func(end syncer.SyncEnd) {
		t.Helper()
		end.Now = now
		must(t, s.FinishSync(ctx, c.ID, end))
	}
	stands("before the reading", true)
	read(syncer.SyncEnd{Success: &c.Created, Unshared: true})
	stands("after a reading of what was not shared", true)
	read(syncer.SyncEnd{State: bank.StateWebsiteUnavailable})
	stands("after one that failed", true)
	read(syncer.SyncEnd{Success: &c.Created})
	stands("after one that went well", false)
	must(t, s.CloseAccount(ctx, u.ID, list[0].ID, true, now))
	must(t, s.CloseAccount(ctx, u.ID, list[0].ID, false, now))
	stands("when an account is opened again", true)
	read(syncer.SyncEnd{Success: &c.Created})
	choose(t, s, c, list[0].ID)
	stands("when accounts are chosen", true)

	must(t, s.SetAutoSync(ctx, u.ID, c.GroupID, false, now))
	stands("switched off", false)
	must(t, s.QueueSyncs(ctx, []int64{c.ID}, true))
	stands("when a reading is asked for", true)
	read(syncer.SyncEnd{Success: &c.Created})
	stands("after that reading", false)
	must(t, s.SetAutoSync(ctx, u.ID, c.GroupID, true, now))
	if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || !got.Active || got.Manual || got.PausedAt != nil || got.NextTry == nil {
		t.Errorf("switched on: got %+v, %v, want it due", got, err)
	}
	// The other dialect's switch is one too.
	must(t, s.SetAutoSync(ctx, u.ID, c.GroupID, false, now))
	on := true
	must(t, s.SetConnection(ctx, u.ID, c.ID, direct.Settings{Active: &on}, now))
	read(syncer.SyncEnd{Success: &c.Created})
	if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || !got.Active || got.Manual {
		t.Errorf("switched on by the other dialect: got %+v, %v, want it to stay so", got, err)
	}
	off := false
	must(t, s.SetConnection(ctx, u.ID, c.ID, direct.Settings{Active: &off}, now))
	must(t, s.QueueSyncs(ctx, []int64{c.ID}, true))
	if got, err := s.Connection(ctx, u.ID, c.ID); err != nil || got.Active || got.PausedAt == nil {
		t.Errorf("switched off by the other dialect: got %+v, %v, want it to stay so", got, err)
	}
	wantKind(t, "another user's", s.SetAutoSync(ctx, permanentUser(t, s).ID, c.GroupID, true, now), fault.NotFound)
}

// readingsSince says how the first reading ended that began at a time or later.
func readingsSince(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	want := func(when string, since time.Time, state bank.ConnectionState, ended bool) {
		t.Helper()
		if got, there, err := s.ReadSince(ctx, c.ID, since); err != nil || got != state || there != ended {
			t.Errorf("%s: got %q, %v, %v, want %q, %v", when, got, there, err, state, ended)
		}
	}
	want("before any", now, bank.StateOK, false)
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Started: now.Add(-time.Second), Now: now.Add(time.Second)}))
	want("one that began before", now, bank.StateOK, false)
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{State: bank.StateBug, Started: now, Now: now.Add(time.Minute)}))
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Started: now.Add(time.Hour), Now: now.Add(time.Hour)}))
	want("the first of two", now, bank.StateBug, true)
	want("the second", now.Add(time.Minute), bank.StateOK, true)
	_, _, err := s.ReadSince(ctx, 999, now)
	wantKind(t, "an absent connection", err, fault.NotFound)
}
