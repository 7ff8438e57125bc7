package connector_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// TestOneAccountOneKey reads the same account over every protocol, each in its own JSON and in each way of writing that is met, and wants
// one key: a connection that is moved to another source keeps its accounts.
func TestOneAccountOneKey(t *testing.T) {
	t.Parallel()
	all := every(t)
	with := func(change func(*held)) held { a := current(); change(&a); return a }
	type said struct {
		how   string
		kinds []string
		held
	}
	const (
		bg, ob, st, eb, tb = "berlingroup", "openbanking", "stet", "enablebanking", "testbank"
	)
	rib := func(number string) held { return with(func(a *held) { a.iban, a.bban = "", number }) }
	card := func(pan, owner string) held {
		return with(func(a *held) { a.iban, a.pan, a.owner, a.is, a.display = "", pan, owner, bank.AccountCard, "Card" })
	}
	seen := map[string]string{}
	for _, account := range []struct {
		name string
		ways []said
	}{
		{"a French account", []said{
			{"by its IBAN", []string{bg, ob, st, eb, tb}, current()},
			{"with blanks, in small letters", []string{bg, ob, st, eb, tb}, with(func(a *held) { a.iban = "fr76 3000 6000 0112 3456 7890 189" })},
			{"under another id, by another name", []string{bg, ob, st, eb, tb}, with(func(a *held) { a.id, a.display, a.owner = "z9", "Compte", "A. Muster" })},
			{"by its RIB", []string{bg, ob, st, eb, tb}, rib("30006 00001 12345678901 89")},
			{"by its RIB without the key", []string{bg, ob, st, eb, tb}, rib("30006-00001-12345678901")},
			{"of which no currency is told", []string{bg, st, eb}, with(func(a *held) { a.currency = "" })},
			{"said to have several currencies", []string{bg, eb}, with(func(a *held) { a.currency = "XXX" })},
		}},
		{"the same number in dollars", []said{
			{"said so", []string{bg, ob, st, eb, tb}, with(func(a *held) { a.currency, a.purse = "USD", "USD" })},
			{"told by its balance alone", []string{bg, ob, eb, tb}, with(func(a *held) { a.currency, a.purse = "", "USD" })},
		}},
		{"a British account", []said{
			{"by sort code and number", []string{ob}, with(func(a *held) { a.iban, a.sortCode, a.currency, a.purse = "", "60-16-13 31926819", "GBP", "GBP" })},
			{"in one piece", []string{ob}, with(func(a *held) { a.iban, a.sortCode, a.currency, a.purse = "", "60161331926819", "GBP", "GBP" })},
			{"by its IBAN", []string{bg, ob, eb, tb}, with(func(a *held) { a.iban, a.currency, a.purse = "GB29 NWBK 6016 1331 9268 19", "GBP", "GBP" })},
			{"by what is national in it", []string{bg, eb, tb}, with(func(a *held) { a.iban, a.bban, a.currency, a.purse = "", "NWBK60161331926819", "GBP", "GBP" })},
		}},
		{"a card", []said{
			{"masked but for the end", []string{bg, ob, eb, tb}, card("************1234", "Anna Muster")},
			{"with its first six digits", []string{bg, ob, eb, tb}, card("497010XXXXXX1234", "Mme MUSTER Anna")},
			{"masked by its bank's own signs", []string{bg, ob, eb, tb}, card("4970 **** **** 1234", "ANNA MUSTER")},
		}},
		{"somebody else's card", []said{{"with the same end", []string{bg, ob, eb, tb}, card("************1234", "Otto Muster")}}},
		{"a Swiss account in its own francs", []said{
			{"said so", []string{bg, ob, eb, tb}, with(func(a *held) { a.iban, a.currency, a.purse = "CH9300762011623852957", "CHF", "CHF" })},
			{"not said", []string{bg, eb}, with(func(a *held) { a.iban, a.currency, a.purse = "CH93 0076 2011 6238 5295 7", "", "CHF" })},
		}},
	} {
		key := ""
		for _, way := range account.ways {
			for _, kind := range way.kinds {
				got := keyOf(t, all[kind], way.held)
				if key == "" {
					key = got
				}
				if got != key {
					t.Errorf("%s, %s, over %s: key %.8s, want %.8s", account.name, way.how, kind, got, key)
				}
			}
		}
		if other, taken := seen[key]; taken {
			t.Errorf("%s has the key of %s", account.name, other)
		}
		seen[key] = account.name
	}
}

