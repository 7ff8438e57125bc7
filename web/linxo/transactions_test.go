package linxo_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/webtest/apitest"
)

// many is a user with accounts of three types in two ways in, one of them gone at its bank and one not shared, and movements of every
// kind on them. It gives the movements that can be seen, as they are stored.
func (w *world) many(n int) (p person, seen []bank.Transaction, types map[int64]string) {
	w.t.Helper()
	accounts := []bank.Account{
		{Key: "c", Source: bank.SourceOpenAPI, Name: "C", Type: bank.AccountChecking, Balance: apitest.Euros("1")},
		{Key: "d", Source: bank.SourceOpenAPI, Name: "D", Type: bank.AccountCard, Balance: apitest.Euros("1")},
		{Key: "s", Source: bank.SourceOpenAPI, Name: "S", Type: bank.AccountLDDS, Balance: apitest.Euros("1")},
		{Key: "n", Source: bank.SourceOpenAPI, Name: "N", Type: bank.AccountChecking, Balance: apitest.Euros("1")},
	}
	p = w.bare()
	w.connect(&p, bank.SourceOpenAPI, accounts, 3)
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a repeatable list
	kinds := []bank.TransactionType{bank.TransactionCard, bank.TransactionDeferredCard, bank.TransactionTransfer, bank.TransactionOrder}
	for portion := range 3 {
		w.clock.Pass(37 * time.Minute)
		for i, id := range p.accounts[:3] {
			var list []bank.Transaction
			for k := range n / 9 {
				t := bank.Transaction{
					Key: fmt.Sprint(portion, "-", k), Date: time.Date(2026, 1, 1+random.IntN(120), 0, 0, 0, 0, time.UTC), Type: kinds[random.IntN(len(kinds))],
					Value: apitest.Euros(decimal.New(random.Int64N(20_000)-10_000, -int32(random.IntN(3))).String()), Wording: fmt.Sprint("W", i, portion, k),
					Coming: random.IntN(3) == 0,
				}
				if random.IntN(12) == 0 {
					at := w.clock.Now()
					t.Deleted = &at
				}
				list = append(list, t)
			}
			_, err := w.store.SaveTransactions(w.t.Context(), id, list, w.clock.Now())
			w.check(err)
		}
	}
	// The savings account is gone at its bank. What was read stays.
	_, err := w.store.SaveAccounts(w.t.Context(), p.connection, slices.Delete(slices.Clone(accounts), 2, 3), w.clock.Now())
	w.check(err)
	seen, err = w.store.Transactions(w.t.Context(), bank.TransactionFilter{UserID: p.id, Unlisted: true})
	w.check(err)
	for i, t := range seen {
		if i%5 == 0 {
			code := []string{"food", `a"b<`, "foo"}[i%3]
			seen[i], err = w.store.ChangeTransaction(w.t.Context(), p.id, t.ID, bank.TransactionChange{Categories: &[]bank.Category{{Code: code}}}, w.clock.Now())
			if err != nil {
				// Of what is gone at its bank the other dialect changes nothing.
				seen[i] = t
			}
		}
	}
	return p, seen, map[int64]string{p.accounts[0]: "CHECKINGS", p.accounts[1]: "CREDIT_CARD", p.accounts[2]: "SAVINGS"}
}

func labels(list []map[string]any) []string {
	out := []string{}
	for _, t := range list {
		label, _ := t["label"].(string)
		if e, ok := t["enrichments"].(map[string]any); ok {
			label, _ = e["display_label"].(string)
		}
		out = append(out, label)
	}
	return out
}

