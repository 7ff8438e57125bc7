package connect

import (
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
)

// Page names the page that an attempt is on.
type Page string

// The pages.
const (
	PageTerms       Page = "terms"
	PagePicker      Page = "picker"
	PageUnlisted    Page = "unlisted"
	PageSource      Page = "source"
	PageCredentials Page = "credentials"
	PageAway        Page = "away"
	PageChallenge   Page = "challenge"
	PageWaiting     Page = "waiting"
	// PagePick lets accounts be chosen before the bank's consent, PageSelection after it. They look alike.
	PagePick      Page = "pick"
	PageSelection Page = "selection"
	PageAnother   Page = "another"
	// PageDone and PageCancelled lead back to the client application.
	PageDone      Page = "done"
	PageCancelled Page = "cancelled"
	PageFailed    Page = "failed"
	PageExpired   Page = "expired"
)

// What a waiting page waits for.
const (
	WaitBank     = "bank"
	WaitApproval = "approval"
	WaitAccounts = "accounts"
)

// View is all that a page needs to know of an attempt. It holds no secret but the code on its way to the client
// application.
type View struct {
	Attempt *Attempt
	Page    Page
	Client  grant.Client
	// Connector and Source are set once chosen; Sources are the choices on PageSource.
	Connector *bank.Connector
	Source    bank.Source
	Sources   []bank.Source
	// Fields and Values make the form of PageCredentials and PageChallenge; Values holds no secret field.
	Fields []bank.Field
	Values map[string]string
	// Ask is set on PageChallenge, Wait on PageWaiting.
	Ask  *Challenge
	Wait *Waiting
	// RedirectURL is the bank's page, on PageAway.
	RedirectURL string
	// Accounts are the choices on PagePick and PageSelection.
	Accounts []AccountChoice
	// ConsentUntil is when the consent asked for on PageSelection would end.
	ConsentUntil time.Time
	// Outcome is set on PageDone, PageCancelled, PageFailed and PageExpired: what the client application is told.
	Outcome *Outcome
}

// Challenge is what a bank asks in between.
type Challenge struct {
	Message        bank.Text
	Medium, Target string
	Image          []byte
	ImageAlt       string
	Deadline       *time.Time
}

// Waiting is what a waiting page tells.
type Waiting struct {
	// Kind is WaitBank, WaitApproval or WaitAccounts.
	Kind    string
	Message bank.Text
	Since   time.Time
	// Deadline is the bank's, nil when it gave none. It may have passed: the bank is asked on as long as it says pending.
	Deadline *time.Time
	// Refresh is when the page should look again by itself.
	Refresh time.Duration
}

// AccountChoice is one account to be ticked.
type AccountChoice struct {
	Account bank.Account
	// Value is what the form posts.
	Value string
	// Selectable is false when the client application's filters leave it out.
	Selectable bool
	// Ticked says whether it is ticked at first sight.
	Ticked bool
}

// Ending says how a visit ended, for the client application.
type Ending string

// The endings; a dialect maps them to its error codes.
const (
	EndingSuccess      Ending = "success"
	EndingCancelled    Ending = "cancelled"
	EndingTermsRefused Ending = "terms_refused"
	EndingFailed       Ending = "failed"
	EndingExpired      Ending = "expired"
	EndingNotListed    Ending = "not_listed"
)

// Outcome is what the client application is told at the end.
type Outcome struct {
	Ending        Ending
	RedirectURI   string
	State         string
	ConnectionID  int64
	ConnectionIDs []int64
	// Code is the one-time code, empty when the visit began with one.
	Code bank.Secret
	// SendIssuer says that iss goes along (RFC 9207).
	SendIssuer bool
	// Problem says what went wrong, for EndingFailed.
	Problem *Problem
}

// Act is one action of the end user's: on which attempt, claimed with which browser secret, answering which step.
type Act struct {
	ID   string
	Bind bank.Secret
	Step int
	PSU  connector.PSU
}

// FieldErrors tells of fields that were not acceptable, by name: required, pattern, length, option or type.
type FieldErrors map[string]string
