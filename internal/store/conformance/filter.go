package conformance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
)

// amounts compares what the store finds with what decimals say, for amounts that floats and texts confuse.
func amounts(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
	texts := []string{
		"0", "0.00", "0.1", "0.2", "0.3", "0.30", "0.30000000000000004", "-0.1", "-0.10", "-0.01", "1", "-1", "9", "10", "-9", "-10", "99.99", "100",
		"9007199254740992", "9007199254740993", "9007199254740993.01", "-9007199254740993", "9999999999999999999.99", "-9999999999999999999.99",
		"999999999999999999.999999999999999999", "0.000000000000000001", "-0.000000000000000001", "12.5", "12.50", "-12.500",
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a repeatable list of amounts
	for range 100 {
		texts = append(texts, decimal.New(random.Int64N(2_000_000)-1_000_000, int32(-random.IntN(6))).String())
	}
	var list []bank.Transaction
	for i, text := range texts {
		list = append(list, newTransaction(join("k%d", i), day(1+i%20), text))
	}
	_, err := s.SaveTransactions(ctx, acc.ID, list, now)
	must(t, err)
	for _, text := range texts[:40] {
		bound := decimal.RequireFromString(text)
		for name, test := range map[string]struct {
			filter bank.TransactionFilter
			keeps  func(d decimal.Decimal) bool
		}{
			"at least": {bank.TransactionFilter{MinValue: &bound}, func(d decimal.Decimal) bool { return d.GreaterThanOrEqual(bound) }},
			"at most":  {bank.TransactionFilter{MaxValue: &bound}, func(d decimal.Decimal) bool { return d.LessThanOrEqual(bound) }},
			"exactly":  {bank.TransactionFilter{Values: []decimal.Decimal{bound}}, func(d decimal.Decimal) bool { return d.Equal(bound) }},
			"either": {bank.TransactionFilter{Values: []decimal.Decimal{bound, bound.Neg()}}, func(d decimal.Decimal) bool {
				return d.Abs().Equal(bound.Abs())
			}},
			"in":  {bank.TransactionFilter{Income: ptr(true), MinValue: &bound}, func(d decimal.Decimal) bool { return !d.IsNegative() && d.GreaterThanOrEqual(bound) }},
			"out": {bank.TransactionFilter{Income: ptr(false), MaxValue: &bound}, func(d decimal.Decimal) bool { return d.IsNegative() && d.LessThanOrEqual(bound) }},
		} {
			test.filter.UserID = u.ID
			got, err := s.Transactions(ctx, test.filter)
			must(t, err)
			want := 0
			for _, text := range texts {
				if test.keeps(decimal.RequireFromString(text)) {
					want++
				}
			}
			for _, m := range got {
				if !test.keeps(m.Value.Amount) {
					t.Errorf("%s %s: got %s", name, text, m.Value.Amount)
				}
			}
			if len(got) != want {
				t.Errorf("%s %s: got %d movements, want %d", name, text, len(got), want)
			}
		}
	}
}

func words(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	acc := shared(t, s, connected(t, s, u, "jeanne"), "a")[0]
	var list []bank.Transaction
	for i, w := range []string{"ÉLAN café", "100%_\\off", "ΣΟΦΙΑ", "plain"} {
		m := newTransaction(join("k%d", i), day(1+i), "-1.00")
		m.Wording, m.OriginalWording, m.Counterparty = w, "ORIG "+join("%d", i), "Other "+join("%d", i)
		list = append(list, m)
	}
	_, err := s.SaveTransactions(ctx, acc.ID, list, now)
	must(t, err)
	all, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID})
	must(t, err)
	_, err = s.ChangeTransaction(ctx, u.ID, all[0].ID, bank.TransactionChange{Wording: ptr("Mine"), Comment: ptr("Zoë")}, now)
	must(t, err)
	for _, test := range []struct {
		wording, search string
		want            string
	}{
		{"élan CAFÉ", "", "k0"},
		{"%", "", "k1"},
		{"_\\O", "", "k1"},
		{"σοφ", "", "k2"},
		{"orig", "", ""},
		{"mine", "", "k3"},
		{"plain", "", ""},
		{"", "orig 2", "k2"},
		{"", "OTHER 3", "k3"},
		{"", "ZOË", "k3"},
		{"", "mine", "k3"},
		{"", "plain", ""},
		{"", "other", "k3 k2 k1 k0"},
		{"caf", "other 1", ""},
		{"'; DROP", "", ""},
	} {
		got, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID, Wording: test.wording, Search: test.search})
		must(t, err)
		var keys []string
		for _, m := range got {
			keys = append(keys, m.Key)
		}
		if strings.Join(keys, " ") != test.want {
			t.Errorf("wording %q, search %q: got %q, want %q", test.wording, test.search, keys, test.want)
		}
	}
}