// TestTransactionFilters: each filter, and pairs of them, against what a loop over everything finds.
func TestTransactionFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, all, types := w.many(360)
	paris, err := time.LoadLocation("Europe/Paris")
	w.check(err)
	begin := func(day time.Time) time.Time { return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, paris) }
	first, last := time.Date(2026, 3, 20, 0, 0, 0, 0, paris), time.Date(2026, 4, 2, 15, 30, 0, 0, paris)
	imported := all[len(all)/2].Created
	amount := all[3].Value.Amount
	upcoming := func(m *bank.Transaction) bool { return m.Coming && m.Type == bank.TransactionDeferredCard }
	first3 := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	last3 := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	category := func(m *bank.Transaction, code string) bool {
		return len(m.Categories) > 0 && m.Categories[0].Code == code
	}
	type filter struct {
		query, query3 string
		keeps         func(m *bank.Transaction) bool
	}
	filters := []filter{
		{"", "", func(*bank.Transaction) bool { return true }},
		{fmt.Sprint("account_id=", p.accounts[0]), fmt.Sprint("account_ids=", p.accounts[0]), func(m *bank.Transaction) bool { return m.AccountID == p.accounts[0] }},
		{fmt.Sprint("account_id=", p.accounts[2]), fmt.Sprint("account_ids=", p.accounts[2]), func(m *bank.Transaction) bool { return m.AccountID == p.accounts[2] }},
		{
			fmt.Sprint("account_ids=", p.accounts[0], ",", p.accounts[2]), fmt.Sprint("account_ids=", p.accounts[0], ",%20", p.accounts[2], ",", p.accounts[0]),
			func(m *bank.Transaction) bool { return m.AccountID == p.accounts[0] || m.AccountID == p.accounts[2] },
		},
		{"account_type=CREDIT_CARD", "account_type=credit_card", func(m *bank.Transaction) bool { return types[m.AccountID] == "CREDIT_CARD" }},
		{"account_type=SAVINGS,CHECKINGS", "account_type=SAVINGS,CHECKINGS", func(m *bank.Transaction) bool { return types[m.AccountID] != "CREDIT_CARD" }},
		{"origin=UPCOMING", "origin=UPCOMING", upcoming},
		{"origin=TRANSACTION", "origin=TRANSACTION,RECURRING", func(m *bank.Transaction) bool { return !upcoming(m) }},
		{"origin=SCHEDULED", "origin=ORIGINAL", func(*bank.Transaction) bool { return false }},
		{"included_statuses=PENDING", "included_statuses=PENDING,EXPIRED", func(m *bank.Transaction) bool { return m.Coming }},
		{"included_statuses=BOOKED,PENDING", "included_statuses=BOOKED,PENDING", func(*bank.Transaction) bool { return true }},
		{"excluded_statuses=PENDING", "excluded_statuses=PENDING", func(m *bank.Transaction) bool { return !m.Coming }},
		{"included_statuses=REJECTED", "included_statuses=BOOKED&excluded_statuses=BOOKED", func(*bank.Transaction) bool { return false }},
		{"min_amount=-12.5", "min_amount=-12.50", func(m *bank.Transaction) bool {
			return m.Value.Amount.GreaterThanOrEqual(decimal.RequireFromString("-12.5"))
		}},
		{"max_amount=100", "max_amount=%2B100.0", func(m *bank.Transaction) bool { return m.Value.Amount.LessThanOrEqual(decimal.NewFromInt(100)) }},
		{"amount=" + amount.String(), "amount=" + amount.String(), func(m *bank.Transaction) bool { return m.Value.Amount.Equal(amount) }},
		{
			fmt.Sprint("start_date=", first.Unix()), "start_date=" + url.QueryEscape(first.Format(time.RFC3339)),
			func(m *bank.Transaction) bool { return !begin(m.Date).Before(first) },
		},
		{fmt.Sprint("start_date=", first.Add(20*time.Hour).Unix()), "start_date=2026-03-20", func(m *bank.Transaction) bool { return !m.Date.Before(first3) }},
		{
			fmt.Sprint("end_date=", last.Unix()), "end_date=" + url.QueryEscape(last.Format(time.RFC3339)),
			func(m *bank.Transaction) bool { return !m.Date.After(last3) },
		},
		{fmt.Sprint("end_date=", begin(last3).Unix()), "end_date=2026-04-02", func(m *bank.Transaction) bool { return !m.Date.After(last3) }},
		{
			fmt.Sprint("start_import_date=", imported.Unix()), "start_import_date=" + imported.In(paris).Format(time.RFC3339),
			func(m *bank.Transaction) bool { return !m.Created.Before(imported.Truncate(time.Second)) },
		},
		{"category_id=UNCATEGORIZED", "category_id=UNCATEGORIZED", func(m *bank.Transaction) bool { return len(m.Categories) == 0 }},
		{"category_id=foo", "category_id=foo", func(m *bank.Transaction) bool { return category(m, "foo") }},
		{"category_id=a%22b%3C", "category_id=a%22b%3C", func(m *bank.Transaction) bool { return category(m, `a"b<`) }},
		{"category_id=none", "category_id=fo", func(*bank.Transaction) bool { return false }},
	}
	found := 0
	for i, f := range filters {
		// Each alone, then together with one of the others.
		other := filters[(i*7+3)%len(filters)]
		if clash(f.query, other.query) || clash(f.query3, other.query3) {
			other = filters[0]
		}
		for _, with := range []filter{filters[0], other} {
			want := []string{}
			for k := range all {
				if f.keeps(&all[k]) && with.keeps(&all[k]) {
					want = append(want, all[k].Wording)
				}
			}
			found += len(want)
			for _, path := range []string{
				"/v2.1/transactions?limit=500&" + f.query + "&" + with.query, "/v3/transactions?limit=500&" + f.query3 + "&" + with.query3,
			} {
				got := labels(w.do(http.MethodGet, path, as(p.token)).list(t, "transactions"))
				if !slices.Equal(got, want) {
					t.Errorf("%s: %d movements %.200v, want %d %.200v", path, len(got), got, len(want), want)
				}
			}
		}
	}
	if found < len(all) {
		t.Errorf("the filters found %d in all: they test nothing", found)
	}
}

