package powens

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/shopspring/decimal"

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

	// What clients of the live service saw beside the documented members.
	BIC              *string      `json:"bic"`
	WebID            *string      `json:"webid"`
	FormattedBalance *string      `json:"formatted_balance"`
	ComingBalance    *json.Number `json:"coming_balance"`
	Information      struct{}     `json:"information"`
}

type loanObject struct {
	TotalAmount        json.Number  `json:"total_amount"`
	AvailableAmount    *json.Number `json:"available_amount"`
	UsedAmount         *json.Number `json:"used_amount"`
	SubscriptionDate   *string      `json:"subscription_date"`
	MaturityDate       *string      `json:"maturity_date"`
	StartRepaymentDate *string      `json:"start_repayment_date"`
	Deferred           *bool        `json:"deferred"`
	NextPaymentAmount  *json.Number `json:"next_payment_amount"`
	NextPaymentDate    *string      `json:"next_payment_date"`
	Rate               *json.Number `json:"rate"`
	NbPaymentsLeft     *int         `json:"nb_payments_left"`
	NbPaymentsDone     *int         `json:"nb_payments_done"`
	NbPaymentsTotal    *int         `json:"nb_payments_total"`
	LastPaymentAmount  *json.Number `json:"last_payment_amount"`
	LastPaymentDate    *string      `json:"last_payment_date"`
	AccountLabel       *string      `json:"account_label"`
	InsuranceLabel     *string      `json:"insurance_label"`
	InsuranceAmount    *json.Number `json:"insurance_amount"`
	InsuranceRate      *json.Number `json:"insurance_rate"`
	Duration           *int         `json:"duration"`
	Type               *string      `json:"type"`
}

// newAccount renders an account. A disabled one shows what is needed to ask for consent and no more.
func newAccount(a *bank.Account) accountObject {
	o := accountObject{
		ID: a.ID, IDConnection: a.ConnectionID, IDUser: a.UserID, OriginalName: a.OriginalName, Name: a.Name, Display: a.Display,
		Type: string(a.Type), IDType: accountTypeID(a.Type), Usage: text(string(a.Usage)), Deleted: optionalStamp(a.Deleted),
		Disabled: optionalStamp(a.Disabled),
	}
	if a.Bookmarked {
		o.Bookmarked = 1
	}
	// The one source of its connection, whose number is the connection's own.
	o.IDSource = &a.ConnectionID
	if a.Disabled != nil {
		return o
	}
	balance := respond.Number(a.Balance.Amount)
	o.Number, o.IBAN, o.Balance, o.Coming = text(a.Number), text(a.IBAN), &balance, respond.OptionalNumber(a.Coming)
	o.LastUpdate, o.Currency = optionalStamp(a.LastUpdate), newCurrency(a.Balance.Currency)
	o.WebID, o.FormattedBalance = text(a.Key), text(formatted(a.Balance))
	soon := comingBalance(a)
	o.ComingBalance = respond.OptionalNumber(&soon)
	// A client's word for whom an account serves does not make a company of its owner.
	if cmp.Or(a.BankUsage, a.Usage) == bank.UsageOrganisation {
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

// comingBalance is what the balance will be once what is coming up is booked.
func comingBalance(a *bank.Account) decimal.Decimal {
	if a.Coming == nil {
		return a.Balance.Amount
	}
	return a.Balance.Amount.Add(*a.Coming)
}

// formatted writes an amount as clients of the live service saw it, the French way, whatever the caller's language: digits in
// groups of three, a comma, the symbol behind, and spaces at which no line breaks.
func formatted(m bank.Money) string {
	const space = "\u00a0"
	c := newCurrency(m.Currency)
	if c == nil {
		return ""
	}
	places := max(int32(c.Precision), -m.Amount.Exponent())
	whole, rest, _ := strings.Cut(m.Amount.Abs().StringFixed(places), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + space + whole[i:]
	}
	if rest != "" {
		whole += "," + rest
	}
	if m.Amount.IsNegative() {
		whole = "-" + whole
	}
	return whole + space + c.Symbol
}

func (s sums) numbers() map[string]json.Number {
	out := make(map[string]json.Number, len(s))
	for code, amount := range s {
		out[code] = respond.Number(amount)
	}
	return out
}
