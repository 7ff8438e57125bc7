package openbanking_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

func versions(t *testing.T, run func(t *testing.T, v4 bool)) {
	t.Helper()
	for name, v4 := range map[string]bool{"3.1": false, "4.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, v4)
		})
	}
}

// TestAccounts: what the bank tells of accounts and balances is told in our words, whichever version it speaks.
func TestAccounts(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v4 bool) {
		j := newJourney(t, newBank(t, v4), "uk-3.1", nil)
		got, _, err := j.pull(j.connect(connector.ModeConnect, nil).Session, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []struct {
			name, balance, currency, iban, number string
			is                                    bank.AccountType
			usage                                 bank.Usage
		}{
			{"Bills", "1230", "GBP", "GB29NWBK60161331926819", "80200110203345", bank.AccountChecking, bank.UsagePrivate},
			// What can be overdrawn is not what is there.
			{"Savings account", "500", "GBP", "", "80200110203348", bank.AccountSavings, bank.UsageOrganisation},
			{"Gold", "-310.4", "GBP", "", "**** 1234", bank.AccountCard, bank.UsagePrivate},
			{"Travel", "10", "EUR", "", "W-77", bank.AccountChecking, bank.UsagePrivate},
			{"Travel (USD)", "20", "USD", "", "W-77", bank.AccountChecking, bank.UsagePrivate},
		} {
			a := got.account(t, want.name)
			if a.Balance.Amount.String() != want.balance || a.Balance.Currency != want.currency || a.IBAN != want.iban || a.Number != want.number || a.Type != want.is || a.Usage != want.usage || a.Owner != "Alice Martin" {
				t.Errorf("%s = %+v, want %+v", want.name, a, want)
			}
		}
		if n := len(got.accounts); n != 5 {
			t.Errorf("%d accounts, want 5: the deleted one is none", n)
		}
		if c := got.account(t, "Bills").Coming; c == nil || c.String() != "-30" {
			t.Errorf("coming = %v, want -30: what is expected less what is booked", c)
		}
	})
}

// TestTransactions: all pages come, each movement once, with its sign, in its currency's account.
func TestTransactions(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, v4 bool) {
		b := newBank(t, v4)
		j := newJourney(t, b, "uk-3.1", nil)
		session := j.connect(connector.ModeConnect, nil).Session
		accounts, _, err := j.pull(session, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		bills, euros, dollars := accounts.account(t, "Bills").Key, accounts.account(t, "Travel").Key, accounts.account(t, "Travel (USD)").Key
		got, _, err := j.pull(session, b.now().AddDate(-1, 0, 0), bills, euros, dollars)
		if err != nil {
			t.Fatal(err)
		}
		list := got.transactions[bills]
		if n := len(list); n < 121 || n > 123 {
			t.Errorf("%d movements of a year, want one each third day", n)
		}
		coming, in := 0, 0
		for _, x := range list {
			if x.Coming {
				coming++
			}
			if !x.Value.Amount.IsNegative() {
				in++
			}
			if x.Type != bank.TransactionOrder || x.Wording != "The shop" || !strings.HasPrefix(x.OriginalWording, "Shop ") || x.ValueDate == nil {
				t.Fatalf("movement = %+v", x)
			}
			if o := x.Original; o == nil || o.Currency != "JPY" || o.Amount.Abs().String() != "1900" || o.Amount.Sign() != x.Value.Amount.Sign() {
				t.Fatalf("original = %v, want 1900 JPY with the sign of %s", o, x.Value.Amount)
			}
		}
		if coming != 1 || in < 11 || in > 13 {
			t.Errorf("%d pending and %d credits, want 1 and a tenth", coming, in)
		}
		for key, currency := range map[string]string{euros: "EUR", dollars: "USD"} {
			if n := len(got.transactions[key]); n < 59 || n > 62 {
				t.Errorf("%s: %d movements, want half of them", currency, n)
			}
			if slices.ContainsFunc(got.transactions[key], func(x bank.Transaction) bool { return x.Value.Currency != currency }) {
				t.Errorf("a movement in another currency than %s", currency)
			}
		}
	})
}

// TestHistory: banks that refuse long ranges are read in chunks, those that refuse what is old up to there, and nothing comes twice.
func TestHistory(t *testing.T) {
	t.Parallel()
	const year, quarter = 365 * 24 * time.Hour, 90 * 24 * time.Hour
	for _, c := range []struct {
		name, profile string
		odd           switches
		least, most   int
	}{
		{"whole", "uk-3.1", switches{}, 240, 246},
		{"times without a zone", "plain-times", switches{plainTimes: true}, 240, 246},
		{"a quarter at a time", "quarters", switches{longest: quarter}, 240, 246},
		{"a year at a time", "one-year", switches{longest: year}, 240, 246},
		{"nothing older than a quarter, in chunks", "quarters", switches{longest: quarter, old: quarter}, 29, 31},
		{"nothing older than a quarter, whole", "uk-3.1", switches{old: quarter}, 29, 31},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, false)
			b.odd = c.odd
			j := newJourney(t, b, c.profile, nil)
			session := j.connect(connector.ModeConnect, nil).Session
			accounts, _, err := j.pull(session, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			bills := accounts.account(t, "Bills").Key
			got, _, err := j.pull(session, time.Time{}, bills)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, x := range got.transactions[bills] {
				if seen[x.Key] {
					t.Errorf("%s came twice", x.OriginalWording)
				}
				seen[x.Key] = true
			}
			if n := len(seen); n < c.least || n > c.most {
				t.Errorf("%d movements, want %d to %d", n, c.least, c.most)
			}
		})
	}
}

// TestAttended: the bank is told the end user's address while they are there, and only then; the day of their last visit always.
func TestAttended(t *testing.T) {
	t.Parallel()
	b := newBank(t, false)
	j := newJourney(t, b, "uk-3.1", nil)
	session := j.connect(connector.ModeConnect, nil).Session
	visit := b.now()
	look := func(want string) {
		t.Helper()
		b.asked = nil
		if _, _, err := j.pull(session, time.Time{}); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.asked {
			if got := r.Header.Get("x-fapi-customer-ip-address"); got != want {
				t.Errorf("%s: the end user's address is %q, want %q", r.URL.Path, got, want)
			}
			if got := r.Header.Get("x-customer-user-agent"); (got == "") != (want == "") {
				t.Errorf("%s: the browser is %q", r.URL.Path, got)
			}
			if got := r.Header.Get("x-fapi-auth-date"); got != visit.Format("Mon, 02 Jan 2006 15:04:05 GMT") {
				t.Errorf("%s: the last visit is %q", r.URL.Path, got)
			}
		}
	}
	look("192.0.2.7")
	j.psu = connector.PSU{}
	b.pass(5 * time.Minute)
	look("")
}
