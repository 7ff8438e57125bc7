package conformance

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

func accounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	coming := decimal.RequireFromString("-12.30")
	loan := newAccount("loan")
	loan.Type, loan.Coming = bank.AccountLoan, &coming
	loan.Loan = &bank.Loan{TotalAmount: decimal.RequireFromString("100000.00"), SubscriptionDate: "2020-01-01"}
	got, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), loan}, now)
	must(t, err)
	if len(got) != 2 {
		t.Fatalf("got %d accounts, want 2", len(got))
	}
	want := loan
	want.ID, want.UserID, want.ConnectionID, want.Created = got[1].ID, u.ID, c.ID, now
	want.Disabled, want.LastUpdate, want.Display = &now, &now, true
	if !sameAccount(got[1], want) {
		t.Errorf("got %+v, want %+v", got[1], want)
	}
	// Refreshed: the id stays and so does the end user's choice; what is not listed is marked.
	choose(t, s, c, got[0].ID)
	later := now.Add(time.Hour)
	fresh := newAccount("a")
	fresh.Balance.Amount, fresh.Name = decimal.RequireFromString("99.90"), "Renamed"
	for range 2 {
		again, err := s.SaveAccounts(ctx, c.ID, []bank.Account{fresh}, later)
		must(t, err)
		if len(again) != 2 || again[0].ID != got[0].ID || again[0].Name != "Renamed" || again[0].Balance.Amount.String() != "99.9" {
			t.Fatalf("got %+v, want the same account renewed", again)
		}
		if again[0].Disabled != nil || again[0].Deleted != nil || !again[0].LastUpdate.Equal(later) || !again[0].Created.Equal(now) {
			t.Errorf("got %+v, want it shared still", again[0])
		}
		if again[1].Deleted == nil || !again[1].Deleted.Equal(later) {
			t.Errorf("got deleted %v, want %v", again[1].Deleted, later)
		}
	}
	back, err := s.SaveAccounts(ctx, c.ID, []bank.Account{fresh, loan}, later)
	must(t, err)
	if back[1].Deleted != nil || back[1].ID != got[1].ID {
		t.Errorf("got %+v, want the listed account back under its id", back[1])
	}
	names := eventNames(ctx, t, s, u.ID)
	found := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != webhook.AccountFound }))
	fetched := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != webhook.AccountsFetched }))
	if found != 2 || fetched != 4 {
		t.Errorf("got %d found and %d fetched events, want 2 and 4", found, fetched)
	}
	_, err = s.SaveAccounts(ctx, 999, nil, now)
	wantKind(t, "an absent connection", err, fault.NotFound)
	if none, err := s.Accounts(ctx, 999); err != nil || len(none) != 0 {
		t.Errorf("got %v, %v, want no accounts", none, err)
	}
}

// sameAccount compares amounts as amounts, the rest as it is.
func sameAccount(a, b bank.Account) bool {
	amounts := a.Balance.Amount.Equal(b.Balance.Amount) && (a.Coming == nil) == (b.Coming == nil) &&
		(a.Coming == nil || a.Coming.Equal(*b.Coming)) && (a.Loan == nil) == (b.Loan == nil) &&
		(a.Loan == nil || a.Loan.TotalAmount.Equal(b.Loan.TotalAmount) && a.Loan.SubscriptionDate == b.Loan.SubscriptionDate)
	a.Balance.Amount, b.Balance.Amount, a.Coming, b.Coming, a.Loan, b.Loan = decimal.Zero, decimal.Zero, nil, nil, nil, nil
	return amounts && reflect.DeepEqual(a, b)
}

func transactions(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
	valued := day(3)
	one := newTransaction("one", day(2), "-3.50")
	one.ValueDate, one.Coming = &valued, true
	var list []bank.Transaction
	for i := range 600 {
		list = append(list, newTransaction(join("k%d", i), day(1), "-1.00"))
	}
	list = append(list, one)
	save := func(want int, at time.Time, list ...bank.Transaction) {
		t.Helper()
		n, err := s.SaveTransactions(ctx, acc.ID, list, at)
		must(t, err)
		if n != want {
			t.Errorf("got %d new, want %d", n, want)
		}
	}
	save(601, now, list...)
	save(0, now.Add(time.Hour), list...)
	if n := s.Count(t, "transactions", "account_id = $1", acc.ID); n != 601 {
		t.Fatalf("got %d stored, want 601", n)
	}
	got, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: acc.ID, Limit: 1})
	must(t, err)
	want := one
	want.ID, want.UserID, want.AccountID, want.LastUpdate, want.Created = got[0].ID, u.ID, acc.ID, now, now
	want.Active, want.SimplifiedWording = true, want.Wording
	if !sameTransaction(got[0], want) {
		t.Errorf("got %+v, want %+v, untouched by the repetition", got[0], want)
	}
	one.Coming, one.Value.Amount = false, decimal.RequireFromString("-3.60")
	save(0, now.Add(time.Hour), one)
	booked, err := s.Transaction(ctx, u.ID, got[0].ID)
	must(t, err)
	want.Coming, want.Value.Amount, want.LastUpdate = false, one.Value.Amount, now.Add(time.Hour)
	if !sameTransaction(booked, want) {
		t.Errorf("got %+v, want %+v", booked, want)
	}
	save(0, now)
	_, err = s.SaveTransactions(ctx, 999, nil, now)
	wantKind(t, "an absent account", err, fault.NotFound)
}

