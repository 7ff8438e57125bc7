package external

import (
	"cmp"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// account is the params of the notification account, and one of pick.
type account struct {
	Key      string `json:"key" doc:"The same in each pull and after each reconnect: best a hash of IBAN or number, since banks' own ids change. 8 to 128 letters, digits, hyphens, underscores."`
	Name     string `json:"name"`
	Type     string `json:"type,omitempty" doc:"checking, card, savings, deposit, loan, market, lifeinsurance, pea …; unknown where nothing is said."`
	Number   string `json:"number,omitempty"`
	IBAN     string `json:"iban,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Usage    string `json:"usage,omitempty" enum:"PRIV,ORGA,ASSO"`
	Balance  string `json:"balance" doc:"A plain decimal such as -12.30."`
	Currency string `json:"currency" doc:"ISO 4217, such as EUR."`
	Coming   string `json:"coming,omitempty" doc:"The sum of what is pending."`
	Loan     *loan  `json:"loan,omitempty" doc:"The terms of a loan, in the account's currency."`
}

// loan is what banks tell of a loan account.
type loan struct {
	TotalAmount       string `json:"total_amount" doc:"What was lent, a plain decimal."`
	Rate              string `json:"rate,omitempty" doc:"In percent a year, such as 1.85."`
	SubscriptionDate  string `json:"subscription_date,omitempty" format:"date"`
	MaturityDate      string `json:"maturity_date,omitempty" format:"date"`
	NextPaymentAmount string `json:"next_payment_amount,omitempty"`
	NextPaymentDate   string `json:"next_payment_date,omitempty" format:"date"`
}

// money is an amount in another currency than the account's.
type money struct {
	Amount   string `json:"amount" doc:"A plain decimal with the sign of the transaction's amount."`
	Currency string `json:"currency" doc:"ISO 4217."`
}

// movement is the params of the notification transaction.
type movement struct {
	Account     string      `json:"account" doc:"The key of an account that came before, and whose transactions are wanted."`
	Transaction transaction `json:"transaction"`
}

type transaction struct {
	ID           string `json:"id,omitempty" doc:"The bank's own id, where it stays the same. Without one the host tells transactions by their content."`
	Date         string `json:"date" format:"date" doc:"Booking date, 2026-01-31."`
	ValueDate    string `json:"value_date,omitempty" format:"date"`
	RealDate     string `json:"real_date,omitempty" format:"date" doc:"When it happened, such as the day of a card payment."`
	Amount       string `json:"amount" doc:"A plain decimal with its sign: -3.00 is money out."`
	Currency     string `json:"currency" doc:"ISO 4217."`
	Original     *money `json:"original,omitempty" doc:"What was paid, where that was in another currency."`
	Type         string `json:"type,omitempty" doc:"transfer, order, check, deposit, withdrawal, card, bank, fee …; unknown where nothing is said."`
	Wording      string `json:"wording" doc:"What the bank wrote, with line feeds where it has several lines."`
	Counterparty string `json:"counterparty,omitempty"`
	Pending      bool   `json:"pending,omitempty"`
}

// pulled is the result of pull.
type pulled struct {
	Session      []byte `json:"session,omitempty" doc:"Base64. Takes the old session's place, where tokens were rotated."`
	ConsentUntil string `json:"consent_until,omitempty" format:"date-time"`
}

// empty is the result of revoke, and of advance after cancel.
type empty struct{}

// mostAccounts is how many accounts one login may have.
const mostAccounts = 1000

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,128}$`)

func (a *account) account() (bank.Account, error) {
	out := bank.Account{
		Key: a.Key, Name: a.Name, Type: bank.AccountType(cmp.Or(a.Type, string(bank.AccountUnknown))), Number: a.Number, IBAN: a.IBAN, Owner: a.Owner,
		Usage: bank.Usage(a.Usage),
	}
	if !keyPattern.MatchString(a.Key) {
		return out, errors.New("an account's key is not 8 to 128 letters, digits, hyphens and underscores")
	}
	var err error
	if out.Balance, err = bank.ParseMoney(a.Balance, a.Currency); err != nil {
		return out, errors.New("an account's balance is no plain decimal such as -12.30 with an ISO 4217 currency")
	}
	if a.Coming != "" {
		m, err := bank.ParseMoney(a.Coming, a.Currency)
		if err != nil {
			return out, errors.New("an account's coming is no plain decimal")
		}
		out.Coming = &m.Amount
	}
	if a.Loan != nil {
		if out.Loan, err = a.Loan.loan(); err != nil {
			return out, err
		}
	}
	if out = out.Clean(); out.Name == "" {
		return out, errors.New("an account has no name")
	}
	return out, nil
}

func (t *transaction) transaction() (bank.Transaction, error) {
	var out bank.Transaction
	value, err := bank.ParseMoney(t.Amount, t.Currency)
	if err != nil {
		return out, errors.New("a transaction's amount is no plain decimal such as -3.00 with an ISO 4217 currency")
	}
	date, err := time.Parse(time.DateOnly, t.Date)
	if err != nil {
		return out, errors.New("a transaction's date is not as in 2026-01-31")
	}
	out = bank.Transaction{
		Date: date, Value: value, Type: bank.TransactionType(cmp.Or(t.Type, string(bank.TransactionUnknown))),
		OriginalWording: t.Wording, Counterparty: t.Counterparty, Coming: t.Pending,
	}
	for _, d := range []struct {
		text string
		into **time.Time
	}{{t.ValueDate, &out.ValueDate}, {t.RealDate, &out.RealDate}} {
		if d.text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return out, errors.New("a date of a transaction is not as in 2026-01-31")
		}
		*d.into = &day
	}
	if t.Original != nil {
		if out.Original, err = t.Original.beside(value); err != nil {
			return out, err
		}
	}
	if out = out.Clean(); out.OriginalWording == "" {
		out.OriginalWording = cmp.Or(out.Counterparty, string(out.Type))
		out.Wording = out.OriginalWording
	}
	return out, nil
}

