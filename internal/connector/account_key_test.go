package connector_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"passerelle/internal/connector"
)

// made is a key as it is stored at this day: changing how keys are made would make every stored account a new one.
func made(parts ...string) string {
	text := ""
	for _, p := range parts {
		text += fmt.Sprintf("%d:%s;", len(p), p)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestAccountKey holds what each name of an account comes to. The French and British numbers are the examples of the IBAN registry.
func TestAccountKey(t *testing.T) {
	t.Parallel()
	const (
		french  = "FR1420041010050500013M02606"
		british = "60161331926819"
		irish   = "93115212345678"
	)
	iban := func(s string) string { return made("iban", theBank, s) }
	number := func(s, owner string) string { return made("number", theBank, s, owner) }
	in := func(key, currency string) string { return number(key+" "+currency, "") }
	for _, tt := range []struct {
		name string
		id   connector.AccountID
		want string
	}{
		{"an IBAN", connector.AccountID{IBAN: "DE89370400440532013000", Currency: "EUR"}, iban("DE89370400440532013000")},
		{"as people write it", connector.AccountID{IBAN: "iban de89 3704-0044.0532\u00a0013000"}, iban("DE89370400440532013000")},
		{"with a number and an owner beside it", connector.AccountID{IBAN: "DE89370400440532013000", Number: "532013000", Owner: "A", Own: "x"}, iban("DE89370400440532013000")},
		{"in another currency", connector.AccountID{IBAN: "DE89370400440532013000", Currency: "usd"}, in(iban("DE89370400440532013000"), "USD")},
		{"in several", connector.AccountID{IBAN: "DE89370400440532013000", Currency: "XXX"}, iban("DE89370400440532013000")},
		{"in no currency", connector.AccountID{IBAN: "DE89370400440532013000", Currency: "euros"}, iban("DE89370400440532013000")},
		{"a Pole's zloty", connector.AccountID{IBAN: "PL61109010140000071219812874", Currency: "PLN"}, iban("PL61109010140000071219812874")},
		{"a Pole's euros", connector.AccountID{IBAN: "PL61109010140000071219812874", Currency: "EUR"}, in(iban("PL61109010140000071219812874"), "EUR")},
		{"French", connector.AccountID{IBAN: french}, iban(french)},
		{"French with wrong check digits", connector.AccountID{IBAN: "FR99" + french[4:]}, iban(french)},
		{"a RIB", connector.AccountID{Number: "20041 01005 0500013M026 06"}, iban(french)},
		{"a RIB without its key", connector.AccountID{Number: "20041010050500013m026"}, iban(french)},
		{"Monaco's", connector.AccountID{IBAN: "MC58" + french[4:]}, iban(french)},
		{"what only looks like a RIB", connector.AccountID{Number: "20041010050500013M02607"}, number("20041010050500013M02607", "")},
		{"British", connector.AccountID{IBAN: "GB29NWBK60161331926819", Currency: "GBP"}, number(british, "")},
		{"sort code and number", connector.AccountID{Number: "60-16-13 31926819", Currency: "GBP"}, number(british, "")},
		{"British of which no currency is told", connector.AccountID{Number: british}, number(british, "")},
		{"British euros", connector.AccountID{IBAN: "GB29NWBK60161331926819", Currency: "EUR"}, in(number(british, ""), "EUR")},
		{"Irish", connector.AccountID{IBAN: "IE29AIBK93115212345678", Currency: "EUR"}, in(number(irish, ""), "EUR")},
		{"Irish by its number", connector.AccountID{Number: irish, Currency: "EUR"}, in(number(irish, ""), "EUR")},
		{"any number", connector.AccountID{Number: "0001 234-5", Owner: "A"}, number("00012345", "")},
		{"a masked number", connector.AccountID{Number: "****5678", Owner: "Anna Muster"}, number("**** 5678", "anna muster")},
		{"a masked IBAN", connector.AccountID{IBAN: "FR76XXXXXXXXXXXXXXXXXXX0189", Owner: "Anna Muster"}, number("**** 0189", "anna muster")},
		{"a card", connector.AccountID{PAN: "497010XXXXXX1234", Owner: "Mme  MUSTER Ánna", Card: true}, number("**** 1234", "anna muster")},
		{"a card with the number of its account", connector.AccountID{PAN: "1234", IBAN: french, Card: true}, number("**** 1234", "")},
		{"an account with the number of its card", connector.AccountID{PAN: "1234", IBAN: french}, iban(french)},
		{"a card in francs", connector.AccountID{PAN: "1234", Currency: "CHF", Card: true}, in(number("**** 1234", ""), "CHF")},
		{"a card by its account", connector.AccountID{Linked: french, Name: "Visa Premier", Card: true}, number("card of "+french+" visa premier", "")},
		{"an id", connector.AccountID{Own: "id 7", Local: "7", Currency: "USD"}, number("id 7", "")},
		{"a vouched id", connector.AccountID{Own: "uid 7", Vouched: true, IBAN: french}, number("uid 7", "")},
		{"nothing but a consent's id", connector.AccountID{Local: "7"}, number("7", "")},
	} {
		if got := connector.AccountKey(theBank, tt.id); got != tt.want {
			t.Errorf("%s: %.12s, want %.12s", tt.name, got, tt.want)
		}
	}
}

// TestAccountKeys tells apart what looks the same in one list, and recognises what is listed twice.
func TestAccountKeys(t *testing.T) {
	t.Parallel()
	card := func(pan, name, local string) connector.AccountID {
		return connector.AccountID{PAN: pan, Name: name, Local: local, Card: true}
	}
	account := connector.AccountID{IBAN: "DE89370400440532013000", Local: "a", Currency: "EUR"}
	again, dollars, listed := account, account, account
	again.Local = "b"
	dollars.Currency = "USD"
	listed.Card, listed.Name, listed.Local = true, "Card", "c"
	keys := connector.NewAccountKeys(theBank)
	seen := map[string]string{}
	for _, tt := range []struct {
		name  string
		id    connector.AccountID
		fresh bool
	}{
		{"an account", account, true},
		{"the same under another id", again, false},
		{"the same number in dollars", dollars, true},
		{"a card under the account's number", listed, true},
		{"that card again", listed, false},
		{"a card", card("4970XXXXXXXX1234", "Card", "1"), true},
		{"another bank's card with the same end", card("5100XXXXXXXX1234", "Card", "2"), true},
		{"that again", card("5100XXXXXXXX1234", "Card", "2"), false},
		{"one that only its id tells", card("5100XXXXXXXX1234", "Card", "3"), true},
		{"that again", card("5100XXXXXXXX1234", "Card", "3"), false},
		{"the first again", card("4970XXXXXXXX1234", "Card", "1"), false},
	} {
		key, fresh := keys.Key(tt.id)
		if fresh != tt.fresh {
			t.Errorf("%s: fresh %v", tt.name, fresh)
		}
		if other, taken := seen[key]; taken == fresh {
			t.Errorf("%s: its key is that of %q", tt.name, other)
		}
		seen[key] = tt.name
	}
	if alone, _ := connector.NewAccountKeys(theBank).Key(account); alone != connector.AccountKey(theBank, account) {
		t.Error("the first of a list has another key than alone")
	}
}

// TestOwnerOf: who shares one account of before is who they were.
func TestOwnerOf(t *testing.T) {
	t.Parallel()
	before := &connector.Owner{Key: "anna", Accounts: []string{"a", "b"}}
	for _, tt := range []struct {
		accounts []string
		before   *connector.Owner
		want     string
	}{
		{[]string{"c"}, nil, "new"},
		{[]string{"c"}, before, "new"},
		{[]string{"c", "b"}, before, "anna"},
		{nil, before, "new"},
		{[]string{"a"}, &connector.Owner{Accounts: []string{"a"}}, "new"},
	} {
		if got := connector.OwnerOf("new", tt.accounts, tt.before); got.Key != tt.want {
			t.Errorf("%v after %v: %s, want %s", tt.accounts, tt.before, got.Key, tt.want)
		}
	}
	if got := connector.OwnerOf("o", []string{"b", "a", "b"}, nil).Accounts; len(got) != 2 || got[0] != "a" {
		t.Errorf("accounts %v, want each once and sorted", got)
	}
}

// TestOneCurrency: an account is in the currency that it says, or in the only one of its balances.
func TestOneCurrency(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said     string
		balances []string
		want     string
	}{
		{"EUR", []string{"USD"}, "EUR"}, {"XXX", []string{"USD"}, "XXX"}, {"", []string{"USD", "USD"}, "USD"}, {"", []string{"USD", "EUR"}, ""}, {"", nil, ""},
	} {
		if got := connector.OneCurrency(tt.said, tt.balances...); got != tt.want {
			t.Errorf("%q with %v: %q, want %q", tt.said, tt.balances, got, tt.want)
		}
	}
}
