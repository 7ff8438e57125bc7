package testbank

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// opened gives a bank with a clock that the test moves, and the accounts that a login of the file sees on the website.
func opened(t *testing.T, now *time.Time) *Bank {
	t.Helper()
	b, err := New(Options{Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signedIn signs in on the website with a login of the file.
func signedIn(t *testing.T, b *Bank, login, website string) Visit {
	t.Helper()
	v, err := b.SignIn(SignIn{Login: login, Password: "1234", Website: website, Attended: true, Source: DirectAccess})
	if err != nil || v.Challenge != nil {
		t.Fatalf("%s: %+v, %v; want signed in", login, v, err)
	}
	return v
}

func accountsOf(t *testing.T, b *Bank, login, website string) []Account {
	t.Helper()
	list, err := b.SiteAccounts(signedIn(t, b, login, website).ID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestManyHasFiveThousand: on whatever day one looks, a year back from it holds exactly as many.
func TestManyHasFiveThousand(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 2, 27, 23, 59, 59, 0, time.UTC)
	b := opened(t, &now)
	o := b.ownerOf(b.visits.entries[signedIn(t, b, "many", "").ID].value)
	account := b.accounts(o, now)[0].ID
	for range 31 {
		all, ok := b.history(o, account, now.AddDate(0, 0, -365), now)
		whole, _ := b.history(o, account, time.Time{}, now)
		if !ok || len(all) != 5000 || len(whole) != 5000 {
			t.Fatalf("%s: %d since a year, %d in all; want 5000", now.Format(time.DateOnly), len(all), len(whole))
		}
		ids := make(map[string]bool, len(all))
		for _, m := range all {
			ids[m.ID] = true
		}
		if len(ids) != len(all) {
			t.Fatalf("%s: %d ids for %d movements", now.Format(time.DateOnly), len(ids), len(all))
		}
		now = now.AddDate(0, 0, 12)
	}
}

func TestPagesOfFiveThousand(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	v := signedIn(t, b, "many", "")
	list, err := b.SiteAccounts(v.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen, q := map[string]bool{}, Query{Limit: maxPage}
	for pages := 1; ; pages++ {
		p, err := b.SiteMovements(v.ID, list[0].ID, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Movements {
			if seen[m.ID] {
				t.Fatalf("%s is on two pages", m.ID)
			}
			seen[m.ID] = true
		}
		if q.After = p.Next; q.After == "" {
			if pages != 25 || len(seen) != 5000 {
				t.Errorf("%d movements on %d pages, want 5000 on 25", len(seen), pages)
			}
			return
		}
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	tests := []struct {
		login, website string
		count          int
		usage, owner   string
	}{
		{"empty", "", 0, "", ""},
		{"forty", "", 40, UsagePrivate, "Quentin Quarante"},
		{"company", "", 2, UsageOrganisation, "Menuiserie Exemple SAS"},
		{"company", "pro", 2, UsageOrganisation, "Menuiserie Exemple SAS"},
		{"saver", "", 4, UsagePrivate, "Basile Épargne"},
		{"saver", "pro", 0, "", ""},
		{"many", "", 2, UsagePrivate, "Ada Milliers"},
		{"awkward", "", 4, UsagePrivate, "Zoë O'Örs-Łuk & Fils"},
	}
	for _, tt := range tests {
		list := accountsOf(t, b, tt.login, tt.website)
		if len(list) != tt.count {
			t.Errorf("%s %s: %d accounts, want %d", tt.login, tt.website, len(list), tt.count)
		}
		ids := map[string]bool{}
		for _, a := range list {
			ids[a.ID], ids[a.Number] = true, true
			if a.Usage != tt.usage || a.Owner != tt.owner {
				t.Errorf("%s: %+v, want usage %s of %s", tt.login, a, tt.usage, tt.owner)
			}
		}
		if len(ids) != 2*len(list) {
			t.Errorf("%s: two accounts share an id or a number", tt.login)
		}
	}
	for _, a := range accountsOf(t, b, "saver", "") {
		if a.Type == "checking" || a.Type == "card" {
			t.Errorf("the saver has a %s", a.Type)
		}
	}
}

// TestAwkwardIsAwkward: each odd thing is there, whole, and no amount loses a digit or is a negative zero.
func TestAwkwardIsAwkward(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	b := opened(t, &now)
	v := signedIn(t, b, "awkward", "")
	list, err := b.SiteAccounts(v.ID)
	if err != nil {
		t.Fatal(err)
	}
	balances := map[string]string{"EUR": "-0.01", "KWD": "1234.567", "TND": "10.500", "JPY": "9007199254740993"}
	amounts, labels, doubles, longest := map[string]bool{}, "", 0, 0
	for _, a := range list {
		if got := a.BalanceText(); got != balances[a.Currency] {
			t.Errorf("balance in %s = %s, want %s", a.Currency, got, balances[a.Currency])
		}
		p, err := b.SiteMovements(v.ID, a.ID, Query{Limit: maxPage})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Movements {
			text := m.AmountText()
			amounts[text] = true
			if strings.HasPrefix(text, "-") && m.Amount.IsZero() {
				t.Errorf("%s is a negative zero", text)
			}
			_, digits, _ := strings.Cut(text, ".")
			if want := map[string]int{"EUR": 2, "KWD": 3, "TND": 3}[a.Currency]; len(digits) < want || len(digits) > 4 || want == 0 && digits != "" {
				t.Errorf("%s %s has %d decimals", text, a.Currency, len(digits))
			}
			if !utf8.ValidString(m.Label) {
				t.Errorf("%q is not UTF-8", m.Label)
			}
			labels += m.Label
			longest = max(longest, len(m.Label))
			if m.Label == "DEUX CAFES LE MEME JOUR" {
				doubles++
			}
		}
	}
	for _, want := range []string{"123456789012345.67", "-123456789012345.66", "0.0001", "0.00", "-0.005", "1500.250"} {
		if !amounts[want] {
			t.Errorf("no amount %s", want)
		}
	}
	for _, want := range []string{"<script>", "\u202e", "\u200d", "東京", "القاهرة", "e\u0301", "DROP TABLE"} {
		if !strings.Contains(labels, want) {
			t.Errorf("no label holds %q", want)
		}
	}
	if doubles != 3 || longest < 1000 {
		t.Errorf("%d equal movements on one day, the longest label of %d bytes; want 3 and more than 1000", doubles, longest)
	}
}

func TestCopiesAndTimesAreBounded(t *testing.T) {
	t.Parallel()
	for _, member := range []string{`"copies":101`, `"copies":-1`, `"history_days":9999`} {
		file := `{"bank":{"name":"B"},"people":{"p":{"name":"P","accounts":[{"id":"a","type":"card","name":"A","balance":"1",` + member + `}]}}}`
		if _, err := Parse(strings.NewReader(file)); err == nil {
			t.Errorf("%s: no error", member)
		}
	}
	rule := Rule{Label: "x", Amount: "1", Every: "1d", Times: 1001}
	if rule.validate() == nil {
		t.Error("1001 times a day: no error")
	}
}
