package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
)

// TestListsWalkTheirIndex: a page of movements is read along an index that has its order. A sort, or a scan, would make each
// page cost as much as the whole list.
func TestListsWalkTheirIndex(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	at, value := time.Unix(0, 0), decimal.NewFromInt(5)
	position := &bank.TransactionCursor{Date: at, ID: 7}
	lists := map[string]struct {
		filter bank.TransactionFilter
		index  string
	}{
		"a user's":                 {bank.TransactionFilter{ByApplicationDate: true}, "transactions_user_applied"},
		"an account's":             {bank.TransactionFilter{ByApplicationDate: true, AccountID: 3}, "transactions_account_applied"},
		"a connection's":           {bank.TransactionFilter{ByApplicationDate: true, ConnectionID: 2}, "transactions_user_applied"},
		"a user's by booking date": {bank.TransactionFilter{}, "transactions_user"},
		"an account's by booking":  {bank.TransactionFilter{AccountID: 3}, "transactions_user"},
		"filtered by all that is": {bank.TransactionFilter{
			ByApplicationDate: true, MinDate: &at, MaxDate: &at, MinValue: &value, Values: []decimal.Decimal{value}, Search: "x", UpdatedAfter: &at,
		}, "transactions_user_applied"},
	}
	for name, l := range lists {
		for way, change := range map[string]func(f *bank.TransactionFilter){
			"first": func(*bank.TransactionFilter) {}, "next": func(f *bank.TransactionFilter) { f.After = position },
			"previous": func(f *bank.TransactionFilter) { f.Before = position },
		} {
			f := l.filter
			f.UserID, f.Limit = 1, 10
			change(&f)
			plan := planOf(t, s, f)
			if len(plan) != 2 || !strings.HasPrefix(plan[0], "SEARCH t USING INDEX "+l.index+" (") || !strings.HasPrefix(plan[1], "SEARCH a USING INTEGER PRIMARY KEY") {
				t.Errorf("%s, the %s page: %q", name, way, plan)
			}
			// A page in the middle begins at its position.
			if way != "first" && !strings.ContainsAny(plan[0], "<>") {
				t.Errorf("%s, the %s page begins at the top: %q", name, way, plan[0])
			}
		}
	}
}

func planOf(t *testing.T, s *Store, f bank.TransactionFilter) []string {
	t.Helper()
	q, args := transactionQuery(f)
	return explained(t, s, q, args...)
}

// explained is how SQLite goes about a statement.
func explained(t *testing.T, s *Store, q string, args ...any) []string {
	t.Helper()
	rs, err := s.writeDB.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rs.Close() }()
	var out []string
	for rs.Next() {
		var id, parent, unused int
		var detail string
		if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		out = append(out, detail)
	}
	if err := rs.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzAmountKey: keys sort as amounts do.
func FuzzAmountKey(f *testing.F) {
	for _, pair := range [][2]string{{"0", "-0.0"}, {"1", "-1"}, {"0.1", "0.10"}, {"-0.2", "-0.1"}, {"99999999999999999999", "1e3"}, {"-5", "-50"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := decimal.NewFromString(a)
		y, errY := decimal.NewFromString(b)
		narrow := func(d decimal.Decimal) bool {
			return d.Exponent() >= -keyPlaces && d.Exponent() <= 18 && len(d.Truncate(0).Abs().String()) <= keyWhole
		}
		if errX != nil || errY != nil || !narrow(x) || !narrow(y) {
			t.Skip("no amount that is kept")
		}
		if got, want := strings.Compare(amountKey(amount(x)), amountKey(amount(y))), x.Cmp(y); got != want {
			t.Errorf("%s and %s compare as %d, want %d", x, y, got, want)
		}
	})
}

// TestWideAmounts: what is wider than a key is at the end of all, on its side.
func TestWideAmounts(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("9", 40)
	keys := []string{amountKey("-" + wide), amountKey("-1"), amountKey("0"), amountKey("1"), amountKey(wide)}
	if !slices.IsSorted(keys) || len(slices.Compact(keys)) != 5 {
		t.Errorf("keys %q", keys)
	}
}
