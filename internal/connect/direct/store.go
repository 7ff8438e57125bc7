package direct

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// Store keeps connections that are begun by API. internal/store implements it. Session and Pending are plaintext here and
// sealed there, with the associated data connections:session:<id> and connections:pending:<id>.
type Store interface {
	// OpenConnection reads a user's connection with what is sealed in it; a foreign or absent one is fault.NotFound. A session
	// that cannot be opened counts as none.
	OpenConnection(ctx context.Context, userID, id int64) (Record, error)
	// ParkConnection writes what a bank left open, with an entry of the connection's log where one is given, in one transaction,
	// and gives the connection's id: a new one where Park has none. An existing connection is written only if its session and
	// pending state are still those seen; otherwise nothing is changed and the error is connect.ErrStale.
	ParkConnection(ctx context.Context, p Park) (int64, error)
	// KeepConnection stores a bank's yes with the event connection.saved, in one transaction, and gives the connection's id:
	// that of the user's connection with the same connector, source and owner key where there is one, else the one named, else a
	// new one. An unfinished connection that turns out to be another one is deleted, with the event CONNECTION_DELETED. A
	// finished one whose owner key is another is connect.ErrOtherOwner; a named one that is gone, or a user who is, is fault.NotFound.
	KeepConnection(ctx context.Context, k Keep) (int64, error)
	// MarkValidating notes that a talk with the bank goes on behind the answer, until a time at the latest.
	MarkValidating(ctx context.Context, id int64, until time.Time) error
	// RescueValidating ends the state validating of a connection that nobody talks for any more. A finished connection reads again
	// at once; an unfinished one waits for the client backend.
	RescueValidating(ctx context.Context, id int64, now time.Time) error
	// ForceSync claims a forced reading by one conditional statement: false when the last one was claimed less than a pause ago.
	ForceSync(ctx context.Context, userID, id int64, now time.Time, pause time.Duration) (bool, error)
	// AttendedReads counts the readings that somebody asked for and that got something since a time, and says when the oldest of
	// them began; none is zero and a zero time.
	AttendedReads(ctx context.Context, connectionID int64, since time.Time) (int, time.Time, error)
	// SetConnection changes what the client backend may set; a foreign or absent connection is fault.NotFound.
	SetConnection(ctx context.Context, userID, id int64, set Settings, now time.Time) error
	// TakeTry, GiveBackTry and Standing are those of connect.Store: refused passwords count alike, whoever sends them.
	TakeTry(ctx context.Context, connectionID int64, most int, now time.Time) (bool, error)
	GiveBackTry(ctx context.Context, connectionID int64) error
	Standing(ctx context.Context, connectionID int64) (connect.Standing, error)
	// TakeCreation counts identifiers on their way to the bank of a user's connection that the bank has not said yes to, by one
	// conditional statement. When most were counted at the connector already and the last of them is younger than
	// connect.TriesKept, nothing is counted and the time is when the next one may be; else it is zero. An absent user is
	// fault.NotFound.
	TakeCreation(ctx context.Context, userID int64, connectorUUID string, most int, now time.Time) (time.Time, error)
	// GiveBackCreation takes back what TakeCreation counted.
	GiveBackCreation(ctx context.Context, userID int64, connectorUUID string) error
	// TakeLogin counts identifiers on their way to the bank of a login, whoever's user they come from, as TakeCreation does. A
	// login is a keyed hash of it.
	TakeLogin(ctx context.Context, login []byte, most int, now time.Time) (time.Time, error)
	// GiveBackLogin takes back what TakeLogin counted; ForgetLogin all that was counted.
	GiveBackLogin(ctx context.Context, login []byte) error
	// TriesRefused and TriesBarred are those of connect.Tries.
	TriesRefused(ctx context.Context, t connect.Tried) error
	TriesBarred(ctx context.Context, t connect.Tried, most int, now time.Time) (bool, error)
	ForgetLogin(ctx context.Context, login []byte) error
	// Unfinished counts a user's connections that their banks have not said yes to, and says when the first of them goes away.
	Unfinished(ctx context.Context, userID int64) (int, time.Time, error)
	// QueueSyncs enqueues readings of connections. Those that are read by hand alone are switched on for as long as that takes; what
	// was switched off otherwise stays off.
	QueueSyncs(ctx context.Context, ids []int64, unattended bool) error
	// Connections lists a user's connections, oldest first.
	Connections(ctx context.Context, userID int64) ([]bank.Connection, error)
}

// Record is a connection with what is sealed in it.
type Record struct {
	Connection bank.Connection
	Session    []byte
	Pending    []byte
	Seen       Seen
}

// Seen are a connection's sealed columns as they were read: a write that hands them back is made only if they are the same.
type Seen struct{ Session, Pending []byte }

// Park is what a bank left open.
type Park struct {
	UserID int64
	// ConnectionID is 0 for a new connection.
	ConnectionID int64
	Seen         Seen
	// Connection has ConnectorUUID, ConnectorID, ConnectorName and Source set; they are written to new connections.
	Connection   bank.Connection
	State        bank.ConnectionState
	ErrorMessage string
	Asked        []bank.Field
	AskedUntil   *time.Time
	Pending      []byte
	// ExpireAt is written to unfinished connections, NextTry to finished ones.
	ExpireAt *time.Time
	NextTry  *time.Time
	// Log is written when Started is set.
	Started time.Time
	Now     time.Time
}

// Keep is a bank's yes.
type Keep struct {
	UserID       int64
	ConnectionID int64
	// Connection has ConnectorUUID, ConnectorID, ConnectorName, Source, OwnerKey, ConsentUntil and NextTry set.
	Connection bank.Connection
	Session    []byte
	Now        time.Time
}

// Settings are what a client backend may set of a connection; nil leaves a value as it is.
type Settings struct {
	Active *bool
	// Expire points to when the connection goes away by itself, or to nil for never.
	Expire **time.Time
}

func (s Settings) none() bool { return s.Active == nil && s.Expire == nil }
