package connector

import (
	"context"
	"net/url"
	"time"

	"passerelle/internal/bank"
)

// Connector is one connector kind. Implementations are safe for concurrent use and keep nothing between calls.
// Every method honours its context; the host sets the deadline.
type Connector interface {
	// Describe tells what the kind is and can do. It is static and may be cached.
	Describe(ctx context.Context) (Manifest, error)
	// Begin starts connecting, reconnecting or renewing. Errors are *Error.
	Begin(ctx context.Context, in BeginInput) (Step, error)
	// Advance goes on from the state of the last step with an answer, a callback, a tick or a cancellation. After
	// EventCancel the returned step is ignored: it is the chance to tell the bank.
	Advance(ctx context.Context, in AdvanceInput) (Step, error)
	// Pull reads accounts, and the transactions of the chosen ones, into a sink.
	Pull(ctx context.Context, in PullInput, out Sink) (PullResult, error)
	// Revoke tells the bank that the consent has ended. A bank that does not know it any more is not an error.
	Revoke(ctx context.Context, in RevokeInput) error
}

// Manifest describes a kind.
type Manifest struct {
	// Kind is the folder name, such as "testbank"; Name is for operators.
	Kind, Name string
	// Protocol is the version of this contract, ProtocolVersion.
	Protocol int
	Features Features
	Limits   Limits
	// Settings are what the operator must configure (keys, certificates, base URLs).
	Settings []bank.Field
}

// ProtocolVersion is the version of this contract.
const ProtocolVersion = 1

// Features say what a kind can read and do.
type Features struct {
	Accounts, Balances, Transactions, Pending, Owner, Cards, Loans bool
	// Background says that pulls work without the end user.
	Background bool
	// AccountChoiceAtBank says that the end user picks accounts on the bank's page.
	AccountChoiceAtBank bool
}

// Limits are the bank's or the law's.
type Limits struct {
	// UnattendedPerDay is how often accounts may be read without the end user (4 by RTS art. 36(5)(b)).
	UnattendedPerDay int
	// MaxConsent is the longest consent (180 days by RTS art. 10a).
	MaxConsent time.Duration
	// HistoryDays is how far back transactions go.
	HistoryDays int
	// MinPollEvery is the shortest pause between ticks of a Wait.
	MinPollEvery time.Duration
}

// Mode says why Begin is called.
type Mode string

// The modes.
const (
	ModeConnect    Mode = "connect"
	ModeReconnect  Mode = "reconnect"
	ModeRenew      Mode = "renew"
	ModeBackground Mode = "background"
)

// Opaque is state that only the connector reads. It may hold secrets: the host keeps it sealed and never logs it.
type Opaque []byte

// LogValue keeps the state out of logs.
func (Opaque) String() string { return "***" }

// GoString keeps the state out of %#v.
func (Opaque) GoString() string { return "***" }

// Institution says which institution of the kind is meant.
type Institution struct {
	UUID, Name string
	// Settings is the directory entry's settings, JSON.
	Settings string
	Fields   []bank.Field
}

// PSU tells of the end user (payment service user) as the bank may want to know them.
type PSU struct {
	// Present is true while the end user is there. IP and UserAgent are empty otherwise.
	Present   bool
	IP        string
	UserAgent string
	// Lang is a BCP 47 primary tag.
	Lang string
}

// Callback is where the bank sends the browser back. The connector passes State on as the protocol's state parameter;
// the host finds the attempt by it.
type Callback struct {
	URL   string
	State bank.Secret
}

// Want says what is wanted of the bank.
type Want struct {
	HistoryFrom time.Time
	ValidUntil  time.Time
	Usages      []bank.Usage
}

// BeginInput is what Begin gets.
type BeginInput struct {
	Mode        Mode
	Institution Institution
	Source      string
	// Values are what was typed. A reconnect, a renewal and the background may leave some or all out: those are taken from
	// Previous.
	Values map[string]bank.Secret
	// Previous is the connection's session, for reconnect, renew and background.
	Previous Opaque
	Callback Callback
	PSU      PSU
	Want     Want
	Now      time.Time
}

