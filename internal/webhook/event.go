package webhook

import (
	"slices"
	"time"

	"passerelle/internal/bank"
)

// Event names. The upper-case ones are Powens'; the dotted ones are ours.
const (
	UserCreated        = "USER_CREATED"
	UserDeleted        = "USER_DELETED"
	UserSynced         = "USER_SYNCED"
	ConnectionSynced   = "CONNECTION_SYNCED"
	ConnectionDeleted  = "CONNECTION_DELETED"
	AccountsFetched    = "ACCOUNTS_FETCHED"
	AccountFound       = "ACCOUNT_FOUND"
	AccountSynced      = "ACCOUNT_SYNCED"
	AccountCategorized = "ACCOUNT_CATEGORIZED"
	AccountEnabled     = "ACCOUNT_ENABLED"
	AccountDisabled    = "ACCOUNT_DISABLED"
	// ConnectionSaved says that a bank said yes and the connection is kept; what is shared is not decided yet.
	ConnectionSaved = "connection.saved"
	// ConsentEnding says that the consent at the bank ends soon.
	ConsentEnding = "connection.consent_ending"
	// CodeReplayed says that a spent code was presented again and what it gave was revoked; also of a refresh token that was used again,
	// with which all tokens of its family end.
	CodeReplayed = "code.replayed"
	// Test is what an operator sends to see a receiver answer.
	Test = "webhook.test"
	// Every is what a receiver registers for that wants all of them.
	Every = "*"
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

	// Connection is the connection concerned where it is gone by the time that the event is written. It is not stored.
	Connection *bank.Connection
	// Refused says of a ConnectionSynced that nothing was read: a bank refused a login in a visit. It is not stored.
	Refused bool
	// Quiet keeps the event in the log alone: it concerns a user whom nobody was told of.
	Quiet bool
}

// Kind is a name that a receiver can register for.
type Kind struct {
	// ID is our number of it. Numbers stay: append, never renumber.
	ID   int
	Name string
	// Sent is false for names that are known so that a registration succeeds, while nothing here ever causes them.
	Sent bool
	// About says when it is sent, in words.
	About string
}

// Kinds are all names that can be registered for.
var Kinds = []Kind{
	{1, UserCreated, true, "A user is permanent from now on."},
	{2, UserDeleted, true, "A user and everything of theirs is gone; holds the id alone."},
	{3, ConnectionSynced, true, "A connection was read, or could not be: see connection.state. Holds what is new since the last one."},
	{4, ConnectionDeleted, true, "A connection is gone with everything read through it."},
	{5, AccountsFetched, true, "The accounts of a connection were read, transactions not yet."},
	{6, AccountSynced, true, "A shared account was read; holds its new transactions."},
	{7, AccountFound, true, "A new account is known; it is disabled until it is shared."},
	{8, AccountEnabled, true, "An account is shared."},
	{9, AccountDisabled, true, "An account is shared no more; what was read from it is gone."},
	{10, AccountCategorized, true, "New transactions of an account are ready. Sent after a read; categories stay empty."},
	{11, UserSynced, true, "Deprecated: CONNECTION_SYNCED in its older shape, one connection at a time."},
	{12, "ACCOUNT_OWNERSHIPS_FOUND", false, "Never sent: owners are not read."},
	{13, "SUBSCRIPTION_FOUND", false, "Never sent: documents are not read."},
	{14, "SUBSCRIPTION_SYNCED", false, "Never sent: documents are not read."},
	{15, "TRANSACTION_ATTACHMENTS_FOUND", false, "Never sent: attachments are not read."},
	{16, "PAYMENT_STATE_UPDATED", false, "Never sent: payments are not made."},
	{17, ConnectionSaved, true, "A bank said yes; what is shared is not decided yet."},
	{18, ConsentEnding, true, "The consent at the bank ends soon: the end user should renew it."},
	{19, CodeReplayed, true, "A spent authorization code or a used refresh token was presented again; what it gave was revoked."},
	{20, Test, true, "Sent by hand, to see a receiver answer."},
	{21, Every, true, "Every event; the header Passerelle-Event names it."},
}

// KindOf finds a kind by its name.
func KindOf(name string) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds[i], true
}

// Derived are the names that go out together with an event, before it, to those who registered for them. They have no entry in
// the log: they say the same in other words.
func Derived(name string) []string {
	if name == ConnectionSynced {
		return []string{AccountSynced, AccountCategorized, UserSynced}
	}
	return nil
}
