package statement

import (
	"time"

	"passerelle/internal/bank"
)

// Statement is what a bank wrote about one account.
type Statement struct {
	// IBAN or Number say which account; Currency is ISO 4217, empty where the statement does not say.
	IBAN, Number, Currency string
	// Balance is the closing booked balance, nil where there is none, as of BalanceAt.
	Balance   *bank.Money
	BalanceAt time.Time
	Entries   []Entry
}

// Entry is one movement of a statement.
type Entry struct {
	// BankID is the bank's own name of the movement; empty where it has none that is its alone.
	BankID string
	// Transaction is the movement; its Key is empty, its Coming is set while it is not booked.
	Transaction bank.Transaction
}
