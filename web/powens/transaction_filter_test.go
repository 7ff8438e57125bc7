package powens_test

import (
	"encoding/json"
	"fmt"
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

// awkward are amounts that a float would confuse, and texts that a careless comparison would.
func awkward() []bank.Transaction {
	var out []bank.Transaction
	for i, t := range []struct{ value, wording, original, other string }{
		{"0.1", "Élan", "CB ELAN", "Café"},
		{"0.2", "éclair", "CB ECLAIR", "Fournil"},
		{"0.3", "100%_sure", "VIR 100%", ""},
		{"0.30000000000000004", "Straße", "SEPA", "Müller"},
		{"9999999999999999999.99", "Huge", "H", ""},
		{"-9999999999999999999.99", "Huge out", "H", ""},
		{"9007199254740993.07", "Odd", "O", ""},
		{"9007199254740993.08", "Odder", "O", ""},
		{"-12.50", "Shop", "CB SHOP", "Shop"},
		{"12.5", "Refund", "AVOIR SHOP", "Shop"},
		{"0.00", "Nothing", "N", ""},
		{"-0.001", "Dinar", "TND", ""},
	} {
		out = append(out, bank.Transaction{
			Key: fmt.Sprint("a", i), Date: time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC),
			Value: bank.Money{Amount: decimal.RequireFromString(t.value), Currency: "EUR"}, Type: bank.TransactionCard,
			OriginalWording: t.original, Wording: t.wording, Counterparty: t.other,
		})
	}
	return out
}

// values are the amounts of a page, as they stand in the answer, oldest first.
func (w *world) values(p person, query string) []string {
	w.t.Helper()
	got := w.do(http.MethodGet, "/users/me/transactions?limit=1000&max_date=2026-01&"+query, as(p.token))
	if got.status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", query, got.status, got.body)
	}
	var page struct {
		Transactions []struct {
			Value json.RawMessage `json:"value"`
		} `json:"transactions"`
	}
	w.check(json.Unmarshal([]byte(got.body), &page))
	var out []string
	for _, t := range page.Transactions {
		out = append(out, string(t.Value))
	}
	slices.Reverse(out)
	return out
}

func TestTransactionFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	_, err := w.store.SaveTransactions(t.Context(), p.accounts[0], awkward(), w.clock.Now())
	w.check(err)
	for query, want := range map[string]string{
		"value=0.3":                   "0.3",
		"value=0.30":                  "0.3",
		"value=0.30000000000000004":   "0.30000000000000004",
		"value=9007199254740993.07":   "9007199254740993.07",
		"value=12.5|-12.5":            "-12.5 12.5",
		"value=%C2%B112.50":           "-12.5 12.5",
		"value=+12.5":                 "12.5",
		"value=0":                     "0",
		"value=-0":                    "0",
		"value=77":                    "",
		"value=0.1|0.2":               "0.1 0.2",
		"min_value=0.2&max_value=0.3": "0.2 0.3",
		"min_value=0.3&max_value=1":   "0.3 0.30000000000000004",
		"min_value=0.30000000000000001&max_value=1":                 "0.30000000000000004",
		"min_value=9999999999999999999.99":                          "9999999999999999999.99",
		"min_value=9999999999999999999.991":                         "",
		"max_value=-9999999999999999999.99":                         "-9999999999999999999.99",
		"max_value=-0.001&min_value=-12.5":                          "-12.5 -0.001",
		"max_value=-0.0011&min_value=-12.49":                        "",
		"min_value=9007199254740993.075&max_value=9999999999999999": "9007199254740993.08",
		"income=0&min_value=-100":                                   "-12.5 -0.001",
		"income=false&min_value=-100":                               "-12.5 -0.001",
		"income&max_value=0.1":                                      "0.1 0",
		"income=1&max_value=0.1":                                    "0.1 0",
		"wording=%C3%A9LAN":                                         "0.1",
		"wording=%C3%89CLAIR":                                       "0.2",
		"wording=%25_S":                                             "0.3",
		"wording=CB":                                                "",
		"search=cb%20e":                                             "0.1 0.2",
		"search=M%C3%9CLLER":                                        "0.30000000000000004",
		"search=shop&income":                                        "12.5",
		"search=%25":                                                "0.3",
		"search=nobody":                                             "",
		"min_date=2026-01-11&max_date=2026-01-12":                   "0 -0.001",
		"min_date=2025&search=odd":                                  "9007199254740993.07 9007199254740993.08",
	} {
		query = strings.Replace(query, "max_date", "until", 1)
		if got := strings.Join(w.values(p, query), " "); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// TestLastUpdate: what changed strictly after, in the time that answers are rendered in.
func TestLastUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	seen := "2026-03-01 12:30:00" // Europe/Paris, of 11:30 UTC
	count := func(query string) int {
		return len(w.follow(p, "/users/me/transactions?limit=1000&last_update="+url.QueryEscape(query)).Transactions)
	}
	if n := count(seen); n != 0 {
		t.Errorf("%d changed after the time that they show, want none", n)
	}
	for query, want := range map[string]int{
		"2026-03-01 12:29:59": apitest.MovementCount, "2026-03-01T12:29:59": apitest.MovementCount, "2026-03-01": apitest.MovementCount, "2026-03-02": 0,
		"2026-03-01T11:29:59Z": apitest.MovementCount, "2026-03-01T11:30:00Z": 0, "2026-03-01T12:30:00+01:00": 0,
	} {
		if n := count(query); n != want {
			t.Errorf("last_update=%s: %d, want %d", query, n, want)
		}
	}
	w.clock.Pass(time.Second)
	w.do(http.MethodPost, fmt.Sprintf("/users/me/transactions/%d", p.transactions[3]), as(p.token), jsonBody(`{"comment":"seen"}`))
	if n := count(seen); n != 1 {
		t.Errorf("%d changed, want the one that was commented on", n)
	}
}

func TestTransactionChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, other := w.person(), w.person()
	path := fmt.Sprintf("/users/me/transactions/%d", p.transactions[0])
	for _, step := range []struct {
		name, method string
		options      []option
		want         map[string]string
	}{
		{
			"JSON", "POST",
			[]option{jsonBody(`{"wording":"Lunch","comment":"with <b>Zoë</b>\nlate","active":false,"application_date":"2025-12-31","categories":[{"code":"food","parent_code":"life"},{"code":"x","parent_code":null}],"id":1}`)},
			map[string]string{
				"wording": "Lunch", "simplified_wording": "Shop 24", "original_wording": "CB 24", "comment": "with <b>Zoë</b>\nlate", "active": "false",
				"application_date": "2025-12-31", "date": "2026-02-07", "categories": "[map[code:food parent_code:life] map[code:x parent_code:<nil>]]",
			},
		},
		{"a form", "PUT", []option{form(map[string]string{"wording": "Dinner", "active": "1", "categories": "a, b"})}, map[string]string{
			"wording": "Dinner", "active": "true", "application_date": "2025-12-31", "categories": "[map[code:a parent_code:<nil>] map[code:b parent_code:<nil>]]",
		}},
		{"nothing", "PUT", []option{jsonBody(`{}`)}, map[string]string{"wording": "Dinner"}},
		{"null", "PUT", []option{jsonBody(`{"wording":null,"comment":null,"application_date":null,"categories":null,"active":null}`)}, map[string]string{
			"wording": "Shop 24", "comment": "<nil>", "application_date": "2026-02-07", "categories": "[]", "active": "true",
		}},
		{"codes alone", "POST", []option{jsonBody(`{"categories":["a"]}`)}, map[string]string{"categories": "[map[code:a parent_code:<nil>]]"}},
		{"empty", "POST", []option{form(map[string]string{"wording": "", "categories": ""})}, map[string]string{"wording": "Shop 24", "categories": "[]"}},
	} {
		got := w.do(step.method, path, append(step.options, as(p.token))...)
		if got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", step.name, got.status, got.body)
		}
		m := got.into(t)
		for name, want := range step.want {
			if fmt.Sprint(m[name]) != want {
				t.Errorf("%s: %s is %v, want %s", step.name, name, m[name], want)
			}
		}
	}
	for body, field := range map[string]string{
		`{"wording":5}`: "wording", `{"active":"x"}`: "active", `{"application_date":"2026-02-30"}`: "application_date", `{"application_date":20260101}`: "application_date",
		`{"categories":"[{"}`: "categories", `{"categories":[{"parent_code":"x"}]}`: "categories", `{"categories":{}}`: "categories", `{"categories":7}`: "categories",
		`{"comment":"` + strings.Repeat("c", 1001) + `"}`: "comment", `{"categories":["a\u202eb"]}`: "categories",
	} {
		w.do(http.MethodPost, path, as(p.token), jsonBody(body)).wantError(t, body, http.StatusBadRequest, "invalidValue", field)
	}
	for _, id := range []int64{other.transactions[0], 987654} {
		for _, method := range []string{http.MethodPost, http.MethodPut} {
			w.do(method, fmt.Sprintf("/users/me/transactions/%d", id), as(p.token), jsonBody(`{"wording":"mine"}`)).
				wantError(t, "another's movement", http.StatusNotFound, "notFound", "")
		}
	}
	if got := w.do(http.MethodGet, fmt.Sprintf("/users/me/transactions/%d", other.transactions[0]), as(other.token)); strings.Contains(got.body, "mine") {
		t.Errorf("another user's movement was changed: %s", got.body)
	}
}

