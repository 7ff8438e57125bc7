package testbank

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const head = "CREDENTIALS|dev|dev\nCREDENTIALS_OWNER|Dev Exemple\n"

// book reads a file that must be good.
func book(t testing.TB, file string) *Book {
	t.Helper()
	b, err := ParseBook([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBooksOfTheBank(t *testing.T) {
	t.Parallel()
	for name, raw := range Files() {
		b := book(t, string(raw))
		types := map[string]bool{}
		for _, a := range b.Person.Accounts {
			types[a.Type] = true
			if a.IBAN != "" && !ValidIBAN(a.IBAN) {
				t.Errorf("%s: the IBAN %s is none", name, a.IBAN)
			}
		}
		if len(types) != 4 || b.Person.Name == b.Login {
			t.Errorf("%s: types %v of %s; want all four, of somebody", name, types, b.Person.Name)
		}
	}
	if b := book(t, string(Files()["dev.txt"])); b.Login != "dev" || b.Password != "dev" || b.scenario.asks() {
		t.Errorf("the built-in file opens with %s / %s, want dev / dev without a question", b.Login, b.Password)
	}
	if b := book(t, string(Files()["example.txt"])); len(b.scenario.questions) != 2 || len(b.Person.Accounts) != 4 {
		t.Errorf("the example: %d questions and %d accounts", len(b.scenario.questions), len(b.Person.Accounts))
	}
}

func TestBookAccounts(t *testing.T) {
	t.Parallel()
	b := book(t, "\ufeff"+head+"# said aside|with columns\n\n"+
		"ACCOUNT|3f9a1c27b0d4|30004000001|30/06/25|1520.75|Checkings||false||Everyday|true|FALSE|fr76 0000 0000 0030 0040 0000 108|EUR\n"+
		"TRANSACTION|-54.20|28/06/25|CB SUPERMARCHE\nTRANSACTION|1800|26/06/25|VIR SALAIRE|Juin|PAY-06|TRANSFER\n\n"+
		"ACCOUNT|b|||-12|creditcard\n\nACCOUNT|c|9||7650.00|Savings||||Livret|||||\n\nACCOUNT|d|||-1000.5|Loans|||Somebody Else|||||USD\n")
	var got []string
	for _, a := range b.Person.Accounts {
		got = append(got, fmt.Sprintf("%s/%s/%s/%s %s/%s/%v/%s", a.ID, a.Type, a.Name, a.Balance, a.Currency, a.Owner, a.Sources, a.BalanceDate))
	}
	want := []string{
		"uid 3f9a1c27b0d4/checking/Everyday/1520.75 EUR//[openapi directaccess]/2025-06-30",
		"uid b/card/Credit card/-12 EUR//[openapi directaccess]/",
		"uid c/savings/Livret/7650.00 EUR//[directaccess]/",
	}
	want = append(want, "uid d/loan/Loan/-1000.5 USD/Somebody Else/[directaccess]/")
	if !slices.Equal(got, want) {
		t.Errorf("accounts = %q, want %q", got, want)
	}
	m := b.Person.Accounts[0].fixed
	if len(m) != 2 || m[0].Label != "CB SUPERMARCHE" || m[1].Memo != "Juin" || m[1].Reference != "PAY-06" || m[1].Type != "transfer" || m[1].Date != date("2025-06-26") {
		t.Errorf("movements = %+v", m)
	}
}

func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// TestBookTellsWhatIsWrong: each error names line and column, and what helps.
func TestBookTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	account := func(columns string) string { return head + "ACCOUNT|" + columns }
	under := func(line string) string { return head + "ACCOUNT|a|||1.00|Checkings\n" + line }
	tests := []struct {
		name, file string
		line       int
		column     string
		says       string
	}{
		{"nothing", "", 0, "", "CREDENTIALS|login|password"},
		{"a web page", "<!doctype html>\n<p>hello", 1, "", "a line begins with one of CREDENTIALS"},
		{"small letters", "credentials|a|b", 1, "", "in capitals"},
		{"JSON", `{"secret":"do not repeat"}`, 1, "", "a line begins with"},
		{"no password", "CREDENTIALS|dev", 1, "password", "it is empty"},
		{"twice", "CREDENTIALS|a|b\n\nCREDENTIALS|c|d", 3, "", "in line 1 already"},
		{"long login", "CREDENTIALS|" + strings.Repeat("a", 129) + "|b", 1, "login", "shorten"},
		{"long text", "CREDENTIALS|a|b\nCREDENTIALS_OWNER|" + strings.Repeat("é", 1001), 2, "", "shorten"},
		{"no UTF-8", head + "ACCOUNT|caf\xe9", 3, "", "UTF-8"},
		{"a tab", account("a\tb|||1|Loans"), 3, "", "control character"},
		{"no uid", account("|||1|Loans"), 3, "account_uid", "it is empty"},
		{"uid twice", account("a|||1|Loans\nACCOUNT|a|||1|Loans"), 4, "account_uid", "line 3 is the same"},
		{"balance", account("a|||1,00|Loans"), 3, "balance", "with a dot"},
		{"balance date", account("a||2025-06-30|1|Loans"), 3, "balance_date", "DD/MM/YY"},
		{"type", account("a|||1|Gold"), 3, "account_type", "Checkings, Savings, Loans, CreditCard"},
		{"no type", account("a|||1"), 3, "account_type", "it is empty"},
		{"expression", account("a|||1|Loans|("), 3, "acceptable_uid_regexp", "RE2"},
		{"expression too long", account("a|||1|Loans|" + strings.Repeat("a?", 50) + "a"), 3, "acceptable_uid_regexp", "longer than 100"},
		{"uid does not match", account("a|||1|Loans|b+|false"), 3, "acceptable_uid_regexp", "does not match"},
		{"part matches", account("ab|||1|Loans|a"), 3, "acceptable_uid_regexp", "does not match"},
		{"match without", account("a|||1|Loans||true"), 3, "acceptable_uid_regexp", "match_existing is true"},
		{"match", account("a|||1|Loans||yes"), 3, "match_existing", "true, false"},
		{"payment", account("a|||1|Loans|||||perhaps"), 3, "payment_source", "true, false"},
		{"iban", account("a|||1|Loans|||||||NOTHING"), 3, "iban", "form of an IBAN"},
		{"currency", account("a|||1|Loans||||||||euro"), 3, "currency", "such as EUR"},
		{"too many columns", account("a|||1|Loans||||||||EUR|more"), 3, "", "13 columns"},
		{"terms of no loan", account("a|||1|Savings") + "\nLOAN|1.00", 4, "", "no loan"},
		{"terms first", head + "LOAN|1.00", 3, "", "no loan"},
		{"terms twice", account("a|||1|Loans") + "\nLOAN|1.00\nLOAN|1.00", 5, "", "already"},
		{"terms without a total", account("a|||1|Loans") + "\nLOAN||1", 4, "total_amount", "it is empty"},
		{"terms below nothing", account("a|||1|Loans") + "\nLOAN|-5", 4, "total_amount", "without a minus"},
		{"rate", account("a|||1|Loans") + "\nLOAN|5|high", 4, "rate", "-12.30"},
		{"end", account("a|||1|Loans") + "\nLOAN|5||01/01/25|2041", 4, "end", "DD/MM/YY"},
		{"movement first", head + "TRANSACTION|1|01/01/25|x", 3, "", "put a line ACCOUNT before it"},
		{"amount", under("TRANSACTION|a lot|01/01/25|x"), 4, "amount", "-12.30"},
		{"day", under("TRANSACTION|1|31/02/25|x"), 4, "date", "there is no day"},
		{"date", under("TRANSACTION|1|1/1/2025|x"), 4, "date", "DD/MM/YY"},
		{"no label", under("TRANSACTION|1|01/01/25"), 4, "label", "it is empty"},
		{"bar in a text", under("TRANSACTION|1|01/01/25|x|y|z|card|w"), 4, "", "a text must not hold a |"},
		{"movement type", under("TRANSACTION|1|01/01/25|x|||gold"), 4, "type", "card, transfer"},
		{"every", under("RECURRING|1|01/01/25|monthly|x"), 4, "every", "15D"},
		{"every nothing", under("RECURRING|1|01/01/25|0D|x"), 4, "every", "15D"},
		{"until", under("RECURRING|1|01/01/25|1D|x||||31/12/24"), 4, "until", "before start"},
		{"challenge", head + "CHALLENGE|SMELL", 3, "type", "TEXT, QUESTION, IMAGE, APP, CHOICE"},
		{"question without answer", head + "CHALLENGE|QUESTION|Who?", 3, "", "Rex"},
		{"code", head + "CHALLENGE|TEXT||abc", 3, "answer", "4 to 8 digits"},
		{"app", head + "CHALLENGE|APP||perhaps", 3, "answer", "APPROVE, SLOW"},
		{"choice", head + "CHALLENGE|CHOICE||1234", 3, "answer", "leave it empty"},
		{"when", head + "CHALLENGE|TEXT|||sometimes", 3, "when", "FIRST, ALWAYS"},
		{"six challenges", head + strings.Repeat("CHALLENGE|TEXT\n", 6), 8, "", "more than 5"},
		{"state", head + "STATE|moon", 3, "scenario", "wrong_password"},
		{"url", head + "NEWURL|ftp://example.com/a", 3, "url", "https://"},
		{"accounts", head + manyAccounts(201), 203, "", "more than 200"},
		{"series", under(strings.Repeat("RECURRING|1|01/01/25|1D|x\n", 14)), 17, "", "more than 50000"},
		{"too large", head + strings.Repeat("#", MostBook), 0, "", "larger than"},
	}
	for _, tt := range tests {
		_, err := ParseBook([]byte(tt.file))
		var e *BookError
		if !errors.As(err, &e) || e.Line != tt.line || e.Column != tt.column || !strings.Contains(e.Says, tt.says) {
			t.Errorf("%s: %v, want line %d, column %q, %q", tt.name, err, tt.line, tt.column, tt.says)
			continue
		}
		if r := e.Refusal(); r.Code != CodeBadConfiguration || !strings.Contains(r.Message, e.Error()) || len(r.Message) > 480 || strings.Contains(r.Message, "do not repeat") {
			t.Errorf("%s: the refusal says %q", tt.name, r.Message)
		}
	}
}

func manyAccounts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "ACCOUNT|a%d|||1|Loans\n", i)
	}
	return b.String()
}

