package bank

import (
	"context"
	"time"
)

// ChangeAccounts asks for one change of several of a user's accounts: all of them or none.
type ChangeAccounts struct {
	UserID int64
	// ConnectionID, if not 0, is the connection that all of them must belong to.
	ConnectionID int64
	IDs          []int64
	// All lets disabled accounts be named too; without it they are absent.
	All    bool
	Change AccountChange
	// ClientID is the client application that asks, and Until when a consent given here ends at the latest: both go on record.
	ClientID int64
	Until    time.Time
	Now      time.Time
}

// Writer changes a user's data on behalf of a client application. Every method is bound to a user: a foreign id is the same
// fault.NotFound as an absent one.
type Writer interface {
	// ChangeAccounts changes accounts and gives them as they are then, in the order asked for. Enabling one is the end user's
	// consent: it is recorded, told by an event, and a sync is queued, in one transaction. Where only the end user gives it, on a
	// page, it is fault.Conflict. Disabling withdraws it and deletes what was read from the account.
	ChangeAccounts(ctx context.Context, c ChangeAccounts) ([]Account, error)
	// ChangeTransaction changes one movement of an enabled account and gives it as it is then.
	ChangeTransaction(ctx context.Context, userID, id int64, c TransactionChange, now time.Time) (Transaction, error)
}