// loan reads the terms. A date or an amount that is none is the program's mistake.
func (l *loan) loan() (*bank.Loan, error) {
	out := &bank.Loan{SubscriptionDate: l.SubscriptionDate, MaturityDate: l.MaturityDate, NextPaymentDate: l.NextPaymentDate}
	for _, d := range []string{l.SubscriptionDate, l.MaturityDate, l.NextPaymentDate} {
		if _, err := time.Parse(time.DateOnly, d); d != "" && err != nil {
			return nil, errors.New("a date of a loan is not as in 2026-01-31")
		}
	}
	wrong := errors.New("a loan's total_amount, rate or next_payment_amount is no plain decimal")
	// The currency is the account's; any stands in for it.
	total, err := bank.ParseMoney(l.TotalAmount, "EUR")
	if err != nil {
		return nil, wrong
	}
	out.TotalAmount = total.Amount
	for _, n := range []struct {
		text string
		into **decimal.Decimal
	}{{l.Rate, &out.Rate}, {l.NextPaymentAmount, &out.NextPaymentAmount}} {
		if n.text == "" {
			continue
		}
		m, err := bank.ParseMoney(n.text, "EUR")
		if err != nil {
			return nil, wrong
		}
		*n.into = &m.Amount
	}
	return out, nil
}

// beside reads what was paid in place of an amount.
func (m *money) beside(booked bank.Money) (*bank.Money, error) {
	paid, err := bank.ParseMoney(m.Amount, m.Currency)
	switch {
	case err != nil:
		return nil, errors.New("a transaction's original is no plain decimal such as -3.00 with an ISO 4217 currency")
	case paid.Currency == booked.Currency:
		return nil, errors.New("a transaction's original is in the currency of its amount")
	case paid.Amount.Sign()*booked.Amount.Sign() < 0:
		return nil, errors.New("a transaction's original has another sign than its amount")
	}
	return &paid, nil
}

// reading takes the notifications of a pull.
type reading struct {
	call *call
	in   connector.PullInput
	keys map[string]*connector.TransactionKeys
	// account and transaction hand over to the sink.
	account     func(bank.Account) error
	transaction func(key string, t bank.Transaction) error
}

func (r *reading) notice(method string, params json.RawMessage) error {
	switch method {
	case noticeAccount:
		return r.tookAccount(params)
	case noticeTransaction:
		return r.tookTransaction(params)
	}
	return r.call.wrong("it sends a notification that is neither account nor transaction")
}

func (r *reading) tookAccount(params json.RawMessage) error {
	var a account
	if err := strictly(params, &a); err != nil {
		return r.call.wrong("an account: " + err.Error())
	}
	b, err := a.account()
	switch {
	case err != nil:
		return r.call.wrong(err.Error())
	case r.keys[b.Key] != nil:
		return r.call.wrong("it sends an account twice")
	case len(r.keys) == mostAccounts:
		return r.call.wrong("it sends more than 1000 accounts")
	}
	b.Source = r.in.Source
	r.keys[b.Key] = connector.NewTransactionKeys()
	if err := r.account(b); err != nil {
		return errSink{err}
	}
	return nil
}

func (r *reading) tookTransaction(params json.RawMessage) error {
	var m movement
	if err := strictly(params, &m); err != nil {
		return r.call.wrong("a transaction: " + err.Error())
	}
	keys := r.keys[m.Account]
	switch {
	case keys == nil:
		return r.call.wrong("it sends a transaction before its account")
	case !slices.Contains(r.in.Transactions, m.Account):
		return r.call.wrong("it sends transactions of an account that nobody asked for")
	}
	t, err := m.Transaction.transaction()
	if err != nil {
		return r.call.wrong(err.Error())
	}
	t.Key = keys.Key(bank.CleanText(m.Transaction.ID, mostLabel), t)
	if err := r.transaction(m.Account, t); err != nil {
		return errSink{err}
	}
	return nil
}