// FuzzParseBook: whatever a file holds, reading it ends in a customer whose accounts can be listed or in an error that says where.
func FuzzParseBook(f *testing.F) {
	for _, raw := range Files() {
		f.Add(raw)
	}
	for _, s := range []string{"", "|", "CREDENTIALS||", "ACCOUNT|", head + "ACCOUNT|a|||1|Loans|a*|true\nRECURRING|-0.01|29/02/24|1Y|x", head + "STATE|par\nNEWURL|https://a/b"} {
		f.Add([]byte(s))
	}
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	bank, err := New(Options{Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := ParseBook(raw)
		var e *BookError
		if err != nil {
			if !errors.As(err, &e) || e.Says == "" || e.Line > 1+strings.Count(string(raw), "\n") {
				t.Fatalf("error = %#v", err)
			}
			return
		}
		o := owner{brand: BrandIntegration, login: "x", person: b.Person, usage: UsagePrivate, source: DirectAccess}
		for _, a := range bank.accounts(o, now) {
			list, ok := bank.history(o, a.ID, time.Time{}, now)
			if !ok || a.Name == "" || a.Number == "" || a.UID == "" || len(list) > mostBookMovements+len(b.Person.Accounts)*pendingDays {
				t.Fatalf("account %+v with %d movements", a, len(list))
			}
		}
	})
}

