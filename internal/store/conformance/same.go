package conformance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/syncer"
)

// pull stores what a bank lists as one pull does and gives what is there then, one line a movement, deleted ones with a cross.
func pull(t *testing.T, s Subject, userID, accountID int64, list ...bank.Transaction) []string {
	t.Helper()
	ctx := t.Context()
	pulled := &syncer.Pulled{}
	for _, part := range [][]bank.Transaction{list[:len(list)/2], list[len(list)/2:]} {
		_, err := s.MergeTransactions(ctx, accountID, part, pulled, now)
		must(t, err)
	}
	_, err := s.SettleTransactions(ctx, accountID, pulled, now)
	must(t, err)
	got, err := s.Transactions(ctx, bank.TransactionFilter{UserID: userID, AccountID: accountID, Deleted: true})
	must(t, err)
	var out []string
	for _, tr := range got {
		line := fmt.Sprintf("%s %s %s", tr.Key, tr.Date.Format("01-02"), tr.Value.Amount)
		if tr.Coming {
			line += " coming"
		}
		if tr.Deleted != nil {
			line += " x"
		}
		if tr.Comment != "" {
			line += " " + tr.Comment
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// sameMovements: a movement stays one row whatever its bank calls it, announced or booked, and what a bank lists no more is deleted.
func sameMovements(t *testing.T, s Subject) {
	for name, tt := range sameCases() {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			u := permanentUser(t, s)
			acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
			pull(t, s, u.ID, acc.ID, tt.before...)
			// What the client application wrote on a movement stays with it.
			list, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, AccountID: acc.ID})
			must(t, err)
			kept := "kept"
			for _, tr := range list {
				if tr.Value.Amount.Equal(decimal.RequireFromString("-4.20")) {
					_, err := s.ChangeTransaction(ctx, u.ID, tr.ID, bank.TransactionChange{Comment: &kept}, now)
					must(t, err)
				}
			}
			for range 2 { // the second time nothing changes
				if got := pull(t, s, u.ID, acc.ID, tt.after...); !slices.Equal(got, tt.want) {
					t.Fatalf("got\n%q\nwant\n%q", got, tt.want)
				}
			}
		})
	}
}

// sameCase is what a bank lists, what it lists later, and what is there then.
type sameCase struct {
	before, after []bank.Transaction
	want          []string
}

func sameCases() map[string]sameCase {
	announced := func(key string, d int, value, wording string) bank.Transaction {
		tr := newTransaction(key, day(d), value)
		tr.Coming, tr.OriginalWording, tr.Counterparty = true, wording, ""
		return tr
	}
	booked := func(key string, d int, value, wording string) bank.Transaction {
		tr := announced(key, d, value, wording)
		tr.Coming = false
		return tr
	}
	return map[string]sameCase{
		"an announced one is booked": {
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p", 5, "-4.20", "AUTH BAKERY")},
			[]bank.Transaction{booked("a", 1, "-9", "x"), booked("b", 7, "-4.20", "BAKERY LYON CARD 0703")},
			[]string{"a 03-01 -9", "b 03-07 -4.2 kept"},
		},
		"one of the same amount, but of another": {
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p", 5, "-4.20", "AUTH BAKERY")},
			[]bank.Transaction{booked("a", 1, "-9", "x"), booked("b", 7, "-4.20", "CARD CINEMA")},
			[]string{"a 03-01 -9", "b 03-07 -4.2", "p 03-05 -4.2 coming x kept"},
		},
		"an announced one still is, and its like is booked": {
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p", 5, "-4.20", "BAKERY")},
			[]bank.Transaction{announced("p", 5, "-4.20", "BAKERY"), booked("a", 1, "-9", "x"), booked("b", 5, "-4.20", "BAKERY")},
			[]string{"a 03-01 -9", "b 03-05 -4.2", "p 03-05 -4.2 coming kept"},
		},
		"an announced one that moves from day to day": {
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p5", 5, "-4.20", "BAKERY")},
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p6", 6, "-4.20", "BAKERY")},
			[]string{"a 03-01 -9", "p6 03-06 -4.2 coming kept"},
		},
		"an announced one is withdrawn": {
			[]bank.Transaction{booked("a", 1, "-9", "x"), announced("p", 5, "-4.20", "BAKERY")},
			[]bank.Transaction{booked("a", 1, "-9", "x")},
			[]string{"a 03-01 -9", "p 03-05 -4.2 coming x kept"},
		},
		"a bank that renames everything with each consent": {
			[]bank.Transaction{booked("1", 1, "-2", "COFFEE"), booked("2", 1, "-2", "COFFEE"), booked("3", 5, "-4.20", "BAKERY")},
			[]bank.Transaction{booked("7", 5, "-4.20", "BAKERY"), booked("8", 1, "-2", "COFFEE"), booked("9", 1, "-2", "COFFEE")},
			[]string{"7 03-05 -4.2 kept", "8 03-01 -2", "9 03-01 -2"},
		},
		"a second coffee on the same day": {
			[]bank.Transaction{booked("0", 1, "-9", "x"), booked("1", 5, "-4.20", "COFFEE")},
			[]bank.Transaction{booked("1", 5, "-4.20", "COFFEE"), booked("2", 5, "-4.20", "COFFEE"), booked("0", 1, "-9", "x")},
			[]string{"0 03-01 -9", "1 03-05 -4.2 kept", "2 03-05 -4.2"},
		},
		"one that the bank took back": {
			[]bank.Transaction{booked("0", 1, "-9", "x"), booked("1", 5, "-4.20", "COFFEE"), booked("2", 6, "-1", "TEA")},
			[]bank.Transaction{booked("0", 1, "-9", "x"), booked("2", 6, "-1", "TEA")},
			[]string{"0 03-01 -9", "1 03-05 -4.2 x kept", "2 03-06 -1"},
		},
		"a bank that shows less of the past": {
			[]bank.Transaction{booked("0", 1, "-9", "x"), booked("1", 5, "-4.20", "COFFEE"), booked("2", 6, "-1", "TEA")},
			[]bank.Transaction{booked("2", 6, "-1", "TEA")},
			[]string{"0 03-01 -9", "1 03-05 -4.2 kept", "2 03-06 -1"},
		},
		"one that comes back": {
			[]bank.Transaction{booked("0", 1, "-9", "x"), booked("1", 5, "-4.20", "COFFEE")},
			[]bank.Transaction{},
			[]string{"0 03-01 -9", "1 03-05 -4.2 kept"},
		},
	}
}

// paidAbroad: what was paid in another currency is kept beside what the account was charged.
func paidAbroad(t *testing.T, s Subject) {
	u := permanentUser(t, s)
	acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
	tr := newTransaction("k", day(3), "-9.10")
	for _, want := range []*bank.Money{{Amount: decimal.RequireFromString("-10.5"), Currency: "USD"}, nil} {
		tr.Original = want
		_, err := s.SaveTransactions(t.Context(), acc.ID, []bank.Transaction{tr}, now)
		must(t, err)
		got, err := s.Transactions(t.Context(), bank.TransactionFilter{UserID: u.ID})
		must(t, err)
		switch o := got[0].Original; {
		case len(got) != 1, (o == nil) != (want == nil):
			t.Fatalf("got %d movements, the first with %v, want one with %v", len(got), o, want)
		case o != nil && (!o.Amount.Equal(want.Amount) || o.Currency != want.Currency):
			t.Errorf("got %v, want %v", o, want)
		}
	}
}
