package queue

import (
	"time"

	"passerelle/internal/bank"
)

// Name says what happened.
type Name string

// The names, in the order of a visit and of the reading that follows it.
const (
	// Opened is the first event of each queue.
	Opened Name = "QUEUE_OPENED"
	// BankChosen: the end user chose a connector, or one of its sources.
	BankChosen Name = "BANK_CHOSEN"
	// ConnectionStarted: the bank is asked, for the first time or again.
	ConnectionStarted Name = "CONNECTION_STARTED"
	// Redirected: the end user is sent to the bank's own page.
	Redirected Name = "REDIRECT_REQUIRED"
	// ChallengeRequired: the bank wants more of the end user; Details.Challenge says what.
	ChallengeRequired Name = "CHALLENGE_REQUIRED"
	// ChallengeAnswered: the end user answered, or came back from the bank's page.
	ChallengeAnswered Name = "CHALLENGE_ANSWERED"
	// CredentialsChecked: the bank said yes, and the connection is kept.
	CredentialsChecked Name = "CREDENTIALS_CHECKED"
	// AuthFailed: the bank refused who the end user said they are, or they refused.
	AuthFailed Name = "AUTH_FAILED"
	// TokenExpired: the bank wants strong authentication again.
	TokenExpired Name = "TOKEN_EXPIRED"
	// ActionRequired: the end user must do something at the bank first.
	ActionRequired Name = "USER_ACTION_REQUIRED"
	// ConnectionFailed: it did not come to an answer of the bank's, or to none that is understood.
	ConnectionFailed Name = "CONNECTION_FAILED"
	// ListAccounts: the accounts of a source were read.
	ListAccounts Name = "LIST_ACCOUNTS"
	// ConsentGiven: the end user agreed to share accounts.
	ConsentGiven Name = "CONSENT_GIVEN"
	// VisitEnded: the end user is sent back, or did not finish in time; Details.Result says how it ended.
	VisitEnded Name = "VISIT_ENDED"
	// SyncStarted and SyncEnded: a source is read. One that was cut short is begun again, and says so again.
	SyncStarted Name = "SYNC_STARTED"
	SyncEnded   Name = "SYNC_ENDED"
	// ChannelDeleted: a source's connection is gone while another of the same login stays; ConnectionDeleted: the last is gone.
	ChannelDeleted    Name = "CHANNEL_DELETED"
	ConnectionDeleted Name = "CONNECTION_DELETED"
	// Full is the last event of a queue that holds as many as it may.
	Full Name = "QUEUE_FULL"
)

// Challenges are what a bank wants of the end user, in Details.Challenge.
const (
	ChallengeForm     = "FORM"
	ChallengeApproval = "APPROVAL"
	ChallengeAccounts = "ACCOUNTS"
)

// Event is one thing that happened, as one queue holds it.
type Event struct {
	// Seq counts the events of a queue from 1 on.
	Seq     int64
	Name    Name
	Created time.Time
	// AttemptID is the visit in which it happened; empty for what happened in the background.
	AttemptID string
	// ConnectorUUID and Source say at which bank and which way in, as far as they are known.
	ConnectorUUID, Source string
	// ConnectionID is 0 as long as there is none; GroupID joins the ways in of one login (bank.Connection).
	ConnectionID, GroupID int64
	Details               Details
}

// Details are what is to be said of an event beside its name. It holds ids and states alone: no words of a bank's, nothing typed.
type Details struct {
	// State is how the connection stands after it; nil where the event does not say.
	State *bank.ConnectionState `json:"state,omitempty"`
	// Challenge is what the bank wants.
	Challenge string `json:"challenge,omitempty"`
	// Accounts are those that the bank lists.
	Accounts []int64 `json:"accounts,omitempty"`
	// NewTransactions says whether a reading brought movements that were not known.
	NewTransactions *bool `json:"new_transactions,omitempty"`
	// Result is how a visit ended: success, failed, cancelled or expired.
	Result string `json:"result,omitempty"`
}

// Failure is the event that says how a login or a reading through a source failed, by the state that it leaves.
func Failure(state bank.ConnectionState, source string) Name {
	switch state {
	case bank.StateWrongpass:
		return AuthFailed
	case bank.StateSCARequired:
		// What strong authentication mends is asked for here, or at the bank's own page.
		if source != bank.SourceOpenAPI {
			return ChallengeRequired
		}
		return TokenExpired
	case bank.StateWebauthRequired:
		return TokenExpired
	case bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateValidating:
		return ChallengeRequired
	case bank.StatePasswordExpired, bank.StateActionNeeded:
		return ActionRequired
	}
	return ConnectionFailed
}