func sameTransaction(a, b bank.Transaction) bool {
	same := a.Value.Amount.Equal(b.Value.Amount)
	a.Value.Amount, b.Value.Amount = decimal.Zero, decimal.Zero
	return same && reflect.DeepEqual(a, b)
}

func syncs(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	next := now.Add(6 * time.Hour)
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &now, NextTry: &next, Now: now}))
	must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{
		State: bank.StateActionNeeded, ErrorMessage: "Bad \xff\x00 bytes", NextTry: nil, Now: now.Add(time.Hour),
	}))
	got, err := s.Connection(ctx, u.ID, c.ID)
	must(t, err)
	if got.State != bank.StateActionNeeded || got.LastUpdate == nil || !got.LastUpdate.Equal(now) || got.NextTry != nil {
		t.Errorf("got %+v, want the state of the failure and the time of the success", got)
	}
	if got.ErrorMessage != "Bad \uFFFD\uFFFD bytes" {
		t.Errorf("got message %q, want it made clean", got.ErrorMessage)
	}
	var synced []webhook.Event
	list, err := s.ReadEvents(ctx, 0, 100)
	must(t, err)
	for _, e := range list {
		if e.Name == webhook.ConnectionSynced {
			synced = append(synced, e)
		}
	}
	if len(synced) != 2 || synced[1].ConnectionID != c.ID || synced[1].UserID != u.ID || synced[1].Domain != u.Domain {
		t.Errorf("got events %+v, want one for each sync, the failed one too", synced)
	}
	wantKind(t, "an absent connection", s.FinishSync(ctx, 999, syncer.SyncEnd{Now: now}), fault.NotFound)
	after, err := s.ReadEvents(ctx, synced[0].ID, 1)
	must(t, err)
	if len(after) != 1 || after[0].ID != synced[1].ID {
		t.Errorf("got %+v, want the event behind the first", after)
	}
}

func dueConnections(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	token := newToken(u)
	must(t, s.InsertToken(ctx, token, true))
	for i := range 5 {
		c := connected(t, s, u, join("owner %d", i))
		shared(t, s, c, join("account %d", i))
		next := now.Add(time.Duration(i-3) * time.Minute)
		must(t, s.FinishSync(ctx, c.ID, syncer.SyncEnd{Success: &now, NextTry: &next, Now: now}))
	}
	connected(t, s, u, "never due")
	past := now.Add(-time.Minute)
	must(t, s.FinishSync(ctx, connected(t, s, u, "agreed to by nobody").ID, syncer.SyncEnd{NextTry: &past, Now: now}))
	jobs := s.Count(t, "river_job", "1 = 1")
	counts := make(chan int, 8)
	atOnce(8, func(int) {
		n, err := s.DueConnections(ctx, now, 15*time.Minute, 3)
		if err != nil {
			t.Errorf("due: %v", err)
		}
		counts <- n
	})
	close(counts)
	sum := 0
	for n := range counts {
		sum += n
	}
	if sum != 4 {
		t.Errorf("got %d connections taken, want the 4 that were due, once each", sum)
	}
	if n := s.Count(t, "river_job", "1 = 1"); n != jobs+4 {
		t.Errorf("got %d new jobs, want 4", n-jobs)
	}
	if n, err := s.DueConnections(ctx, now.Add(15*time.Minute), time.Minute, 10); err != nil || n != 5 {
		t.Errorf("got %d, %v, want all 5 once the lease is over", n, err)
	}
	// Nobody could fetch what is read: the reading rests until there is a token again.
	if _, err := s.RevokeToken(ctx, token.ID, now); err != nil {
		t.Fatal(err)
	}
	if n, err := s.DueConnections(ctx, now.Add(time.Hour), time.Minute, 10); err != nil || n != 0 {
		t.Errorf("got %d, %v without a live access token, want none", n, err)
	}
	must(t, s.InsertToken(ctx, newToken(u), true))
	if n, err := s.DueConnections(ctx, now.Add(time.Hour), time.Minute, 10); err != nil || n != 5 {
		t.Errorf("got %d, %v with a new one, want all 5", n, err)
	}
}