// TestApplicationDate: lists go by it unless they are asked not to; cuts, order, cursors and bounds with them.
func TestApplicationDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	moved := p.transactions[len(p.transactions)-1] // the last of the list, 2026-02-01
	w.do(http.MethodPut, fmt.Sprintf("/users/me/transactions/%d", moved), as(p.token), jsonBody(`{"application_date":"2026-05-05"}`))
	want := append([]int64{moved}, p.transactions[:len(p.transactions)-1]...)
	w.walk(p, "/users/me/transactions?limit=3", want)
	w.walk(p, fmt.Sprintf("/users/me/accounts/%d/transactions?limit=4&filter=application_date", p.accounts[0]), want)
	w.walk(p, "/users/me/transactions?limit=3&filter=date", p.transactions)
	w.walk(p, "/users/me/transactions?limit=3&min_date=2026-05", []int64{moved})
	if got := w.follow(p, "/users/me/transactions?limit=3&min_date=2026-05&filter=date"); len(got.Transactions) != 0 {
		t.Errorf("booked in May: %v", got.ids())
	}
	for query, last := range map[string]string{"": "2026-05-05", "&filter=date": "2026-02-07"} {
		m := w.do(http.MethodGet, "/users/me/transactions?limit=2"+query, as(p.token)).into(t)
		if m["last_date"] != last || m["first_date"] != "2026-02-01" || m["result_max_date"] != last {
			t.Errorf("%s: first %v, last %v, of the page %v to %v", query, m["first_date"], m["last_date"], m["result_min_date"], m["result_max_date"])
		}
	}
}

func TestTransactionExpand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	for _, path := range []string{"/users/me/transactions?limit=1&", fmt.Sprintf("/users/me/transactions/%d?", p.transactions[0])} {
		plain := w.do(http.MethodGet, path, as(p.token)).body
		if strings.Contains(plain, `"account":`) || strings.Contains(plain, `"attachments"`) {
			t.Errorf("%s shows what nobody asked for: %s", path, plain)
		}
		full := w.do(http.MethodGet, path+"expand=account,attachments,categories,documents,unknown[x]", as(p.token)).body
		for _, want := range []string{fmt.Sprintf(`"account":{"id":%d,`, p.accounts[0]), `"attachments":[]`, `"documents":[]`, `"categories":[]`} {
			if !strings.Contains(full, want) {
				t.Errorf("%s does not show %s: %s", path, want, full)
			}
		}
	}
}

// TestLinksRepeatFilters: each page of a filtered list is filtered.
func TestLinksRepeatFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	inside := p.transactions
	w.walk(p, "/users/me/transactions?limit=4&income=0&search=SHOP&max_value=-0.10&min_value=-1000&last_update=2026-01-01&value="+url.QueryEscape(allValues()), inside[:0])
	w.walk(p, "/users/me/transactions?limit=4&income=0&search=SHOP&max_value=-0.10&min_value=-1000&last_update=2026-01-01", inside)
}

// allValues is more than any movement has.
func allValues() string { return "±123456" }

// TestFiveThousand walks 5,000 movements by the links while others arrive: none of the first is missed or shown twice.
func TestFiveThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person()
	many := make([]bank.Transaction, 5000)
	for i := range many {
		many[i] = bank.Transaction{
			Key: fmt.Sprint("m", i), Date: time.Date(2025, 1, 1+i/40, 0, 0, 0, 0, time.UTC), Value: apitest.Euros(fmt.Sprint("-", i, ".01")),
			Type: bank.TransactionCard, OriginalWording: "CB", Wording: "Many",
		}
	}
	_, err := w.store.SaveTransactions(t.Context(), p.accounts[0], many, w.clock.Now())
	w.check(err)
	seen := map[int64]int{}
	pages := 0
	for href := "/users/me/transactions?limit=500&wording=many"; href != ""; pages++ {
		page := w.follow(p, href)
		for _, id := range page.ids() {
			seen[id]++
		}
		// New ones at the top, at the place where the list is, and at its end.
		var arriving []bank.Transaction
		for i, day := range []int{1, 60, 125, 400} {
			late := many[0]
			late.Key, late.Wording, late.Date = fmt.Sprintf("late %d %d", pages, i), "Many late", time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC)
			arriving = append(arriving, late)
		}
		_, err := w.store.SaveTransactions(t.Context(), p.accounts[0], arriving, w.clock.Now())
		w.check(err)
		href = ""
		if page.Links.Next != nil {
			href = page.Links.Next.Href
		}
	}
	first := w.follow(p, "/users/me/transactions?limit=1000&wording=many&value=-1.01|-2500.01|-4999.01").ids()
	if len(first) != 3 {
		t.Fatalf("the first ones are %v", first)
	}
	kept := 0
	for id, times := range seen {
		if times != 1 {
			t.Errorf("movement %d was shown %d times", id, times)
		}
		kept++
	}
	if kept < 5000 || pages < 10 {
		t.Errorf("%d movements on %d pages, want all 5,000", kept, pages)
	}
	for _, id := range first {
		if seen[id] != 1 {
			t.Errorf("movement %d was shown %d times", id, seen[id])
		}
	}
}
