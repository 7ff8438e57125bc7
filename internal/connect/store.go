package connect

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/grant"
)

// ErrStale is answered by the conditional verbs below when the attempt has moved on meanwhile: nothing was changed.
var ErrStale = errors.New("the attempt has moved on")

// Store keeps attempts and what they make. Every verb that moves an attempt is conditional on its step (UPDATE … WHERE id
// and step), raises the step by one, and leaves everything untouched when it does not match. Private is sealed by the store
// with the associated data attempts:private:<id>, sessions with connections:session:<id>.
type Store interface {
	// CreateAttempt stores a new attempt. With openCode (the id of a temporary code) a single code is marked as opened by
	// this attempt in the same transaction, by one conditional statement: when it was opened or consumed before, or has
	// expired, nothing is stored and the error is ErrCodeSpent.
	CreateAttempt(ctx context.Context, a *Attempt, openCode string) error
	// Attempt reads one; absent is fault.NotFound.
	Attempt(ctx context.Context, id string) (*Attempt, error)
	// AttemptOpenedBy finds the attempt that a single code opened; absent is fault.NotFound.
	AttemptOpenedBy(ctx context.Context, codeID string) (*Attempt, error)
	// MoveAttempt writes the attempt as it stands, if its stored step still is fromStep, and sets a.Step to fromStep+1.
	// With callback not nil, a callback state is stored in the same transaction.
	MoveAttempt(ctx context.Context, a *Attempt, fromStep int, callback *CallbackState) error
	// LeaseAttempt takes the attempt for a worker until a time, if no other lease is live at now and the stored step is
	// fromStep. The step is not raised. False when another holds it or the attempt moved. What a worker of another process holds that
	// lives is not taken, even when its lease is over by the clock of this one.
	LeaseAttempt(ctx context.Context, id string, fromStep int, now, until time.Time) (bool, error)
	// PromoteBind makes the next bind hash of an attempt the only one, if it still is its next one: the browser has shown
	// that it holds the new secret, so the old one is worth nothing from now on. The step is not raised.
	PromoteBind(ctx context.Context, id string, next []byte) error
	// RenewLease extends a lease that the caller holds, if the stored step still is fromStep.
	RenewLease(ctx context.Context, id string, fromStep int, until time.Time) (bool, error)
	// RestAttempt gives a lease back, if the stored step still is fromStep: from the time on, or at once where it is nil, any
	// process may take the attempt up.
	RestAttempt(ctx context.Context, id string, fromStep int, until *time.Time) (bool, error)
	// FinishAttempt moves the attempt to its end and stores the callback code, if there is one, in one transaction.
	FinishAttempt(ctx context.Context, a *Attempt, fromStep int, code *grant.Code) error
	// AttemptByCallback finds the attempt of a callback state without spending it. Absent or expired is fault.NotFound; a
	// spent one is found too, with spent true, so that a repeated callback lands on the right page.
	AttemptByCallback(ctx context.Context, stateHash []byte, now time.Time) (a *Attempt, spent bool, err error)
	// SpendCallback spends a callback state by one conditional statement. False when it was spent before or has expired.
	SpendCallback(ctx context.Context, stateHash []byte, now time.Time) (bool, error)
	// SaveConnection stores what a bank's yes made, in one transaction: the user when the attempt has none, the connection
	// (an existing one of the same user, connector, source and owner key keeps its id and gets the new session) with the time
	// of its next reading, the event, and the move of the attempt (its UserID and ConnectionID are set). No job yet: what is
	// to be read is known when the accounts are chosen. With Connection.ID set it is a reconnect of that one, which keeps its
	// id and its accounts and moves to the source that was used; ErrOtherOwner when the bank names another owner than it has,
	// or one whose connection is another, and fault.NotFound when it is gone: then nothing was changed. But one that its bank
	// never said yes to, begun by API, and that turns out to be a login which the user has connected already, is deleted with
	// the event CONNECTION_DELETED, and that other one is mended instead. A connection that was there loses its state and all that was asked, pending or counted against it.
	SaveConnection(ctx context.Context, s SaveConnection) error
	// FinishSelection stores the end user's choice of accounts in one transaction: accounts enabled and disabled, consent
	// records, whether consent is for all accounts, the code if there is one, the sync jobs, events, and the move of the attempt.
	// One that is enabled is neither removed nor archived any more; one that is shared through another way into the same login is not
	// enabled, and of two that are one account the first is. A request without automatic reading has the connection read
	// once and left alone after that.
	FinishSelection(ctx context.Context, f FinishSelection) error
	// FinishReconnect moves the attempt on from a connection that needs no choice of accounts, in one transaction with its sync
	// job and the code, if there is one.
	FinishReconnect(ctx context.Context, a *Attempt, fromStep int, code *grant.Code) error
	// Standing says what a reconnect must know of a connection besides what others see; absent is fault.NotFound.
	Standing(ctx context.Context, connectionID int64) (Standing, error)
	// TakeTry counts a password on its way to a connection's bank, by one conditional statement. False, and nothing counted,
	// when most were counted already and the last of them is younger than TriesKept; older ones count no more.
	TakeTry(ctx context.Context, connectionID int64, most int, now time.Time) (bool, error)
	// GiveBackTry takes back what TakeTry counted: the password was not refused.
	GiveBackTry(ctx context.Context, connectionID int64) error
	// NoteRefusal records that a bank refused what a connection keeps: its state, the fields that are wanted instead, no further
	// reading by itself, and the event, in one transaction. A connection that is gone is no error.
	NoteRefusal(ctx context.Context, r Refusal) error
	// ConsentEnds says until when a user's accounts are shared with a client application, by connection: the earliest date of
	// those shared now. A connection without such a record is not in it.
	ConsentEnds(ctx context.Context, userID, clientID int64) (map[int64]time.Time, error)
	// Extent counts what would go with one of a user's connections.
	Extent(ctx context.Context, userID, connectionID int64) (Removal, error)
	// Accounts lists a connection's accounts, disabled ones too.
	Accounts(ctx context.Context, connectionID int64) ([]bank.Account, error)
	// ReadSince says how the first try to read a connection ended that began at a time or later, by the state that it left, and
	// whether there was one. An absent connection is fault.NotFound.
	ReadSince(ctx context.Context, connectionID int64, since time.Time) (state bank.ConnectionState, ended bool, err error)
	// CountNotListed counts that somebody's bank was not listed, by what was typed; no personal data.
	CountNotListed(ctx context.Context, clientID int64, query string, now time.Time) error
	// ExpireAttempts ends visits whose time is over: their private state is wiped. At most limit; says how many.
	ExpireAttempts(ctx context.Context, now time.Time, limit int) (int, error)
}

