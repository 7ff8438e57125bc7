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
	// PageKnown asks what to do with a connection that is there already. PageOverview, PageConnection and PageRemoval are the
	// manage flow's.
	PageKnown      Page = "known"
	PageOverview   Page = "overview"
	PageConnection Page = "connection"
	PageRemoval    Page = "removal"
	// PageProfessional asks for the details of a professional account's holder.
	PageProfessional Page = "professional"
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
	// WaitReading waits for the first reading to end.
	WaitReading = "reading"
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
	// ConsentAll says that the end user is asked for all accounts at once, those to come too (PageSelection).
	ConsentAll bool
	// Professional is what is known already (PageProfessional); nil for nothing.
	Professional *grant.Professional
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
	// Connections are the user's on PageOverview, and those to the chosen connector on PageKnown.
	Connections []Managed
	// Programs are those that may read what the user shares (PageOverview).
	Programs []grant.SimpleFINAccess
	// Left are the ways in that a login has not which is known already (PageKnown, Linxo's dialect).
	Left []bank.Source
	// Managed is the connection concerned: on PageConnection and PageRemoval, and on every page of a reconnect or renewal.
	Managed *Managed
	// Removal says what would go, on PageRemoval.
	Removal *Removal
	// Twins says that nothing is to be chosen on PageSelection: what could be is shared through another way into the same login
	// already, and the end user goes on.
	Twins bool
	// None says that ticking no account is a choice too: the manage flow's way to withdraw.
	None bool
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
	// Kind is WaitBank, WaitApproval, WaitAccounts or WaitReading.
	Kind    string
	Message bank.Text
	Since   time.Time
	// Deadline is the bank's, nil when it gave none. It may have passed: the bank is asked on as long as it says pending.
	Deadline *time.Time
	// Refresh is when the page should look again by itself.
	Refresh time.Duration
	// GoOnAt is from when on the end user may go on without waiting (WaitReading, Service.GoOn); nil where they may not. GoOn
	// says that it has come.
	GoOnAt *time.Time
	GoOn   bool
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
	// Through is the source through which it is shared already, where that is another way into the same login; it is not
	// selectable then.
	Through string
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
	// Flow is what the visit was for; Deleted says that the connection it was opened on is gone (the manage flow).
	Flow    Flow
	Deleted bool
	// Action, Result, GroupID and Reading are set for Linxo's dialect alone: the entry point's name, what was done last, to which
	// login (bank.Connection.GroupID, 0 for none), and how the reading ended that was waited for.
	Action  string
	Result  Result
	GroupID int64
	Reading Reading
	// FrameOrigins are the origins that framed the visit.
	FrameOrigins []string
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
	// Way is the connection that is meant, of several ways into the attempt's login (Linxo's dialect); 0 for the attempt's own.
	Way int64
}

// FieldErrors tells of fields that were not acceptable, by name: required, pattern, length, option or type.
type FieldErrors map[string]string

// Managed is one connection as the manage flow shows it.
type Managed struct {
	Connection bank.Connection
	// Connector is nil when the directory has lost it; Connection.ConnectorName still names it.
	Connector *bank.Connector
	// Accounts are those that the bank lists, shared and not.
	Accounts []bank.Account
	// ConsentUntil is when sharing ends: the earlier of the bank's consent and the end user's to the client application; nil
	// when neither is known.
	ConsentUntil *time.Time
	// RenewSoon says that it ends within bank.RenewalNotice.
	RenewSoon bool
	// CanReset, CanRenew say that all credentials can be typed again, that the bank's consent can be prolonged early.
	CanReset, CanRenew bool
	// Ways are the ways into a login, where Linxo's dialect shows them as one connection: the worst first, which Connection is.
	Ways []Managed
}

// Shared are the accounts that the end user shares.
func (m Managed) Shared() []bank.Account {
	var out []bank.Account
	for _, a := range m.Accounts {
		if a.Disabled == nil {
			out = append(out, a)
		}
	}
	return out
}

// Repairable says whether the end user can mend the connection's state here.
func (m Managed) Repairable() bool {
	switch m.Connection.State {
	case bank.StateSCARequired, bank.StateWebauthRequired, bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateValidating,
		bank.StateWrongpass, bank.StatePasswordExpired, bank.StateActionNeeded:
		return true
	}
	return false
}

// Removal says what goes when a connection is removed.
type Removal struct {
	Accounts, Transactions int
	// Oldest is the booking date of the oldest transaction; zero when there is none.
	Oldest time.Time
}

// KnownChoice is what the end user wants of a connection that is there already.
type KnownChoice string

// The choices of PageKnown.
const (
	// KnownAccounts shares other accounts of it, KnownRepair makes it work again, KnownOther makes another connection with
	// another login.
	KnownAccounts KnownChoice = "accounts"
	KnownRepair   KnownChoice = "repair"
	KnownOther    KnownChoice = "other"
	// KnownWay takes a way in that a login has not (View.Left).
	KnownWay KnownChoice = "way"
)