// TestSeveralCurrencies: the accounts of one number in several currencies are different ones, and each is what it was when it was alone.
func TestSeveralCurrencies(t *testing.T) {
	t.Parallel()
	in := func(currency string) held {
		a := current()
		a.id, a.currency, a.purse = currency, currency, currency
		return a
	}
	for kind, b := range every(t) {
		if kind == "simplefin" || kind == "external" {
			continue // they name accounts themselves
		}
		euros, dollars := keysOf(t, b, in("EUR")), keysOf(t, b, in("USD"))
		both, turned := keysOf(t, b, in("EUR"), in("USD")), keysOf(t, b, in("USD"), in("EUR"))
		maps.Copy(euros, dollars)
		if len(both) != 2 || !maps.Equal(both, euros) || !maps.Equal(turned, euros) || both["EUR"] == both["USD"] {
			t.Errorf("%s: each alone %v, both %v, turned %v", kind, euros, both, turned)
		}
	}
}

// TestOwnNames: who names accounts for good is believed, whatever else changes.
func TestOwnNames(t *testing.T) {
	t.Parallel()
	all := every(t)
	for _, kind := range []string{"simplefin", "external"} {
		b, there := all[kind]
		if !there {
			continue
		}
		a := current()
		first := keyOf(t, b, a)
		a.iban, a.display, a.owner = "FR7630006000011234567890286", "Renamed", ""
		if got := keyOf(t, b, a); got != first {
			t.Errorf("%s: a renamed account has another key", kind)
		}
		a.id = "another1"
		if got := keyOf(t, b, a); got == first {
			t.Errorf("%s: another id gives the same key", kind)
		}
	}
}

// TestSigns: money out is negative, in the account's currency, and what was paid in another is kept beside it wherever the protocol has it.
func TestSigns(t *testing.T) {
	t.Parallel()
	for kind, b := range every(t) {
		a := current(
			moved{id: "m1", day: ago(3), amount: "-12.30", text: "BAKERY", paid: "-14.00", paidIn: "USD"},
			moved{id: "m2", day: ago(2), amount: "5.00", text: "REFUND", paid: "6.00", paidIn: "USD"},
			moved{id: "m3", day: ago(1), amount: "-1.00", text: "COFFEE"},
		)
		if kind == "berlingroup" {
			// It tells of cards alone what was paid.
			a.iban, a.pan, a.is = "", "************1234", bank.AccountCard
		}
		b.ledger.set(func() { b.ledger.accounts = []held{a} })
		got, err := b.pull(t.Context(), date(ago(30)))
		if err != nil || len(got.accounts) != 1 || len(got.moves[got.accounts[0].Key]) != 3 {
			t.Errorf("%s: %+v, %v", kind, got, err)
			continue
		}
		list := got.moves[got.accounts[0].Key]
		slices.SortFunc(list, func(a, b bank.Transaction) int { return a.Date.Compare(b.Date) })
		for i, want := range []string{"-12.3", "5", "-1"} {
			if m := list[i]; m.Value.Amount.String() != want || m.Value.Currency != "EUR" || m.Coming || m.OriginalWording == "" {
				t.Errorf("%s: %s, want %s EUR", kind, describe(m), want)
			}
		}
		// STET, SimpleFIN and the test bank have no word for it.
		if slices.Contains([]string{"stet", "simplefin", "testbank"}, kind) {
			continue
		}
		for i, want := range []string{"-14", "6", ""} {
			switch o := list[i].Original; {
			case want == "" && o != nil, want != "" && (o == nil || o.Amount.String() != want || o.Currency != "USD"):
				t.Errorf("%s: %s was paid as %v, want %s USD", kind, describe(list[i]), o, want)
			}
		}
	}
}

