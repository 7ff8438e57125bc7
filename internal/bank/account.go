package bank

import (
	"time"

	"github.com/shopspring/decimal"
)

// Usage says whom an account serves.
type Usage string

// The usages, as Powens spells them.
const (
	UsagePrivate      Usage = "PRIV"
	UsageOrganisation Usage = "ORGA"
	UsageAssociation  Usage = "ASSO"
)

// Account is one account at a connector, as stored.
type Account struct {
	ID           int64
	UserID       int64
	ConnectionID int64
	// Key is the stable identity of the account at its connector (SHA-256 of institution and IBAN, BBAN or the like):
	// banks change their own ids from consent to consent.
	Key string
	// Source is the connector source that the account was read through.
	Source       string
	Number       string
	IBAN         string
	Name         string
	OriginalName string
	Type         AccountType
	Usage        Usage
	Owner        string
	Balance      Money
	Coming       *decimal.Decimal
	// Loan holds the loan terms as the bank gave them, nil for other accounts.
	Loan *Loan
	// CustomName and CustomUsage are the end user's or the client's own words; empty where the bank's stand. Name and Usage hold
	// what counts: the own words where there are any.
	CustomName  string
	CustomUsage Usage
	// BankUsage is the bank's, where CustomUsage stands in its place; empty where Usage is the bank's.
	BankUsage Usage
	// Display and Bookmarked are the client application's own marks; Display is true from the start.
	Display    bool
	Bookmarked bool
	// Disabled is set while the end user has not shared the account: the time of discovery or of withdrawal.
	// A disabled account has no transactions in the store and is invisible without ?all.
	Disabled *time.Time
	// Closed is set while the account is archived: what was read stays, and nothing more is read.
	Closed *time.Time
	// Removed is set when a client application deleted the account: nothing of it is kept, and it is told of no more until the end
	// user chooses it again. A removed account is disabled too.
	Removed *time.Time
	// Deleted is set when the bank no longer lists the account.
	Deleted    *time.Time
	LastUpdate *time.Time
	Created    time.Time
}

// Loan holds what banks tell about a loan account. Money is in the account's currency; Rate is in percent a year.
type Loan struct {
	TotalAmount       decimal.Decimal  `json:"total_amount"`
	Rate              *decimal.Decimal `json:"rate,omitempty"`
	SubscriptionDate  string           `json:"subscription_date,omitempty"`
	MaturityDate      string           `json:"maturity_date,omitempty"`
	NextPaymentAmount *decimal.Decimal `json:"next_payment_amount,omitempty"`
	NextPaymentDate   string           `json:"next_payment_date,omitempty"`
}

// TransactionType is the kind of a transaction, in Powens' names.
type TransactionType string

// The transaction types.
const (
	TransactionTransfer      TransactionType = "transfer"
	TransactionOrder         TransactionType = "order"
	TransactionCheck         TransactionType = "check"
	TransactionDeposit       TransactionType = "deposit"
	TransactionPayback       TransactionType = "payback"
	TransactionWithdrawal    TransactionType = "withdrawal"
	TransactionLoanRepayment TransactionType = "loan_repayment"
	TransactionBank          TransactionType = "bank"
	TransactionCard          TransactionType = "card"
	TransactionDeferredCard  TransactionType = "deferred_card"
	TransactionSummaryCard   TransactionType = "summary_card"
	TransactionUnknown       TransactionType = "unknown"
	TransactionMarketOrder   TransactionType = "market_order"
	TransactionMarketFee     TransactionType = "market_fee"
	TransactionArbitrage     TransactionType = "arbitrage"
	TransactionProfit        TransactionType = "profit"
	TransactionRefund        TransactionType = "refund"
	TransactionPayout        TransactionType = "payout"
	TransactionPayment       TransactionType = "payment"
	TransactionFee           TransactionType = "fee"
)

// Transaction is one booked or pending movement on an account, as stored.
type Transaction struct {
	ID        int64
	UserID    int64
	AccountID int64
	// Key identifies the movement within its account: the bank's own id where it gives one, else a hash of its content
	// with an occurrence counter.
	Key string
	// Date is the booking date (UTC midnight); ValueDate and RealDate are optional.
	Date      time.Time
	ValueDate *time.Time
	RealDate  *time.Time
	// Value carries its sign: negative is money out.
	Value Money
	// Original is what was paid in another currency, with the sign of Value; nil where the bank exchanged nothing.
	Original *Money
	Type     TransactionType
	// OriginalWording is what the bank wrote; where it has several lines (a label, a memo, a reference), with a line feed between.
	OriginalWording string
	// Wording is what counts: the client's own where there is one, else SimplifiedWording, the bank's made readable. A connector
	// fills Wording alone.
	Wording           string
	SimplifiedWording string
	Counterparty      string
	// CustomWording and ApplicationDate are the client's own; Wording and the date that counts follow them where they are set.
	CustomWording   string
	ApplicationDate *time.Time
	Comment         string
	// Categories are the client's own, as its dialect spells them; we categorise nothing.
	Categories []Category
	// Active is true from the start; a client can leave a movement out of its sums.
	Active bool
	// Coming marks a pending movement.
	Coming     bool
	Deleted    *time.Time
	LastUpdate time.Time
	Created    time.Time
}

// AccountChange is what a client application may change of an account; nil leaves a value as it is.
type AccountChange struct {
	Display, Bookmarked *bool
	// Name and Usage replace the bank's; the empty string brings the bank's back.
	Name  *string
	Usage *Usage
	// Disabled gives or withdraws the end user's consent. Withdrawing deletes what was read from the account.
	Disabled *bool
}

// TransactionChange is what a client application may change of a transaction; nil leaves a value as it is, the empty string
// brings the bank's back.
type TransactionChange struct {
	Wording, Comment *string
	// ApplicationDate points to nil to bring the booking date back.
	ApplicationDate **time.Time
	// Categories replace the ones that are there; an empty list takes them away.
	Categories *[]Category
	Active     *bool
}

// Category is a client application's own label on a transaction.
type Category struct {
	Code string `json:"code"`
	// ParentCode is empty at the top.
	ParentCode string `json:"parent_code,omitempty"`
}
