package enablebanking

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// wireAccount is AccountResource, as far as it is read.
type wireAccount struct {
	AccountID *struct {
		IBAN  string          `json:"iban"`
		Other *identification `json:"other"`
	} `json:"account_id"`
	AllIDs          []identification `json:"all_account_ids"`
	Name            string           `json:"name"`
	Details         string           `json:"details"`
	Usage           string           `json:"usage"`
	CashAccountType string           `json:"cash_account_type"`
	Product         string           `json:"product"`
	Currency        string           `json:"currency"`
	UID             string           `json:"uid"`
	Hash            string           `json:"identification_hash"`
}

// identification is GenericIdentification.
type identification struct {
	Identification string `json:"identification"`
	SchemeName     string `json:"scheme_name"`
}

// account is what is kept of an account in the session: it spares a call to the bank at each reading, and banks count them.
type account struct {
	UID      string `json:"uid"`
	Hash     string `json:"hash"`
	IBAN     string `json:"iban,omitempty"`
	Number   string `json:"number,omitempty"`
	PAN      string `json:"pan,omitempty"`
	Holder   string `json:"holder,omitempty"`
	Label    string `json:"label,omitempty"`
	Type     string `json:"type,omitempty"`
	Usage    string `json:"usage,omitempty"`
	Currency string `json:"currency,omitempty"`
}

// keep reads an account. One without uid cannot be read at all (blocked or closed), one without hash could not be recognised.
func (w wireAccount) keep() (account, bool) {
	if w.UID == "" || w.Hash == "" || len(w.Hash) > 1000 || len(w.UID) > 100 {
		return account{}, false
	}
	a := account{
		UID: w.UID, Hash: w.Hash, Holder: bank.CleanText(w.Name, 140), Label: bank.CleanText(cmp.Or(w.Details, w.Product), 140),
		Type: bank.CleanText(w.CashAccountType, 8), Usage: bank.CleanText(w.Usage, 8), Currency: bank.CleanText(w.Currency, 8),
	}
	ids := w.AllIDs
	if w.AccountID != nil {
		a.IBAN = compact(w.AccountID.IBAN)
		if w.AccountID.Other != nil {
			ids = append([]identification{*w.AccountID.Other}, ids...)
		}
	}
	for _, scheme := range []string{"IBAN", "BBAN", "CPAN", "MIBN", ""} {
		for _, id := range ids {
			v := compact(id.Identification)
			switch {
			case v == "" || scheme != "" && id.SchemeName != scheme:
			case id.SchemeName == "IBAN":
				a.IBAN = cmp.Or(a.IBAN, v)
			case id.SchemeName == "CPAN":
				a.PAN = cmp.Or(a.PAN, v)
				a.Number = cmp.Or(a.Number, v)
			default:
				a.Number = cmp.Or(a.Number, v)
			}
		}
	}
	return a, true
}

// compact is an identifier without its blanks.
func compact(s string) string {
	return strings.ReplaceAll(bank.CleanText(s, 64), " ", "")
}

// id is what the account's key is made of. The aggregator's hash, which stays the same from session to session, stands in for a number.
func (a account) id(balances []wireBalance) connector.AccountID {
	id := connector.AccountID{
		IBAN: a.IBAN, Number: a.Number, PAN: a.PAN, Owner: a.Holder, Name: a.Label, Card: a.Type == "CARD",
		Own: "identification_hash " + a.Hash + " " + a.Currency, Local: a.UID,
	}
	if a.Number == a.PAN {
		id.Number = ""
	}
	told := make([]string, 0, len(balances))
	for _, b := range balances {
		told = append(told, b.Amount.Currency)
	}
	id.Currency = connector.OneCurrency(a.Currency, told...)
	return id
}

// wireBalance is BalanceResource, as far as it is read.
type wireBalance struct {
	Amount struct {
		Currency string `json:"currency"`
		Amount   string `json:"amount"`
	} `json:"balance_amount"`
	Type string `json:"balance_type"`
}

// balanceOrder are the kinds of balance (BalanceStatus), what an account holds by the books first.
var balanceOrder = []string{"ITBD", "CLBD", "XPCD", "VALU", "ITAV", "CLAV", "FWAV", "OPBD", "PRCD", "OPAV", "OTHR", "INFO"}

var isoCurrency = regexp.MustCompile(`^[A-Z]{3}$`)

// account tells of an account with the best of its balances. One whose bank gives none has nothing, in its own currency.
func (a account) account(balances []wireBalance) (bank.Account, error) {
	out := bank.Account{
		Number: a.Number, IBAN: a.IBAN, Owner: a.Holder, Name: cmp.Or(a.Label, a.Holder, a.IBAN, a.Number, "Account"),
		Type: accountTypes[a.Type], Usage: bank.Usage(a.Usage), Balance: bank.Money{Currency: a.Currency},
	}
	out.OriginalName = out.Name
	if out.Type == "" {
		out.Type = bank.AccountUnknown
	}
	if len(balances) > 100 {
		return out, protocol(fmt.Errorf("an account with %d balances", len(balances)))
	}
	slices.SortStableFunc(balances, func(x, y wireBalance) int { return a.rank(x) - a.rank(y) })
	if len(balances) > 0 {
		m, err := bank.ParseMoney(balances[0].Amount.Amount, balances[0].Amount.Currency)
		if err != nil {
			return out, protocol(errors.New("a balance that is no amount of money"))
		}
		out.Balance = m
	}
	if !isoCurrency.MatchString(out.Balance.Currency) {
		return out, protocol(errors.New("an account without a currency"))
	}
	return out, nil
}

// rank orders balances: those in the account's own currency first.
func (a account) rank(b wireBalance) int {
	n := slices.Index(balanceOrder, b.Type)
	if n < 0 {
		n = len(balanceOrder)
	}
	if b.Amount.Currency != a.Currency {
		n += 100
	}
	return n
}

// accountTypes maps CashAccountType.
var accountTypes = map[string]bank.AccountType{
	"CACC": bank.AccountChecking, "CASH": bank.AccountChecking, "CARD": bank.AccountCard, "LOAN": bank.AccountLoan, "SVGS": bank.AccountSavings,
}

// signed gives an amount its sign. Some banks sign it themselves: the indicator is what counts.
func signed(amount decimal.Decimal, indicator string) decimal.Decimal {
	if indicator == "DBIT" {
		return amount.Abs().Neg()
	}
	return amount.Abs()
}
