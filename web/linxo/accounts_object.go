package linxo

import (
	"encoding/json"
	"strings"

	"passerelle/internal/bank"
)

// accountObject is an account. What is absent has no value: never null. Of one that its owner has not shared there is what is needed to
// tell it from others and no more.
type accountObject struct {
	ID                      string            `json:"id"`
	ConnectionID            string            `json:"connection_id"`
	Name                    string            `json:"name,omitempty"`
	Type                    accountType       `json:"type"`
	Status                  accountStatus     `json:"status"`
	Currency                string            `json:"currency,omitempty"`
	Balance                 any               `json:"balance,omitempty"`
	BalanceDate             json.RawMessage   `json:"balance_date,omitempty"`
	CreationDate            json.RawMessage   `json:"creation_date,omitempty"`
	IBAN                    string            `json:"iban,omitempty"`
	AccountNumber           string            `json:"account_number,omitempty"`
	Owner                   *ownerObject      `json:"owner,omitempty"`
	Usage                   accountUsage      `json:"usage,omitempty"`
	LastChannelDefinitionID string            `json:"last_channel_definition_id,omitempty"`
	Loan                    *loanObject       `json:"loan,omitempty"`
	Savings                 *savingsObject    `json:"savings,omitempty"`
	CreditCard              *creditCardObject `json:"credit_card,omitempty"`
}

// balanceObject is a balance in version 3.
type balanceObject struct {
	Amount amountObject `json:"amount"`
}

type loanObject struct {
	InitialBalance any             `json:"initial_balance,omitempty"`
	StartDate      json.RawMessage `json:"start_date,omitempty"`
	EndDate        json.RawMessage `json:"end_date,omitempty"`
	Interest       json.RawMessage `json:"interest,omitempty"`
	NextPayment    *paymentObject  `json:"next_payment,omitempty"`
}

type paymentObject struct {
	Amount  any             `json:"amount,omitempty"`
	DueDate json.RawMessage `json:"due_date,omitempty"`
}

type savingsObject struct {
	// SavingsType is our finer type in capitals, such as LIVRET_A.
	SavingsType string `json:"savings_type"`
}

type creditCardObject struct {
	NextPayment *paymentObject `json:"next_payment,omitempty"`
}

// newAccount renders an account.
func newAccount(v Version, a *bank.ChannelAccount) accountObject {
	o := accountObject{
		ID: number(a.ID), ConnectionID: number(a.GroupID), Name: a.Name, Type: typeOf(a.Type), Status: statusOfAccount(a),
	}
	if o.Status == accountPending {
		return o
	}
	o.Currency, o.BalanceDate, o.CreationDate = a.Balance.Currency, v.timestamp(a.LastUpdate), v.timestamp(&a.Created)
	o.Balance = v.amount(a.Balance)
	if v == V3 {
		o.Balance = balanceObject{newAmount(a.Balance)}
	}
	o.IBAN, o.AccountNumber, o.Owner, o.Usage = a.IBAN, a.Number, newOwner(a.Owner), usageOf(a.Usage)
	if k, ok := kindOf(a.Source); ok {
		o.LastChannelDefinitionID = k.definitionID(a.ConnectorID)
	}
	switch o.Type {
	case typeLoan:
		o.Loan = newLoan(v, a)
	case typeSavings:
		o.Savings = &savingsObject{strings.ToUpper(string(a.Type))}
	case typeCreditCard:
		// What a deferred card will take is what it owes so far.
		if due := v.optionalAmount(a.Coming, a.Balance.Currency); due != nil {
			o.CreditCard = &creditCardObject{&paymentObject{Amount: due}}
		}
	}
	return o
}

// newLoan is absent where the bank told nothing of the loan.
func newLoan(v Version, a *bank.ChannelAccount) *loanObject {
	l := a.Loan
	if l == nil {
		return nil
	}
	o := &loanObject{
		InitialBalance: v.optionalAmount(&l.TotalAmount, a.Balance.Currency), StartDate: v.dayText(l.SubscriptionDate),
		EndDate: v.dayText(l.MaturityDate), Interest: optionalNumber(l.Rate),
	}
	if l.NextPaymentAmount != nil || l.NextPaymentDate != "" {
		o.NextPayment = &paymentObject{v.optionalAmount(l.NextPaymentAmount, a.Balance.Currency), v.dayText(l.NextPaymentDate)}
	}
	return o
}
