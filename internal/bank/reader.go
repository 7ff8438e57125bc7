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
	// AccountIDs keeps those of several accounts, AccountTypes those of accounts of these types.
	AccountIDs   []int64
	AccountTypes []AccountType
	// ID keeps the one movement.
	ID int64
	// Coming keeps pending movements alone (true) or booked ones alone (false).
	Coming *bool
	// Upcoming keeps pending movements of deferred cards alone (true) or all others (false).
	Upcoming *bool
	// Category keeps movements whose first category has this code; the empty one keeps those without.
	Category *string
	// CreatedFrom keeps what was stored first at that time or later.
	CreatedFrom *time.Time
	// Unlisted includes movements of accounts that the bank lists no more.
	Unlisted bool
	Offset   int
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
	// Channels lists a user's connections with how each stands, the ways in of one login side by side, oldest login first. A group
	// other than 0 keeps that one alone, and is fault.NotFound where the user has none of that id.
	Channels(ctx context.Context, userID, group int64) ([]Channel, error)
	// ChannelAccounts lists a user's accounts, oldest first: those not shared and those that the bank lists no more too, but none
	// that was removed, and none that was not shared and is listed no more or is shared through another way into the same login. An id
	// other than 0 keeps that one alone, and is fault.NotFound where it is not among them.
	ChannelAccounts(ctx context.Context, userID, id int64) ([]ChannelAccount, error)
}

// Channel is a connection seen as one way into a login, with what tells how it stands.
type Channel struct {
	Connection
	// Reading says that a reading is queued or under way.
	Reading bool
	// LastEnd is when the last try to read it ended, well or not; nil before the first.
	LastEnd *time.Time
	// Owner is who the bank says owns the first of its shared accounts.
	Owner string
	// Open and Closed count its shared accounts: those that are read, and those that were archived.
	Open, Closed int
}

// ChannelAccount is an account with what is to be known of its connection.
type ChannelAccount struct {
	Account
	GroupID, ConnectorID int64
	State                ConnectionState
}
