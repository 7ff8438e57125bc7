package stet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// identification is GenericIdentification.
type identification struct {
	Identification string `json:"identification,omitempty"`
	SchemeName     string `json:"schemeName,omitempty"`
	Issuer         string `json:"issuer,omitempty"`
}

// amount is AmountType.
type amount struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// wireAccount is AccountResource, as far as it is read.
type wireAccount struct {
	ResourceID string `json:"resourceId"`
	AccountID  *struct {
		IBAN  string          `json:"iban"`
		Other *identification `json:"other"`
	} `json:"accountId"`
	Name          string        `json:"name"`
	Details       string        `json:"details"`
	LinkedAccount string        `json:"linkedAccount"`
	Usage         string        `json:"usage"`
	Type          string        `json:"cashAccountType"`
	Product       string        `json:"product"`
	Currency      string        `json:"currency"`
	Balances      []wireBalance `json:"balances"`
	Links         links         `json:"_links"`
	// from is the answer that the account stood in: its links start there.
	from *wire.Answer
}

// wireBalance is BalanceResource, as far as it is read. Indicator came with later versions; amounts are signed without it.
type wireBalance struct {
	Amount    amount `json:"balanceAmount"`
	Type      string `json:"balanceType"`
	Indicator string `json:"creditDebitIndicator"`
}

// What a bank would have us read for ever ends here.
const (
	mostAccounts = 500
	mostPages    = 1000
)

