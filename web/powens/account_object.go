package powens

import (
	"encoding/json"

	"golang.org/x/text/currency"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

type accountList struct {
	Accounts       []accountObject        `json:"accounts"`
	Balances       map[string]json.Number `json:"balances"`
	ComingBalances map[string]json.Number `json:"coming_balances"`
	Balance        *json.Number           `json:"balance"`
	Total          int                    `json:"total"`
}

type accountObject struct {
	ID           int64           `json:"id"`
	IDConnection int64           `json:"id_connection"`
	IDUser       int64           `json:"id_user"`
	IDSource     *int64          `json:"id_source"`
	IDParent     *int64          `json:"id_parent"`
	Number       *string         `json:"number"`
	OriginalName string          `json:"original_name"`
	Balance      *json.Number    `json:"balance"`
	Coming       *json.Number    `json:"coming"`
	Display      bool            `json:"display"`
	LastUpdate   *string         `json:"last_update"`
	Deleted      *string         `json:"deleted"`
	Disabled     *string         `json:"disabled"`
	IBAN         *string         `json:"iban"`
	Currency     *currencyObject `json:"currency"`
	Type         string          `json:"type"`
	IDType       int             `json:"id_type"`
	Bookmarked   int             `json:"bookmarked"`
	Name         string          `json:"name"`
	Error        *string         `json:"error"`
	Usage        *string         `json:"usage"`
	Ownership    *string         `json:"ownership"`
	CompanyName  *string         `json:"company_name"`
	OpeningDate  *string         `json:"opening_date"`
	Loan         *loanObject     `json:"loan"`
}

type currencyObject struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Symbol    string `json:"symbol"`
	Prefix    bool   `json:"prefix"`
	Crypto    bool   `json:"crypto"`
	Precision int    `json:"precision"`
}

type loanObject struct {
	TotalAmount       json.Number  `json:"total_amount"`
	Rate              *json.Number `json:"rate"`
	SubscriptionDate  *string      `json:"subscription_date"`
	MaturityDate      *string      `json:"maturity_date"`
	NextPaymentAmount *json.Number `json:"next_payment_amount"`
	NextPaymentDate   *string      `json:"next_payment_date"`
}

// newAccount renders an account. A disabled one shows what is needed to ask for consent and no more. The connector may be
// nil when the directory has lost it.
func newAccount(a *bank.Account, connector *bank.Connector) accountObject {
	o := accountObject{
		ID: a.ID, IDConnection: a.ConnectionID, IDUser: a.UserID, OriginalName: a.OriginalName, Name: a.Name, Display: true,
		Type: string(a.Type), IDType: accountTypeID(a.Type), Usage: text(string(a.Usage)), Deleted: optionalStamp(a.Deleted),
		Disabled: optionalStamp(a.Disabled),
	}
	if connector != nil {
		if s, ok := connector.Source(a.Source); ok {
			o.IDSource = &s.ID
		}
	}
	if a.Disabled != nil {
		return o
	}
	balance := respond.Number(a.Balance.Amount)
	o.Number, o.IBAN, o.Balance, o.Coming = text(a.Number), text(a.IBAN), &balance, respond.OptionalNumber(a.Coming)
	o.LastUpdate, o.Currency = optionalStamp(a.LastUpdate), newCurrency(a.Balance.Currency)
	if a.Usage == bank.UsageOrganisation {
		o.CompanyName = text(a.Owner)
	}
	if l := a.Loan; l != nil {
		o.Loan = &loanObject{
			TotalAmount: respond.Number(l.TotalAmount), Rate: respond.OptionalNumber(l.Rate),
			SubscriptionDate: text(l.SubscriptionDate), MaturityDate: text(l.MaturityDate),
			NextPaymentAmount: respond.OptionalNumber(l.NextPaymentAmount), NextPaymentDate: text(l.NextPaymentDate),
		}
	}
	return o
}

func accountTypeID(t bank.AccountType) int {
	if id, ok := accountTypeIDs[t]; ok {
		return id
	}
	return accountTypeIDs[bank.AccountUnknown]
}

// names of the currencies that accounts here are mostly held in; others go by their code.
var names = map[string][2]string{
	"EUR": {"Euro", "€"}, "USD": {"US Dollar", "$"}, "GBP": {"British Pound Sterling", "£"}, "CHF": {"Swiss Franc", "CHF"},
	"JPY": {"Japanese Yen", "¥"}, "PLN": {"Polish Zloty", "zł"}, "SEK": {"Swedish Krona", "kr"}, "DKK": {"Danish Krone", "kr"},
}

func newCurrency(code string) *currencyObject {
	if code == "" {
		return nil
	}
	o := &currencyObject{ID: code, Name: code, Symbol: code, Precision: 2}
	if n, ok := names[code]; ok {
		o.Name, o.Symbol = n[0], n[1]
	}
	if unit, err := currency.ParseISO(code); err == nil {
		o.Precision, _ = currency.Standard.Rounding(unit)
	}
	return o
}

func (s sums) numbers() map[string]json.Number {
	out := make(map[string]json.Number, len(s))
	for code, amount := range s {
		out[code] = respond.Number(amount)
	}
	return out
}
