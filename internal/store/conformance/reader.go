package conformance

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// isolation holds every read against another user's ids: they answer as absent ones do.
func isolation(t *testing.T, s Subject) {
	ctx := t.Context()
	mine, other := permanentUser(t, s), permanentUser(t, s)
	c := connected(t, s, mine, "jeanne")
	acc := shared(t, s, c, "a")[0]
	movements(t, s, acc.ID, 3)
	list, err := s.Transactions(ctx, bank.TransactionFilter{UserID: mine.ID, Limit: 10})
	must(t, err)
	if len(list) != 3 {
		t.Fatalf("got %d movements, want 3", len(list))
	}
	for _, user := range []int64{other.ID, 999, 0} {
		_, err := s.Connection(ctx, user, c.ID)
		wantKind(t, "a foreign connection", err, fault.NotFound)
		_, err = s.UserAccounts(ctx, user, c.ID, true)
		wantKind(t, "a foreign connection's accounts", err, fault.NotFound)
		_, err = s.Account(ctx, user, acc.ID, true)
		wantKind(t, "a foreign account", err, fault.NotFound)
		_, err = s.Transaction(ctx, user, list[0].ID)
		wantKind(t, "a foreign movement", err, fault.NotFound)
		_, err = s.Transactions(ctx, bank.TransactionFilter{UserID: user, AccountID: acc.ID})
		wantKind(t, "a foreign account's movements", err, fault.NotFound)
		_, err = s.Transactions(ctx, bank.TransactionFilter{UserID: user, ConnectionID: c.ID})
		wantKind(t, "a foreign connection's movements", err, fault.NotFound)
		if all, err := s.Transactions(ctx, bank.TransactionFilter{UserID: user}); err != nil || len(all) != 0 {
			t.Errorf("user %d: got %d movements, %v, want none", user, len(all), err)
		}
		if all, err := s.UserAccounts(ctx, user, 0, true); err != nil || len(all) != 0 {
			t.Errorf("user %d: got %d accounts, %v, want none", user, len(all), err)
		}
		if all, err := s.Connections(ctx, user); err != nil || len(all) != 0 {
			t.Errorf("user %d: got %d connections, %v, want none", user, len(all), err)
		}
	}
	if got, err := s.UserAccounts(ctx, mine.ID, c.ID, false); err != nil || len(got) != 1 {
		t.Errorf("got %d accounts of my own, %v, want 1", len(got), err)
	}
}

// pages walks a list with many equal dates forth and back: every movement once, in one order.
func pages(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	accs := shared(t, s, connected(t, s, u, "jeanne"), "a", "b")
	for i, acc := range accs {
		var list []bank.Transaction
		for n := range 23 {
			list = append(list, newTransaction(join("%d-%d", i, n), day(1+n%3), "-1.00"))
		}
		_, err := s.SaveTransactions(ctx, acc.ID, list, now)
		must(t, err)
	}
	all, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID})
	must(t, err)
	if len(all) != 46 {
		t.Fatalf("got %d movements, want 46", len(all))
	}
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if a.Date.Before(b.Date) || a.Date.Equal(b.Date) && a.ID >= b.ID {
			t.Fatalf("movements %d and %d are out of order", i-1, i)
		}
	}
	for _, size := range []int{1, 7, 46, 100} {
		var forth []bank.Transaction
		f := bank.TransactionFilter{UserID: u.ID, Limit: size}
		for {
			page, err := s.Transactions(ctx, f)
			must(t, err)
			if len(page) == 0 {
				break
			}
			forth = append(forth, page...)
			last := page[len(page)-1]
			f.After = &bank.TransactionCursor{Date: last.Date, ID: last.ID}
		}
		sameIDs(t, join("forth by %d", size), forth, all)

		var back []bank.Transaction
		end := all[len(all)-1]
		f = bank.TransactionFilter{UserID: u.ID, Limit: size, Before: &bank.TransactionCursor{Date: end.Date, ID: end.ID}}
		for {
			page, err := s.Transactions(ctx, f)
			must(t, err)
			if len(page) == 0 {
				break
			}
			back = append(page, back...)
			f.Before = &bank.TransactionCursor{Date: page[0].Date, ID: page[0].ID}
		}
		sameIDs(t, join("back by %d", size), append(back, end), all)
	}
}