// TestRecurring: month ends do not drift, and no day is lost or doubled where clocks change.
func TestRecurring(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, line, from, to string
		want                 []string
	}{
		{"fifteen days", "1|03/01/25|15D|x", "2025-01-01", "2025-02-20", []string{"2025-02-17", "2025-02-02", "2025-01-18", "2025-01-03"}},
		{"month ends", "1|31/12/23|1M|x", "2024-01-01", "2024-05-31", []string{"2024-05-31", "2024-04-30", "2024-03-31", "2024-02-29", "2024-01-31"}},
		{"leap days", "1|29/02/24|1Y|x", "2025-01-01", "2028-12-31", []string{"2028-02-29", "2027-02-28", "2026-02-28", "2025-02-28"}},
		{"summer begins", "1|28/03/25|1D|x", "2025-03-28", "2025-03-31", []string{"2025-03-31", "2025-03-30", "2025-03-29", "2025-03-28"}},
		{"summer ends", "1|25/10/25|1D|x", "2025-10-25", "2025-10-27", []string{"2025-10-27", "2025-10-26", "2025-10-25"}},
		{"weeks until", "1|01/01/25|1w|x||||15/01/25", "2025-01-01", "2025-03-01", []string{"2025-01-15", "2025-01-08", "2025-01-01"}},
	}
	for _, tt := range tests {
		b := book(t, head+"ACCOUNT|a|||1|Checkings\nRECURRING|"+tt.line)
		var got []string
		for _, m := range movements("s", &b.Person.Accounts[0], calendar{from: date(tt.from), to: date(tt.to)}) {
			got = append(got, m.Date.Format(time.DateOnly))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestMovementsKeepTheirNames: a line put in front renames nothing, and equal lines stay as many as they are.
func TestMovementsKeepTheirNames(t *testing.T) {
	t.Parallel()
	const account, coffee, rent = "ACCOUNT|a|||1|Checkings\n", "TRANSACTION|-2.40|01/06/25|CAFE\n", "RECURRING|-800|05/01/25|1M|LOYER\n"
	ids := func(lines string) map[string]int {
		out := map[string]int{}
		b := book(t, head+account+lines)
		for _, m := range movements("s", &b.Person.Accounts[0], calendar{from: date("2025-01-01"), to: date("2025-06-15")}) {
			out[m.ID]++
		}
		return out
	}
	before, after := ids(coffee+coffee+rent), ids("TRANSACTION|9|02/06/25|NEW\n"+rent+coffee+coffee+rent)
	if len(before) != 8 || len(after) != 15 {
		t.Errorf("%d and %d movements, want 8 and 15, each with an id of its own", len(before), len(after))
	}
	for id := range before {
		if after[id] != 1 {
			t.Errorf("the movement %s is there %d times after another line was put in", id, after[id])
		}
	}
}

// TestLongFileIsPagedThrough: the most that a file may hold is read page by page in reasonable time, and nothing is lost or doubled.
func TestLongFileIsPagedThrough(t *testing.T) {
	t.Parallel()
	b, _ := fixed(t)
	v, err := enter(b, SignIn{Login: "dev", Password: "dev"}, head+"ACCOUNT|a|||1|Checkings\n"+strings.Repeat("RECURRING|1.00|01/01/15|1D|CAFE\n", 13))
	wantCode(t, err, "")
	list, err := b.SiteAccounts(v.ID)
	wantCode(t, err, "")
	seen := map[string]bool{}
	q := Query{Limit: maxPage}
	for {
		page, err := b.SiteMovements(v.ID, list[0].ID, q)
		wantCode(t, err, "")
		for _, m := range page.Movements {
			seen[m.ID] = true
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if want := 13 * (maxHistoryDays + 1); len(seen) != want {
		t.Errorf("%d movements, want %d", len(seen), want)
	}
}

// TestBookLoan: the terms of the built-in file's loan, and nothing of other accounts.
func TestBookLoan(t *testing.T) {
	t.Parallel()
	b := book(t, string(Files()["dev.txt"]))
	for _, a := range b.Person.Accounts {
		if (a.Loan != nil) != (a.Type == "loan") {
			t.Errorf("%s of type %s has the terms %+v", a.ID, a.Type, a.Loan)
		}
		if want := (LoanSpec{"120000.00", "1.85", "2021-06-10", "2041-06-10", "512.30"}); a.Loan != nil && *a.Loan != want {
			t.Errorf("the loan's terms are %+v, want %+v", *a.Loan, want)
		}
	}
}

// TestBookPending: card movements to come are pending, and of no day to come.
func TestBookPending(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	bank, err := New(Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	b := book(t, head+"ACCOUNT|a|||1|CreditCard\nTRANSACTION|-5|05/03/26|TRAIN|||card\nTRANSACTION|-6|04/03/26|CAFE|||card\nTRANSACTION|-7|05/03/26|ORDER|||order\n")
	o := owner{brand: BrandIntegration, login: "x", person: b.Person, usage: UsagePrivate, source: DirectAccess}
	list, _ := bank.history(o, bank.accounts(o, now)[0].ID, time.Time{}, now)
	if len(list) != 2 || !list[0].Pending || list[1].Pending || list[0].Label != "TRAIN" {
		t.Fatalf("got %+v", list)
	}
	if want := day(now); !list[0].Date.Equal(want) {
		t.Errorf("pending of %v, want %v", list[0].Date, want)
	}
}