// clash says whether two queries set the same parameter, or one the other way round.
func clash(a, b string) bool {
	for part := range strings.SplitSeq(a, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name != "" && strings.Contains("&"+b, "&"+strings.TrimSuffix(name, "s")) {
			return true
		}
	}
	return false
}

// TestTransactionPages: 5,000 movements, many on one day, in pages of every size: each once, in one order.
func TestTransactionPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	w.connect(&p, bank.SourceOpenAPI, bankAccounts(), 2)
	const count = 5000
	for half := range 2 {
		list := make([]bank.Transaction, 0, count/2)
		for i := range count / 2 {
			list = append(list, bank.Transaction{
				Key: fmt.Sprint(i), Date: time.Date(2026, 1, 1+i%40, 0, 0, 0, 0, time.UTC), Value: apitest.Euros("-1.00"), Type: bank.TransactionCard, Wording: fmt.Sprint(half, " ", i),
			})
		}
		_, err := w.store.SaveTransactions(t.Context(), p.accounts[half], list, w.clock.Now())
		w.check(err)
	}
	for version, limit := range map[string]int{"/v2.1": 500, "": 333, "/v3": 499} {
		seen := map[string]bool{}
		page, lastDate := 0, ""
		for {
			page++
			list := w.do(http.MethodGet, fmt.Sprintf("%s/transactions?page=%d&limit=%d", version, page, limit), as(p.token)).list(t, "transactions")
			for _, m := range list {
				id := fmt.Sprint(m["id"])
				if seen[id] {
					t.Fatalf("%s: %s comes twice", version, id)
				}
				seen[id] = true
				date := fmt.Sprint(m["date"])
				if e, ok := m["enrichments"].(map[string]any); ok {
					date = fmt.Sprint(e["date"])
				}
				if lastDate != "" && date > lastDate {
					t.Fatalf("%s: %s comes after %s", version, date, lastDate)
				}
				lastDate = date
			}
			if len(list) < limit {
				break
			}
		}
		if len(seen) != count || page != count/limit+1 {
			t.Errorf("%s: %d movements on %d pages, want %d", version, len(seen), page, count)
		}
	}
}

// TestTransactionGone: what the bank took back, and what is of an account that is not shared, is not there one by one either.
func TestTransactionGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, seen, _ := w.many(90)
	every, err := w.store.Transactions(t.Context(), bank.TransactionFilter{UserID: p.id, Unlisted: true, Deleted: true})
	w.check(err)
	if len(every) == len(seen) {
		t.Fatal("nothing was taken back")
	}
	for _, m := range every {
		want := http.StatusOK
		if m.Deleted != nil {
			want = http.StatusNotFound
		}
		if a := w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions/", m.ID), as(p.token)); a.status != want {
			t.Errorf("movement %d: %d %s, want %d", m.ID, a.status, a.body, want)
		}
	}
	if a := w.do(http.MethodGet, fmt.Sprint("/v2.1/transactions?account_id=", p.accounts[3]), as(p.token)); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("an account that is not shared: %d %s", a.status, a.body)
	}
}

// TestRemittance: what the bank wrote in several lines is told line by line, and the label is without the others.
func TestRemittance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.bare()
	w.connect(&p, bank.SourceOpenAPI, []bank.Account{{Key: "c", Source: bank.SourceOpenAPI, Name: "C", Type: bank.AccountChecking, Balance: apitest.Euros("1")}}, 1)
	_, err := w.store.SaveTransactions(w.t.Context(), p.accounts[0], []bank.Transaction{{
		Key: "k", Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Type: bank.TransactionTransfer, Value: apitest.Euros("5"),
		Wording: "VIR SALAIRE", OriginalWording: "VIR SALAIRE\nSalaire du mois\nPAIE",
	}}, w.clock.Now())
	w.check(err)
	var got []struct {
		Label, Notes          string
		RemittanceInformation []string `json:"remittance_information"`
		Source                struct{ Label string }
	}
	a := w.do(http.MethodGet, "/v2.1/transactions", as(p.token))
	w.check(json.Unmarshal([]byte(a.body), &got))
	if len(got) != 1 || got[0].Label != "VIR SALAIRE" || got[0].Notes != "VIR SALAIRE\nSalaire du mois\nPAIE" ||
		!slices.Equal(got[0].RemittanceInformation, []string{"VIR SALAIRE", "Salaire du mois", "PAIE"}) || got[0].Source.Label != "VIR SALAIRE Salaire du mois PAIE" {
		t.Errorf("told %s", a.body)
	}
}
