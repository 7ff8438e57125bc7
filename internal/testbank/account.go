package testbank

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Account is an account as the bank shows it. Balance is booked; Coming is the sum of what is pending.
type Account struct {
	ID       string
	Type     string
	Name     string
	Number   string
	IBAN     string
	Currency string
	Usage    string
	Owner    string
	ParentID string
	Balance  decimal.Decimal
	Coming   decimal.Decimal
	Loan     *LoanSpec
	// UID is set where the bank vouches for it: the account is known by it for ever, whatever else changes.
	UID string
	// BalanceDate is when the balance was taken, 2006-01-02; empty is now.
	BalanceDate string
}

// owner is who an account list is made for. Login is the name across brands.
type owner struct {
	brand  Brand
	login  string
	person *Person
	usage  string
	source Source
	// extra shows the accounts that appear later; closed hides the one that closes.
	extra  bool
	closed bool
}

// visible gives the accounts on this owner's list.
func (o owner) visible() []*AccountSpec {
	var out []*AccountSpec
	for i := range o.person.Accounts {
		a := &o.person.Accounts[i]
		if a.Usage == o.usage && slices.Contains(a.Sources, o.source) && (!a.Later || o.extra) {
			out = append(out, a)
		}
	}
	if o.closed && len(out) > 0 {
		// The second one, so that what most people look at first stays.
		at := min(1, len(out)-1)
		out = slices.Delete(out, at, at+1)
	}
	return out
}

// usage is the one whose accounts a person sees who asked for want: of somebody who has a company's alone, those.
func (p *Person) usage(want string) string {
	has := func(usage string) bool {
		return slices.ContainsFunc(p.Accounts, func(a AccountSpec) bool { return a.Usage == usage })
	}
	if want == UsagePrivate && !has(want) && has(UsageOrganisation) {
		return UsageOrganisation
	}
	return want
}

// seed keeps two logins of one person apart: each has its own account numbers and movements.
func (o owner) seed() string { return "login:" + o.login }

func (o owner) accountID(specID string) string {
	return fmt.Sprintf("a%016x", hash64(o.seed(), specID, "account"))
}

// accounts makes the list for an owner.
func (b *Bank) accounts(o owner, now time.Time) []Account {
	var out []Account
	for _, spec := range o.visible() {
		out = append(out, b.account(o, spec, now))
	}
	return out
}

func (b *Bank) account(o owner, spec *AccountSpec, now time.Time) Account {
	number := hash64(o.seed(), spec.ID, "number") % 100_000_000_000
	a := Account{
		ID: o.accountID(spec.ID), Type: spec.Type, Name: spec.Name, Number: spec.Number, IBAN: spec.IBAN,
		Currency: spec.Currency, Usage: spec.Usage, Owner: o.person.Name, Loan: spec.Loan,
		Balance: mustDecimal(spec.Balance), BalanceDate: spec.BalanceDate,
	}
	if a.IBAN == "auto" {
		a.IBAN = makeIBAN(number)
	}
	if a.Number == "" {
		a.Number = fmt.Sprintf("%011d", number)
	}
	if spec.Usage == UsageOrganisation && o.person.Company != "" {
		a.Owner = o.person.Company
	}
	if spec.Owner != "" {
		a.Owner = spec.Owner
	}
	if o.brand != BrandTest {
		a.UID = a.ID
	}
	if spec.Parent != "" {
		a.ParentID = o.accountID(spec.Parent)
	}
	for _, m := range movements(o.seed(), spec, calendar{started: b.started, from: day(b.started).AddDate(0, 0, 1), to: day(now).AddDate(0, 0, pendingDays)}) {
		switch {
		case !m.Date.After(day(now)) && spec.literal:
		case !m.Date.After(day(now)):
			a.Balance = a.Balance.Add(m.Amount)
		case m.Type == "card":
			a.Coming = a.Coming.Add(m.Amount)
		}
	}
	return a
}

// historyKey names one making of an account's movements.
type historyKey struct {
	seed        string
	spec        *AccountSpec
	from, today time.Time
}

// history gives the movements of one of the owner's accounts, newest first, pending ones on top. The last list made is kept, since it is asked for
// page by page; it is not to be changed. The caller holds the mutex.
func (b *Bank) history(o owner, accountID string, since, now time.Time) ([]Movement, bool) {
	for _, spec := range o.visible() {
		if o.accountID(spec.ID) != accountID {
			continue
		}
		from := day(now).AddDate(0, 0, -spec.HistoryDays)
		if since.After(from) {
			from = day(since)
		}
		key := historyKey{seed: o.seed(), spec: spec, from: from, today: day(now)}
		if b.paged.key == key {
			return b.paged.list, true
		}
		all := movements(o.seed(), spec, calendar{started: b.started, from: from, to: day(now).AddDate(0, 0, pendingDays)})
		out := all[:0]
		for _, m := range all {
			if m.Date.After(day(now)) {
				if m.Type != "card" {
					continue
				}
				m.Pending = true
				if o.brand != BrandTest {
					// Integrations know pending movements as of the day that the card was used, which is no day to come.
					m.Date = day(now)
				}
			}
			out = append(out, m)
		}
		b.paged.key, b.paged.list = key, out
		return out, true
	}
	return nil, false
}
