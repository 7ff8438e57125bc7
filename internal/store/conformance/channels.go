package conformance

import (
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/syncer"
)

// channels lists ways into logins side by side, with how each stands.
func channels(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	one := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	paul := through(t, s, u, "paul", bank.SourceOpenAPI)
	two := through(t, s, u, "jeanne", bank.SourceDirectAccess)
	theirs := through(t, s, other, "jeanne", bank.SourceOpenAPI)
	a := shared(t, s, two, "a", "b", "c")
	must(t, s.CloseAccount(ctx, u.ID, a[1].ID, true, now))
	later := now.Add(time.Hour)
	must(t, s.FinishSync(ctx, paul.ID, syncer.SyncEnd{State: bank.StateWrongpass, Now: later, Started: now}))
	list, err := s.Channels(ctx, u.ID, 0)
	must(t, err)
	ids := []int64{}
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	if want := []int64{one.ID, two.ID, paul.ID}; !slices.Equal(ids, want) {
		t.Fatalf("got %v, want %v", ids, want)
	}
	if c := list[1]; c.Open != 2 || c.Closed != 1 || c.Owner != "Jeanne Martin" || c.LastEnd != nil || !c.Reading || c.GroupID != one.ID {
		t.Errorf("got %+v, want 2 accounts open, 1 closed, and a reading to come", c)
	}
	if c := list[2]; c.Open != 0 || c.LastEnd == nil || !c.LastEnd.Equal(later) || c.State != bank.StateWrongpass || c.Reading || c.Owner != "" {
		t.Errorf("got %+v, want one that was refused and rests", c)
	}
	if got, err := s.Channels(ctx, u.ID, one.ID); err != nil || len(got) != 2 {
		t.Errorf("one group: got %d, %v, want its 2", len(got), err)
	}
	for _, group := range []int64{theirs.ID, two.ID, 987654} {
		_, err := s.Channels(ctx, u.ID, group)
		wantKind(t, "a foreign group, or no group's id", err, fault.NotFound)
	}
	if got, err := s.Channels(ctx, 987654, 0); err != nil || len(got) != 0 {
		t.Errorf("nobody's: got %d, %v", len(got), err)
	}
}

// channelAccounts lists all that can be told of, with its connection's.
func channelAccounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u, other := permanentUser(t, s), permanentUser(t, s)
	one := through(t, s, u, "jeanne", bank.SourceOpenAPI)
	two := through(t, s, u, "jeanne", bank.SourceDirectAccess)
	keep := shared(t, s, one, "shared", "gone", "removed")
	// Two that are not shared, of which the bank lists one no more.
	list, err := s.SaveAccounts(ctx, two.ID, []bank.Account{newAccount("quiet"), newAccount("vanished")}, now)
	must(t, err)
	_, err = s.SaveAccounts(ctx, two.ID, []bank.Account{newAccount("quiet")}, now)
	must(t, err)
	_, err = s.SaveAccounts(ctx, one.ID, []bank.Account{newAccount("shared"), newAccount("removed")}, now)
	must(t, err)
	_, _, err = s.RemoveAccount(ctx, u.ID, keep[2].ID, now)
	must(t, err)
	foreign := shared(t, s, through(t, s, other, "jeanne", bank.SourceOpenAPI), "theirs")
	got, err := s.ChannelAccounts(ctx, u.ID, 0)
	must(t, err)
	ids := []int64{}
	for _, a := range got {
		ids = append(ids, a.ID)
		if a.GroupID != one.ID || a.ConnectorID != 7 || a.State != bank.StateOK {
			t.Errorf("got %+v, want it in group %d", a, one.ID)
		}
	}
	if want := []int64{keep[0].ID, keep[1].ID, list[0].ID}; !slices.Equal(ids, want) {
		t.Fatalf("got %v, want %v", ids, want)
	}
	if got[1].Deleted == nil || got[2].Disabled == nil {
		t.Errorf("got %+v, want one gone and one that is not shared", got[1:])
	}
	if a, err := s.ChannelAccounts(ctx, u.ID, list[0].ID); err != nil || len(a) != 1 || a[0].ID != list[0].ID {
		t.Errorf("one: got %v, %v", a, err)
	}
	for _, id := range []int64{foreign[0].ID, keep[2].ID, list[1].ID, 987654} {
		_, err := s.ChannelAccounts(ctx, u.ID, id)
		wantKind(t, "a foreign account, one removed, one vanished, none", err, fault.NotFound)
	}
}