func sameIDs(t *testing.T, what string, got, want []bank.Transaction) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d movements, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if got[i].ID != want[i].ID {
			t.Errorf("%s: got id %d at %d, want %d", what, got[i].ID, i, want[i].ID)
			return
		}
	}
}

func filters(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	first, second := connected(t, s, u, "jeanne"), connected(t, s, u, "paul")
	a, b := shared(t, s, first, "a")[0], shared(t, s, second, "b")[0]
	movements(t, s, a.ID, 5)
	movements(t, s, b.ID, 2)
	gone := newTransaction("gone", day(9), "-1.00")
	gone.Deleted = &now
	_, err := s.SaveTransactions(ctx, b.ID, []bank.Transaction{gone}, now)
	must(t, err)
	date := func(n int) *time.Time { d := day(n); return &d }
	for name, test := range map[string]struct {
		filter bank.TransactionFilter
		want   int
	}{
		"all":              {bank.TransactionFilter{}, 7},
		"an account":       {bank.TransactionFilter{AccountID: a.ID}, 5},
		"a connection":     {bank.TransactionFilter{ConnectionID: second.ID}, 2},
		"deleted too":      {bank.TransactionFilter{ConnectionID: second.ID, Deleted: true}, 3},
		"from a date":      {bank.TransactionFilter{MinDate: date(2)}, 5},
		"to a date":        {bank.TransactionFilter{MaxDate: date(2)}, 4},
		"between":          {bank.TransactionFilter{MinDate: date(2), MaxDate: date(3)}, 3},
		"an empty span":    {bank.TransactionFilter{MinDate: date(20)}, 0},
		"both":             {bank.TransactionFilter{AccountID: a.ID, ConnectionID: first.ID}, 5},
		"at odds":          {bank.TransactionFilter{AccountID: a.ID, ConnectionID: second.ID}, 0},
		"at most":          {bank.TransactionFilter{Limit: 3}, 3},
		"empty with a key": {bank.TransactionFilter{AccountID: a.ID, MinDate: date(20)}, 0},
	} {
		test.filter.UserID = u.ID
		got, err := s.Transactions(ctx, test.filter)
		if err != nil || len(got) != test.want {
			t.Errorf("%s: got %d, %v, want %d", name, len(got), err, test.want)
		}
	}
}

func disabledAccounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	accs := shared(t, s, c, "a", "b")
	movements(t, s, accs[0].ID, 2)
	movements(t, s, accs[1].ID, 2)
	list, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: accs[1].ID})
	must(t, err)
	// Behind the store's back, so that the movements are there and only the reader stands before them.
	s.Exec(t, "UPDATE accounts SET disabled_at = 1 WHERE id = $1", accs[1].ID)
	if got, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID}); err != nil || len(got) != 2 {
		t.Errorf("got %d movements, %v, want the 2 of the shared account", len(got), err)
	}
	_, err = s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: accs[1].ID})
	wantKind(t, "a disabled account's movements", err, fault.NotFound)
	_, err = s.Transaction(ctx, u.ID, list[0].ID)
	wantKind(t, "a disabled account's movement", err, fault.NotFound)
	_, err = s.Account(ctx, u.ID, accs[1].ID, false)
	wantKind(t, "a disabled account", err, fault.NotFound)
	if got, err := s.Account(ctx, u.ID, accs[1].ID, true); err != nil || got.Disabled == nil {
		t.Errorf("got %+v, %v, want the disabled account with all", got, err)
	}
	for all, want := range map[bool]int{false: 1, true: 2} {
		for _, connection := range []int64{0, c.ID} {
			if got, err := s.UserAccounts(ctx, u.ID, connection, all); err != nil || len(got) != want {
				t.Errorf("all %v: got %d accounts, %v, want %d", all, len(got), err, want)
			}
		}
	}
	n, err := s.SaveTransactions(ctx, accs[1].ID, []bank.Transaction{newTransaction("new", day(1), "-1.00")}, now)
	if err != nil || n != 0 || s.Count(t, "transactions", "key = 'new'") != 0 {
		t.Errorf("a disabled account took %d movements, %v", n, err)
	}
	s.Exec(t, "UPDATE accounts SET deleted_at = 1 WHERE id = $1", accs[0].ID)
	if got, err := s.UserAccounts(ctx, u.ID, 0, true); err != nil || len(got) != 1 {
		t.Errorf("got %d accounts, %v, want none that the bank deleted", len(got), err)
	}
}
