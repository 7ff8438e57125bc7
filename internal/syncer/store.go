package syncer

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
)

// Job kinds and arguments. They are enqueued by the store in the transaction that caused them.

// JobSync is the kind of the job that reads a connection.
const JobSync = "sync_connection"

// SyncArgs are the arguments of a sync job. It implements river.JobArgs.
type SyncArgs struct {
	ConnectionID int64 `json:"connection_id"`
	// Unattended says that nobody asked for the reading: it counts among those that the law allows in a day without the end
	// user. One that follows from what somebody just did (accounts were shared, a bank said yes) does not.
	Unattended bool `json:"unattended,omitempty"`
}

// Kind names the job.
func (SyncArgs) Kind() string { return JobSync }

// ErrSession is answered for a connection whose session is there and cannot be opened: it was damaged or moved, or sealed with
// a key that is gone. Nothing can be read through the connection any more, but it can be removed.
var ErrSession = errors.New("the session cannot be opened")

// Store keeps what is read from banks.
type Store interface {
	// ConnectionSession reads a connection with its unsealed session; absent is fault.NotFound, a session that does not open
	// is ErrSession.
	ConnectionSession(ctx context.Context, id int64) (bank.Connection, []byte, error)
	// Accounts lists a connection's accounts, disabled and deleted ones too.
	Accounts(ctx context.Context, connectionID int64) ([]bank.Account, error)
	// RotateSession replaces a connection's session.
	RotateSession(ctx context.Context, id int64, session []byte, consentUntil *time.Time) error
	// SaveAccounts adds new accounts as disabled, refreshes known ones (by Key) unless they were archived or removed, and marks those
	// not listed as deleted unless archived, in one transaction with the event ACCOUNTS_FETCHED and an ACCOUNT_FOUND for each new
	// one. Where the end user agreed to all accounts, and that still holds, new ones are shared by it, with its record, the event
	// ACCOUNT_ENABLED and a sync job. It gives all of the connection's accounts with their ids.
	SaveAccounts(ctx context.Context, connectionID int64, accounts []bank.Account, now time.Time) ([]bank.Account, error)
	// SaveTransactions upserts movements of one account by Key; a disabled or archived account takes none. Idempotent. It says how
	// many were new.
	SaveTransactions(ctx context.Context, accountID int64, transactions []bank.Transaction, now time.Time) (int, error)
	// MergeTransactions is SaveTransactions of what a pull brings, portion by portion: a movement that is not known by its Key and is
	// the same as one that is there (the announced one that it books, the one whose bank gave it another name) takes its place and
	// keeps its id. What was stored is noted in pulled.
	MergeTransactions(ctx context.Context, accountID int64, transactions []bank.Transaction, pulled *Pulled, now time.Time) (int, error)
	// SettleTransactions marks as deleted what a bank lists no more after a pull that brought the account whole: announced movements,
	// and booked ones after the earliest day that came. It says how many.
	SettleTransactions(ctx context.Context, accountID int64, pulled *Pulled, now time.Time) (int, error)
	// BeginSync tells whoever follows the connection's user that a reading begins. An absent connection is no error.
	BeginSync(ctx context.Context, connectionID int64, now time.Time) error
	// FinishSync records how a sync ended, with the entry of the connection's log and the event CONNECTION_SYNCED in the same
	// transaction. A question that was pending is over with it. One that is not to be read by itself is paused once what is shared
	// was read.
	FinishSync(ctx context.Context, connectionID int64, end SyncEnd) error
	// DueConnections lists connections whose next try has come, at most limit, and pushes their next try on by the lease
	// so that another process does not take them too; a sync job for each is enqueued in the same transaction.
	DueConnections(ctx context.Context, now time.Time, lease time.Duration, limit int) (int, error)
	// UnattendedReads counts the readings without the end user that got something since a time, and says when the oldest of
	// them began; none is zero and a zero time.
	UnattendedReads(ctx context.Context, connectionID int64, since time.Time) (int, time.Time, error)
	// Postpone sets a connection's next try. An absent connection is no error: there is nothing to try.
	Postpone(ctx context.Context, connectionID int64, until time.Time) error
}

// SyncEnd is how a sync ended.
type SyncEnd struct {
	State        bank.ConnectionState
	ErrorMessage string
	// Success is the time of a good sync; nil otherwise.
	Success *time.Time
	// Unshared says that nothing is shared, so that accounts alone were read. That is no success while nobody agreed to anything
	// and the connection was made on the pages: the end user still chooses, and clients that wait for the first success expect
	// transactions with it. A client backend that made the connection waits for the accounts.
	Unshared bool
	NextTry  *time.Time
	// Asked are the fields that must be typed again, in the states that wait for them.
	Asked []bank.Field
	// Attended says that the end user was there or had just asked; Read that the bank gave something.
	Attended, Read bool
	// Started is when the sync began; zero means Now.
	Started time.Time
	Now     time.Time
}