// kinds narrows movements by what the dialects know of them.
func kinds(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	c := connected(t, s, u, "jeanne")
	accs := shared(t, s, c, "a", "b", "c")
	for i, acc := range accs {
		for n, kind := range []bank.TransactionType{bank.TransactionCard, bank.TransactionDeferredCard} {
			for m, coming := range []bool{false, true} {
				tr := newTransaction(join("%d%d%d", i, n, m), day(1+n), "-1.00")
				tr.Type, tr.Coming = kind, coming
				_, err := s.SaveTransactions(ctx, acc.ID, []bank.Transaction{tr}, now.Add(time.Duration(n)*time.Minute))
				must(t, err)
			}
		}
	}
	// The third is of another type, and its bank lists it no more.
	other := newAccount("c")
	other.Type = bank.AccountLoan
	_, err := s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b"), other}, now)
	must(t, err)
	_, err = s.SaveAccounts(ctx, c.ID, []bank.Account{newAccount("a"), newAccount("b")}, now)
	must(t, err)
	one, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: accs[0].ID, Limit: 1})
	must(t, err)
	_, err = s.ChangeTransaction(ctx, u.ID, one[0].ID, bank.TransactionChange{Categories: &[]bank.Category{{Code: "food", ParentCode: "life"}, {Code: "second"}}}, now)
	must(t, err)
	from := now.Add(time.Minute)
	for name, f := range map[string]struct {
		filter bank.TransactionFilter
		want   int
	}{
		"all": {bank.TransactionFilter{}, 8}, "unlisted too": {bank.TransactionFilter{Unlisted: true}, 12},
		"two accounts":    {bank.TransactionFilter{AccountIDs: []int64{accs[0].ID, accs[2].ID}}, 4},
		"and unlisted":    {bank.TransactionFilter{AccountIDs: []int64{accs[0].ID, accs[2].ID}, Unlisted: true}, 8},
		"loans":           {bank.TransactionFilter{AccountTypes: []bank.AccountType{bank.AccountLoan, bank.AccountPEA}, Unlisted: true}, 4},
		"pending":         {bank.TransactionFilter{Coming: ptr(true)}, 4},
		"booked":          {bank.TransactionFilter{Coming: ptr(false)}, 4},
		"upcoming":        {bank.TransactionFilter{Upcoming: ptr(true)}, 2},
		"not upcoming":    {bank.TransactionFilter{Upcoming: ptr(false)}, 6},
		"new":             {bank.TransactionFilter{CreatedFrom: &from}, 4},
		"food":            {bank.TransactionFilter{Category: ptr("food")}, 1},
		"half a word":     {bank.TransactionFilter{Category: ptr("foo")}, 0},
		"second label":    {bank.TransactionFilter{Category: ptr("second")}, 0},
		"without a label": {bank.TransactionFilter{Category: ptr("")}, 7},
		"the one":         {bank.TransactionFilter{ID: one[0].ID}, 1},
		"one unlisted":    {bank.TransactionFilter{AccountID: accs[2].ID, Unlisted: true, ByApplicationDate: true}, 4},
	} {
		for _, applied := range []bool{false, true} {
			f.filter.UserID, f.filter.ByApplicationDate = u.ID, applied
			if got, err := s.Transactions(ctx, f.filter); err != nil || len(got) != f.want {
				t.Errorf("%s: got %d movements, %v, want %d", name, len(got), err, f.want)
			}
		}
	}
	_, err = s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: accs[2].ID})
	wantKind(t, "an account that is listed no more", err, fault.NotFound)
	_, err = s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: 987654, Unlisted: true})
	wantKind(t, "no account", err, fault.NotFound)
}