// AdvanceInput is what Advance gets.
type AdvanceInput struct {
	Institution Institution
	Source      string
	State       Opaque
	Event       Event
	Callback    Callback
	PSU         PSU
	Now         time.Time
}

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	// EventAnswers: the end user filled in the form of an Ask.
	EventAnswers EventKind = "answers"
	// EventCallback: the bank sent the browser back.
	EventCallback EventKind = "callback"
	// EventTick: time to look whether a Wait is over.
	EventTick EventKind = "tick"
	// EventAccounts: the end user picked accounts of a Pick.
	EventAccounts EventKind = "accounts"
	// EventCancel: the end user or the clock ended the attempt.
	EventCancel EventKind = "cancel"
)

// Event is what happened since the last step.
type Event struct {
	Kind     EventKind
	Answers  map[string]bank.Secret
	Callback url.Values
	// Accounts are the keys of the picked accounts.
	Accounts []string
}

// Step is what comes next. Exactly one of the pointers is set.
type Step struct {
	// State goes back in the next Advance.
	State Opaque
	// Deadline is when the bank gives up on this step; zero when unknown.
	Deadline time.Time
	Ask      *Ask
	Redirect *Redirect
	Wait     *Wait
	Pick     *Pick
	Done     *Done
}

// Ask is a form: a challenge, or a second page of identifiers.
type Ask struct {
	Fields []bank.Field
	// Message is what the bank says; untrusted plain text.
	Message bank.Text
	// Medium is sms, email, app, card, image or empty. Target is masked, such as "•• 42".
	Medium, Target string
	// Image is a PNG or JPEG to be looked at, of at most 256 KiB; ImageAlt describes it.
	Image    []byte
	ImageAlt string
	// Error is set when the last answer to the same question was refused.
	Error *Error
}

// Redirect sends the browser to the bank's own page.
type Redirect struct {
	// URL is absolute https (http on loopback).
	URL string
}

// Wait is a decoupled approval: the end user acts elsewhere and the host asks again.
type Wait struct {
	Message bank.Text
	// Medium is app, sms, or empty. Device names it, such as "your phone".
	Medium string
	// PollAfter is the pause before the next tick.
	PollAfter time.Duration
}

// Pick lets the end user choose accounts before the bank's consent is made (STET's mixed model).
type Pick struct {
	Accounts []bank.Account
}

// Done ends the interactive part: the host keeps the session and may pull.
type Done struct {
	// Session is what later pulls need: tokens, credentials, consent id. Sealed by the host.
	Session Opaque
	// OwnerKey is a stable hash of who logged in, made by OwnerKey.
	OwnerKey string
	// ConsentUntil is when the bank asks again; zero when unknown.
	ConsentUntil time.Time
}

// PullInput says what to read.
type PullInput struct {
	Institution Institution
	Source      string
	Session     Opaque
	PSU         PSU
	// Transactions are the keys of the accounts whose transactions are wanted; none means accounts only.
	Transactions []string
	Since        time.Time
	Now          time.Time
}

// Sink takes what Pull reads. An error from it ends the pull.
type Sink interface {
	// Account takes an account with its balance; Key must be set.
	Account(ctx context.Context, a bank.Account) error
	// Transaction takes a movement of the account with that key; Key must be set.
	Transaction(ctx context.Context, accountKey string, t bank.Transaction) error
}

// PullResult is what a pull leaves.
type PullResult struct {
	// Session replaces the old one when tokens were rotated; nil otherwise. The host stores it before anything else.
	Session Opaque
	// ConsentUntil is set when the bank told a new date.
	ConsentUntil time.Time
}

// RevokeInput is what Revoke gets.
type RevokeInput struct {
	Institution Institution
	Source      string
	Session     Opaque
	Now         time.Time
}