// accounts reads the list, page by page; 204 is an empty one.
func (b *theBank) accounts(ctx context.Context) ([]wireAccount, error) {
	var out []wireAccount
	at := b.base.JoinPath("accounts")
	for seen := map[string]bool{}; at != nil; {
		if seen[at.String()] || len(seen) >= mostPages {
			return nil, wire.Protocol(errors.New("the pages of accounts do not end"))
		}
		seen[at.String()] = true
		var page struct {
			Accounts []wireAccount `json:"accounts"`
			Links    links         `json:"_links"`
		}
		answer, none, err := b.get(ctx, at, &page)
		if err != nil || none {
			return out, err
		}
		if len(out)+len(page.Accounts) > mostAccounts {
			return nil, wire.Protocol(fmt.Errorf("more than %d accounts", mostAccounts))
		}
		from := &wire.Answer{URL: answer.URL} // without the body, which would stay as long as the account
		for _, a := range page.Accounts {
			a.from = from
			out = append(out, a)
		}
		if at, err = b.follow(answer, page.Links["next"], ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// grouped is one account of ours: an account of the bank, or the lists of one card.
type grouped struct {
	key string
	// same is what the bank's lists have in common that are one card's.
	same    string
	members []wireAccount
}

// group puts the bank's accounts together, in its order. Accounts in several currencies share a number: the currency tells them apart.
func group(inst connector.Institution, list []wireAccount) []grouped {
	keys := connector.NewAccountKeys(inst.UUID)
	var out []grouped
	for _, a := range list {
		same := a.identity()
		if same == "" {
			continue
		}
		same += " " + a.Currency
		if n := slices.IndexFunc(out, func(g grouped) bool { return g.same == same }); n >= 0 {
			if a.isCard() {
				out[n].members = append(out[n].members, a)
			}
			continue
		}
		if key, fresh := keys.Key(a.id()); fresh {
			out = append(out, grouped{key: key, same: same, members: []wireAccount{a}})
		}
	}
	return out
}

// id is what the account's key is made of. A card is listed under the number of the account that it is charged to, or names it.
func (a wireAccount) id() connector.AccountID {
	id := connector.AccountID{IBAN: a.iban(), Name: a.label(), Currency: a.Currency, Card: a.isCard(), Local: a.identity()}
	if id.Card {
		id.IBAN, id.Linked = "", cmp.Or(a.LinkedAccount, a.iban())
	}
	if a.AccountID != nil && a.AccountID.Other != nil {
		switch other := a.AccountID.Other; other.SchemeName {
		case "CPAN", "TPAN", "PAN":
			id.PAN = other.Identification
		default:
			id.Number = other.Identification
		}
	}
	if a.ResourceID != "" {
		id.Own = "resource " + a.ResourceID
	}
	return id
}

// identity is what an account is known by beyond a consent: its number, or the card's; a card that the bank does not name is known by
// its account and its holder.
func (a wireAccount) identity() string {
	if iban := a.iban(); iban != "" && !a.isCard() {
		return iban
	}
	if a.AccountID != nil && a.AccountID.Other != nil && a.AccountID.Other.Identification != "" {
		return "other " + a.AccountID.Other.SchemeName + " " + compact(a.AccountID.Other.Identification)
	}
	if a.isCard() {
		return "card of " + compact(cmp.Or(a.LinkedAccount, a.iban())) + " " + strings.ToLower(a.label())
	}
	if a.ResourceID != "" {
		return "resource " + a.ResourceID
	}
	return ""
}

func (a wireAccount) iban() string {
	if a.AccountID == nil {
		return ""
	}
	return compact(a.AccountID.IBAN)
}

func (a wireAccount) isCard() bool { return a.Type == "CARD" }

// compact is an identifier without blanks and dashes.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, bank.CleanText(s, 70))
}

var dayInName = regexp.MustCompile(`\s*[-–(]*\s*\b(?:(\d{2})[/.-](\d{2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2}))\b\)?\s*`)

// charged reads the day at which a card's list is charged from its name; nil where there is none.
func (a wireAccount) charged() *time.Time {
	m := dayInName.FindStringSubmatch(a.Name)
	if m == nil || !a.isCard() {
		return nil
	}
	text := m[4] + "-" + m[5] + "-" + m[6]
	if m[1] != "" {
		text = m[3] + "-" + m[2] + "-" + m[1]
	}
	return day(text)
}

// label is an account's name, a card's without the day.
func (a wireAccount) label() string {
	name := bank.CleanText(a.Name, 140)
	if a.isCard() {
		name = strings.TrimSpace(dayInName.ReplaceAllString(name, " "))
	}
	return cmp.Or(name, bank.CleanText(cmp.Or(a.Product, a.Details), 140), a.iban(), "Account")
}

// balanceOrder are the kinds of balance, what an account holds by the books first.
var balanceOrder = []string{"CLBD", "XPCD", "VALU", "OTHR"}

// accountTypes maps cashAccountType; SVGS and LOAN came with later versions.
var accountTypes = map[string]bank.AccountType{
	"CACC": bank.AccountChecking, "CARD": bank.AccountCard, "SVGS": bank.AccountSavings, "LOAN": bank.AccountLoan, "CASH": bank.AccountChecking,
}

// account tells of an account with its balances: a card's is what all its lists come to.
func (g grouped) account(holder string) (bank.Account, error) {
	first := g.members[0]
	out := bank.Account{
		Key: g.key, IBAN: first.iban(), Name: first.label(), OriginalName: bank.CleanText(first.Name, 140), Owner: holder,
		Type: accountTypes[first.Type], Usage: bank.Usage(first.Usage), Balance: bank.Money{Currency: first.Currency},
	}
	if first.isCard() {
		out.IBAN = ""
	}
	if first.AccountID != nil && first.AccountID.Other != nil {
		out.Number = compact(first.AccountID.Other.Identification)
	}
	if out.Type == "" {
		out.Type = bank.AccountUnknown
	}
	for i, m := range g.members {
		booked, expected, err := m.balance()
		if err != nil {
			return out, err
		}
		if booked == nil {
			continue
		}
		if i > 0 && out.Balance.Currency != booked.Currency {
			return out, wire.Protocol(errors.New("a card in two currencies"))
		}
		out.Balance = bank.Money{Amount: out.Balance.Amount.Add(booked.Amount), Currency: booked.Currency}
		if expected != nil && expected.Currency == booked.Currency && !expected.Amount.Equal(booked.Amount) {
			coming := expected.Amount.Sub(booked.Amount)
			out.Coming = &coming
		}
	}
	if !currencyPattern.MatchString(out.Balance.Currency) {
		return out, wire.Protocol(errors.New("an account without a currency"))
	}
	return out, nil
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// balance is the best of an account's balances, and beside a booked one the instant one; both nil where there is none.
func (a wireAccount) balance() (best, expected *bank.Money, err error) {
	if len(a.Balances) > 100 {
		return nil, nil, wire.Protocol(fmt.Errorf("an account with %d balances", len(a.Balances)))
	}
	rank := len(balanceOrder) + 1
	for _, w := range a.Balances {
		m, err := bank.ParseMoney(w.Amount.Amount, w.Amount.Currency)
		if err != nil {
			return nil, nil, wire.Protocol(errors.New("a balance that is no amount of money"))
		}
		if w.Indicator == "DBIT" {
			m.Amount = m.Amount.Abs().Neg()
		}
		n := slices.Index(balanceOrder, w.Type)
		if n < 0 {
			n = len(balanceOrder)
		}
		if n < rank {
			rank, best = n, &m
		}
		if w.Type == "XPCD" {
			expected = &m
		}
	}
	if rank != 0 || expected == nil {
		expected = nil
	}
	return best, expected, nil
}

// references name the bank's accounts in a consent.
func (g grouped) references() []reference {
	out := make([]reference, 0, len(g.members))
	for _, m := range g.members {
		r := reference{Key: g.key}
		if m.AccountID != nil {
			if r.IBAN = m.iban(); r.IBAN == "" {
				r.Other = m.AccountID.Other
			}
		}
		out = append(out, r)
	}
	return out
}

// place is where something of an account is: where its link leads, else where the standard puts it.
func (b *theBank) place(a wireAccount, what string) (*url.URL, error) {
	at, err := b.follow(a.from, a.Links[what], a.ResourceID)
	if at != nil || err != nil {
		return at, err
	}
	if a.ResourceID == "" || a.ResourceID == "." || a.ResourceID == ".." {
		return nil, wire.Protocol(errors.New("an account without an id"))
	}
	return b.base.JoinPath("accounts", url.PathEscape(a.ResourceID), what), nil
}

// signed gives an unsigned amount its sign.
func signed(d decimal.Decimal, indicator string) decimal.Decimal {
	if indicator == "DBIT" {
		return d.Abs().Neg()
	}
	return d.Abs()
}

// day reads a date, with or without a time behind it; nil where there is none.
func day(s string) *time.Time {
	s, _, _ = strings.Cut(s, "T")
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil
	}
	return &t
}