// TestCardsAndLoans: both are what they are, with what they owe.
func TestCardsAndLoans(t *testing.T) {
	t.Parallel()
	for kind, b := range every(t) {
		card, loan := current(moved{id: "c1", day: ago(2), amount: "-50.00", text: "SHOP"}), current()
		card.id, card.iban, card.pan, card.display, card.is, card.balance = "card1", "", "************1234", "Credit card", bank.AccountCard, "-50.00"
		loan.id, loan.iban, loan.bban, loan.display, loan.is, loan.balance = "loan1", "", "L-778899", "Home loan", bank.AccountLoan, "-180000.00"
		b.ledger.set(func() { b.ledger.accounts = []held{current(), card, loan} })
		got, err := b.pull(t.Context(), date(ago(30)))
		if err != nil || len(got.accounts) != 3 {
			t.Errorf("%s: %+v, %v", kind, got, err)
			continue
		}
		for _, want := range []struct {
			is      bank.AccountType
			balance string
			moves   int
		}{{bank.AccountCard, "-50", 1}, {bank.AccountLoan, "-180000", 0}} {
			n := slices.IndexFunc(got.accounts, func(a bank.Account) bool { return a.Type == want.is })
			if n < 0 {
				t.Errorf("%s: no %s among %+v", kind, want.is, got.accounts)
				continue
			}
			a := got.accounts[n]
			if a.Balance.Amount.String() != want.balance || len(got.moves[a.Key]) != want.moves {
				t.Errorf("%s: a %s with %s and %d movements", kind, a.Type, a.Balance.Amount, len(got.moves[a.Key]))
			}
			// Only these two have words for the terms of a loan.
			terms := want.is == bank.AccountLoan && (kind == "testbank" || kind == "external")
			if terms != (a.Loan != nil) || terms && (a.Loan.TotalAmount.String() != "200000" || a.Loan.Rate == nil || a.Loan.Rate.String() != "1.85") {
				t.Errorf("%s: the terms of a %s are %+v", kind, a.Type, a.Loan)
			}
		}
	}
}

// TestTwoYears reads what a bank gives in parts of 90 days alone, and wants all of it, each once.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	for kind, b := range every(t) {
		a := current()
		for days := 5; days < 725; days += 30 {
			a.moves = append(a.moves, moved{id: "m" + ago(days), day: ago(days), amount: "-1.00", text: "RENT"})
		}
		b.ledger.set(func() { b.ledger.accounts, b.ledger.atOnce = []held{a}, 90 })
		got, err := b.pull(t.Context(), today.AddDate(0, 0, -728).Truncate(24*time.Hour))
		if err != nil || len(got.accounts) != 1 {
			t.Errorf("%s: %+v, %v", kind, got, err)
			continue
		}
		keys := map[string]bool{}
		for _, m := range got.moves[got.accounts[0].Key] {
			keys[m.Key] = true
		}
		if list := got.moves[got.accounts[0].Key]; len(list) != len(a.moves) || len(keys) != len(a.moves) {
			t.Errorf("%s: %d movements with %d keys, want %d", kind, len(list), len(keys), len(a.moves))
		}
	}
}

// TestReadTooOften: what the law allows without the end user is four times a day; a bank that counts itself is believed when it says that
// it was enough, and when to come again. The end user's address never goes along while they are away.
func TestReadTooOften(t *testing.T) {
	t.Parallel()
	for kind, b := range every(t) {
		manifest, err := b.connector.Describe(t.Context())
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if limited := !slices.Contains([]string{"simplefin", "external"}, kind); limited && manifest.Limits.UnattendedPerDay != 4 {
			t.Errorf("%s: %d readings a day without the end user, want 4", kind, manifest.Limits.UnattendedPerDay)
		}
		b.ledger.set(func() { b.ledger.accounts, b.ledger.busy = []held{current()}, true })
		_, err = b.pull(t.Context(), time.Time{})
		var e *connector.Error
		if !errors.As(err, &e) || e.Code != connector.CodeRateLimited || e.RetryAfter != time.Hour {
			t.Errorf("%s: %v, want %s for an hour", kind, err, connector.CodeRateLimited)
		}
		for _, r := range b.ledger.asked {
			for _, name := range []string{"PSU-IP-Address", "PSU-User-Agent", "X-Fapi-Customer-Ip-Address", "X-Customer-User-Agent"} {
				if r.Header.Get(name) != "" {
					t.Errorf("%s: %s goes along while nobody is there", kind, name)
				}
			}
		}
	}
}