// ErrCodeSpent is answered when a single-use temporary code has opened a visit before, or has expired.
var ErrCodeSpent = errors.New("the code has been used or has expired")

// ErrOtherOwner is answered when a reconnect was made by somebody else than whose connection it is.
var ErrOtherOwner = errors.New("the bank names another owner")

// Standing is what a reconnect must know of a connection besides what others see.
type Standing struct {
	// Source is the way in that the session belongs to. Session is nil where there is none and where it does not open.
	Source  string
	Session Private
	// Tries counts the passwords in a row that the bank refused, the last at LastTry.
	Tries   int
	LastTry *time.Time
}

// TriesAt says how many tries still count, and for how long.
func (s Standing) TriesAt(now time.Time) (n int, left time.Duration) {
	if s.LastTry == nil {
		return 0, 0
	}
	if left = s.LastTry.Add(TriesKept).Sub(now); left <= 0 {
		return 0, 0
	}
	return s.Tries, left
}

// Refusal is the input of Store.NoteRefusal.
type Refusal struct {
	ConnectionID int64
	State        bank.ConnectionState
	// Message is the bank's own text. Asked are the fields that are wanted instead.
	Message string
	Asked   []bank.Field
	Now     time.Time
}

// CallbackState is what finds an attempt when the bank sends a browser back.
type CallbackState struct {
	// Hash is SHA-256 of the state parameter.
	Hash      []byte
	AttemptID string
	ExpiresAt time.Time
}

// SaveConnection is the input of Store.SaveConnection.
type SaveConnection struct {
	Attempt  *Attempt
	FromStep int
	// Connection has its ConnectorUUID, ConnectorID, ConnectorName, Source, OwnerKey, ConsentUntil, NextTry, ByAPI set, and its ID
	// when it is one to be reconnected.
	Connection bank.Connection
	// Session is the connector's session, plaintext; the store seals it.
	Session Private
	// NewUser is stored first when the attempt has no user.
	NewUser *grant.User
	Now     time.Time
}

// FinishSelection is the input of Store.FinishSelection.
type FinishSelection struct {
	Attempt  *Attempt
	FromStep int
	// Enable are the ids of the accounts that the end user shared, Keep those that they were not asked about and that stay as
	// they are. Every other account of the connection is disabled and what was read from it is deleted.
	Enable []int64
	Keep   []int64
	// Also are further connections that the choice was about; each is read if something of it is shared.
	Also []int64
	// All says that the end user agreed to all accounts, those to come too.
	All bool
	// Rest leaves out the sync job: nothing is shared any more.
	Rest    bool
	Consent ConsentTerms
	// Code is the callback code to store, nil when the visit began with a code or goes on.
	Code *grant.Code
	Now  time.Time
}

// ConsentTerms are recorded with each account (GDPR art. 7(1)).
type ConsentTerms struct {
	Purpose  string
	TextHash string
	Lang     string
	Until    time.Time
}
