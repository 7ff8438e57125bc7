package bank

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
)

// TransactionFilter narrows a list of transactions. Zero values mean no restriction.
type TransactionFilter struct {
	UserID       int64
	AccountID    int64
	ConnectionID int64
	MinDate      *time.Time
	MaxDate      *time.Time
	// After continues a list ordered by date descending, then id ascending: entries behind this position.
	After *TransactionCursor
	// Before continues it the other way.
	Before *TransactionCursor
	// Deleted includes movements that the bank took back.
	Deleted bool
	// ByApplicationDate makes dates, order and cursors those of the application date (the client's, else the booking date);
	// otherwise the booking date alone.
	ByApplicationDate bool
	// Income keeps only money in (true) or only money out (false).
	Income *bool
	// MinValue and MaxValue bound the signed value, both inclusive; Values keeps exact values only.
	MinValue, MaxValue *decimal.Decimal
	Values             []decimal.Decimal
	// Wording must be contained in the wording, Search in any of the wordings, the counterparty or the comment; both without
	// regard to case.
	Wording, Search string
	// UpdatedAfter keeps what was written strictly after it.
	UpdatedAfter *time.Time
	Offset       int
	// Limit is the most to give.
	Limit int
}

// TransactionCursor is a position in a list of transactions.
type TransactionCursor struct {
	Date time.Time
	ID   int64
}

// Reader reads a user's data. Every method is bound to a user: a foreign id is the same fault.NotFound as an absent one.
type Reader interface {
	// Connections lists a user's connections, oldest first.
	Connections(ctx context.Context, userID int64) ([]Connection, error)
	// Connection reads one of a user's connections.
	Connection(ctx context.Context, userID, id int64) (Connection, error)
	// UserAccounts lists a user's accounts; connectionID 0 means all connections. With all, disabled ones too. Accounts
	// that the bank deleted are left out.
	UserAccounts(ctx context.Context, userID, connectionID int64, all bool) ([]Account, error)
	// Account reads one of a user's accounts; without all, a disabled one is fault.NotFound.
	Account(ctx context.Context, userID, id int64, all bool) (Account, error)
	// Transactions lists movements of enabled accounts, date descending then id ascending.
	Transactions(ctx context.Context, f TransactionFilter) ([]Transaction, error)
	// Transaction reads one movement of an enabled account of the user.
	Transaction(ctx context.Context, userID, id int64) (Transaction, error)
}
