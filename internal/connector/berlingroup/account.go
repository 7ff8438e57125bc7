package berlingroup

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// mostAccounts ends a list that nobody has.
const mostAccounts = 1000

// wireAccount is an account or a card account (section 14.16 and following).
type wireAccount struct {
	ResourceID string        `json:"resourceId"`
	IBAN       string        `json:"iban"`
	BBAN       string        `json:"bban"`
	PAN        string        `json:"pan"`
	MaskedPAN  string        `json:"maskedPan"`
	MSISDN     string        `json:"msisdn"`
	Currency   string        `json:"currency"`
	Name       string        `json:"name"`
	Display    string        `json:"displayName"`
	Product    string        `json:"product"`
	Type       string        `json:"cashAccountType"`
	Usage      string        `json:"usage"`
	Status     string        `json:"status"`
	Owner      string        `json:"ownerName"`
	Balances   []wireBalance `json:"balances"`
	Links      links         `json:"_links"`
}

type wireAmount struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type wireBalance struct {
	Amount wireAmount `json:"balanceAmount"`
	Type   string     `json:"balanceType"`
}

// found is an account of the bank's with where it stands there.
type found struct {
	bank.Account
	reference reference
	card      bool
	// resource is the bank's id of the account in this consent; movements is the link to its movements where there is no id.
	resource  string
	movements *url.URL
	// balanced says that the bank has told a balance, asked that it was asked for one; told are the currencies of its balances.
	balanced, asked bool
	told            []string
	// id is what the key is made of.
	id connector.AccountID
}

// accounts reads the list of accounts, and of cards where the bank has one, and gives them their keys.
func (t *talk) accounts(ctx context.Context) ([]found, error) {
	out, err := t.list(ctx, t.cfg.Accounts, false)
	if err != nil {
		return nil, err
	}
	if t.cfg.CardAccounts != "" {
		cards, err := t.list(ctx, t.cfg.CardAccounts, true)
		// A consent for accounts alone reads no cards: that is no reason to read nothing.
		if err != nil && !said(err, "SERVICE_INVALID", "RESOURCE_UNKNOWN") && status(err) != http.StatusForbidden && status(err) != http.StatusNotFound {
			return nil, err
		}
		out = append(out, cards...)
	}
	return t.keyed(ctx, out)
}