// applicationDates lists by the client application's own dates: order, cuts, positions, offset.
func applicationDates(t *testing.T, s Subject) {
	ctx := t.Context()
	u := permanentUser(t, s)
	accs := shared(t, s, connected(t, s, u, "jeanne"), "a", "b")
	for i, acc := range accs {
		var list []bank.Transaction
		for n := range 12 {
			list = append(list, newTransaction(join("%d-%d", i, n), day(1+n%4), "-1.00"))
		}
		_, err := s.SaveTransactions(ctx, acc.ID, list, now)
		must(t, err)
	}
	all, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID})
	must(t, err)
	for i, m := range all {
		if i%3 == 0 {
			at := ptr(day(1 + (i*7)%20))
			_, err := s.ChangeTransaction(ctx, u.ID, m.ID, bank.TransactionChange{ApplicationDate: &at}, now)
			must(t, err)
		}
	}
	for name, f := range map[string]bank.TransactionFilter{
		"all": {}, "an account": {AccountID: accs[0].ID}, "a connection": {ConnectionID: accs[0].ConnectionID}, "cut": {MinDate: ptr(day(2)), MaxDate: ptr(day(9))},
	} {
		f.UserID, f.ByApplicationDate = u.ID, true
		full, err := s.Transactions(ctx, bank.TransactionFilter{UserID: u.ID})
		must(t, err)
		want := byApplication(full, f)
		got, err := s.Transactions(ctx, f)
		must(t, err)
		sameIDs(t, name, got, want)
		var forth []bank.Transaction
		for page := f; ; {
			page.Limit = 5
			part, err := s.Transactions(ctx, page)
			must(t, err)
			if len(part) == 0 {
				break
			}
			forth = append(forth, part...)
			last := part[len(part)-1]
			page.After = &bank.TransactionCursor{Date: applied(last), ID: last.ID}
		}
		sameIDs(t, name+", forth", forth, want)
		back := f
		end := want[len(want)-1]
		back.Before, back.Limit = &bank.TransactionCursor{Date: applied(end), ID: end.ID}, 3
		part, err := s.Transactions(ctx, back)
		must(t, err)
		sameIDs(t, name+", back", part, want[len(want)-4:len(want)-1])
		f.Limit, f.Offset = 4, 2
		part, err = s.Transactions(ctx, f)
		must(t, err)
		sameIDs(t, name+", offset", part, want[2:6])
		f.Limit = 0
		part, err = s.Transactions(ctx, f)
		must(t, err)
		sameIDs(t, name+", offset without a limit", part, want[2:])
	}
}

func applied(m bank.Transaction) time.Time {
	if m.ApplicationDate != nil {
		return *m.ApplicationDate
	}
	return m.Date
}

// byApplication is what the store should give.
func byApplication(all []bank.Transaction, f bank.TransactionFilter) []bank.Transaction {
	var out []bank.Transaction
	for _, m := range all {
		at := applied(m)
		if f.AccountID != 0 && m.AccountID != f.AccountID || f.MinDate != nil && at.Before(*f.MinDate) || f.MaxDate != nil && at.After(*f.MaxDate) {
			continue
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b bank.Transaction) int {
		if c := applied(b).Compare(applied(a)); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	return out
}
