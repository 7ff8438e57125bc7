package webhook

import "time"

// Event names. The upper-case ones are Powens'; the dotted ones are ours, for security.
const (
	UserCreated       = "USER_CREATED"
	UserDeleted       = "USER_DELETED"
	ConnectionSynced  = "CONNECTION_SYNCED"
	ConnectionDeleted = "CONNECTION_DELETED"
	AccountsFetched   = "ACCOUNTS_FETCHED"
	AccountFound      = "ACCOUNT_FOUND"
	AccountEnabled    = "ACCOUNT_ENABLED"
	AccountDisabled   = "ACCOUNT_DISABLED"
	// ConnectionSaved says that a bank said yes and the connection is kept; what is shared is not decided yet.
	ConnectionSaved = "connection.saved"
	// CodeReplayed says that a spent code was presented again and what it gave was revoked.
	CodeReplayed = "code.replayed"
)

// Event is one entry of the log.
type Event struct {
	ID           int64
	Domain       string
	Name         string
	UserID       int64
	ConnectionID int64
	AccountID    int64
	// Payload is JSON; it never holds credentials or full account numbers.
	Payload string
	Created time.Time
}