func (t *talk) list(ctx context.Context, path string, card bool) ([]found, error) {
	at := t.below(path)
	if !card {
		at.RawQuery = url.Values{"withBalance": {"true"}}.Encode()
	}
	a, err := t.call(ctx, http.MethodGet, at, nil, nil)
	if err != nil && !card && said(err, "PARAMETER_NOT_SUPPORTED", "CONSENT_INVALID", "FORMAT_ERROR", "SERVICE_INVALID") {
		// Some banks have no such parameter, and a consent without balances refuses it.
		at.RawQuery = ""
		a, err = t.call(ctx, http.MethodGet, at, nil, nil)
	}
	if err != nil {
		return nil, err
	}
	if a.Status == http.StatusNoContent {
		return nil, nil
	}
	var body struct {
		Accounts []wireAccount `json:"accounts"`
		Cards    []wireAccount `json:"cardAccounts"`
	}
	if err := a.JSON(&body); err != nil {
		return nil, err
	}
	raws := body.Accounts
	if card {
		raws = append(body.Cards, raws...)
	}
	if len(raws) > mostAccounts {
		return nil, wire.Protocol(errors.New("the bank lists more than a thousand accounts"))
	}
	var out []found
	for _, raw := range raws {
		if raw.Status == "deleted" {
			continue
		}
		f, err := t.account(a, raw, card)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// account reads one account. Its balance comes later where the list has none.
func (t *talk) account(a *wire.Answer, raw wireAccount, card bool) (found, error) {
	pan := firstOf(raw.MaskedPAN, mask(raw.PAN))
	number := firstOf(raw.BBAN, pan, raw.MSISDN)
	if raw.IBAN == "" && number == "" {
		number = raw.ResourceID
	}
	if raw.IBAN == "" && number == "" {
		return found{}, wire.Protocol(errors.New("the bank lists an account without any number"))
	}
	f := found{card: card, resource: raw.ResourceID}
	f.reference = reference{IBAN: raw.IBAN, BBAN: raw.BBAN, MaskedPAN: raw.MaskedPAN, MSISDN: raw.MSISDN, Currency: raw.Currency}
	if raw.IBAN != "" {
		f.reference = reference{IBAN: raw.IBAN, Currency: raw.Currency}
	}
	if f.reference.Currency == severalCurrencies {
		f.reference.Currency = ""
	}
	if l := raw.Links.first("transactions", "cardTransactions"); l != "" && f.resource == "" {
		at, err := t.link(a, l)
		if err != nil {
			return found{}, err
		}
		f.movements = at
	}
	name := firstOf(raw.Name, raw.Display, raw.Product, raw.IBAN, number)
	f.Account = bank.Account{
		Number: firstOf(raw.BBAN, number), IBAN: strings.ToUpper(strings.ReplaceAll(raw.IBAN, " ", "")), Name: name, OriginalName: name,
		Type: accountType(raw.Type, card), Usage: bank.Usage(raw.Usage), Owner: raw.Owner,
	}
	f.id = connector.AccountID{
		IBAN: raw.IBAN, Number: firstOf(raw.BBAN, raw.MSISDN), PAN: pan, Owner: raw.Owner, Name: name, Own: raw.ResourceID, Local: raw.ResourceID,
		Currency: raw.Currency, Card: f.Type == bank.AccountCard,
	}
	f.Balance.Currency = raw.Currency
	return f, t.balance(&f, raw.Balances)
}

// keyed gives accounts their keys. The same account twice is one, and so are the parts of an account in several currencies and their sum:
// banks list both (implementation guidelines, section 4.5), and its movements would be told twice.
func (t *talk) keyed(ctx context.Context, list []found) ([]found, error) {
	inParts := map[string]bool{}
	for _, f := range list {
		if f.id.Currency != "" && f.id.Currency != severalCurrencies {
			inParts[f.IBAN] = true
		}
	}
	keys := connector.NewAccountKeys(t.inst.UUID)
	out := make([]found, 0, len(list))
	for _, f := range list {
		if f.id.Currency == severalCurrencies && f.IBAN != "" && inParts[f.IBAN] {
			continue
		}
		if f.id.Currency == "" && !f.balanced && t.cfg.Consent != consentDedicated {
			// The currency is part of the key. A first consent gives no balances, and what was picked under it must be found again.
			if err := t.readBalance(ctx, &f); err != nil {
				return nil, err
			}
		}
		if t.cfg.Consent != consentDedicated {
			f.id.Currency = connector.OneCurrency(f.id.Currency, f.told...)
		}
		var fresh bool
		if f.Key, fresh = keys.Key(f.id); fresh {
			out = append(out, f)
		}
	}
	return out, nil
}

// severalCurrencies is what the interface writes for an account that has several.
const severalCurrencies = "XXX"

// balance takes the account's balance out of a list, the best kind first. Without any, the amount stays zero in the account's currency.
func (t *talk) balance(f *found, list []wireBalance) error {
	own := f.Balance.Currency
	if own == severalCurrencies || own == "" {
		own = connector.HomeCurrency(f.IBAN)
	}
	f.told = f.told[:0]
	for _, b := range list {
		f.told = append(f.told, b.Amount.Currency)
	}
	best := -1
	for _, kind := range t.cfg.BalanceTypes {
		best = slices.IndexFunc(list, func(b wireBalance) bool { return b.Type == kind && b.Amount.Currency == own })
		if best >= 0 {
			break
		}
	}
	if best < 0 && len(list) > 0 {
		best = max(slices.IndexFunc(list, func(b wireBalance) bool { return b.Amount.Currency == own }), 0)
	}
	if best < 0 {
		f.Balance.Currency = own
		return nil
	}
	m, err := money(list[best].Amount)
	if err != nil {
		return err
	}
	f.Balance, f.balanced = m, true
	return nil
}

// money reads an amount. Some banks write it with a comma or leave the digits before the point out.
func money(a wireAmount) (bank.Money, error) {
	text := strings.TrimSpace(a.Amount)
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	if sign, rest := "", text; strings.HasPrefix(strings.TrimLeft(rest, "+-"), ".") {
		if rest[0] == '-' || rest[0] == '+' {
			sign, rest = rest[:1], rest[1:]
		}
		text = sign + "0" + rest
	}
	m, err := bank.ParseMoney(text, a.Currency)
	if err != nil {
		return bank.Money{}, wire.Protocol(errors.New("the bank gives an amount that is none"))
	}
	return m, nil
}

// readBalance asks for an account's balances where the list had none. A bank that refuses them leaves the account without.
func (t *talk) readBalance(ctx context.Context, f *found) error {
	if f.asked || f.resource == "" || t.cfg.BalanceEach == nil || !*t.cfg.BalanceEach {
		return nil
	}
	f.asked = true
	path := t.cfg.Accounts
	if f.card {
		path = t.cfg.CardAccounts
	}
	a, err := t.call(ctx, http.MethodGet, t.below(path, f.resource, "balances"), nil, nil)
	if err != nil {
		if said(err, "RESOURCE_UNKNOWN", "SERVICE_INVALID", "CONSENT_INVALID") || status(err) == http.StatusForbidden {
			return nil
		}
		return err
	}
	var body struct {
		Balances []wireBalance `json:"balances"`
	}
	if err := a.JSON(&body); err != nil {
		return err
	}
	return t.balance(f, body.Balances)
}

// accountType reads ISO 20022's cash account types.
func accountType(s string, card bool) bank.AccountType {
	if card {
		return bank.AccountCard
	}
	switch strings.ToUpper(s) {
	case "CARD":
		return bank.AccountCard
	case "SVGS", "MOMA", "ONDP", "MGLD":
		return bank.AccountSavings
	case "LOAN":
		return bank.AccountLoan
	}
	// What banks open under this interface are payment accounts.
	return bank.AccountChecking
}

// mask keeps the last four digits of a card number, if a bank gives a whole one in spite of what it should.
func mask(pan string) string {
	if len(pan) < 8 {
		return pan
	}
	return strings.Repeat("*", len(pan)-4) + pan[len(pan)-4:]
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}
