package connect

import (
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Phase is where an attempt stands. The table of legal moves is in table.go; Next decides the page from it.
type Phase string

// The phases.
const (
	PhaseTerms  Phase = "terms"
	PhasePicker Phase = "picker"
	// PhaseUnlisted: the end user said that their bank is not in the list.
	PhaseUnlisted    Phase = "unlisted"
	PhaseSource      Phase = "source"
	PhaseCredentials Phase = "credentials"
	// PhaseWorking: the connector is at work on a pending event.
	PhaseWorking Phase = "working"
	PhaseAsking  Phase = "asking"
	PhaseAway    Phase = "away"
	PhaseWaiting Phase = "waiting"
	PhasePicking Phase = "picking"
	// PhaseFetching: the bank said yes, the connection is saved, its accounts are being read.
	PhaseFetching  Phase = "fetching"
	PhaseSelecting Phase = "selecting"
	PhaseAnother   Phase = "another"
	// PhaseKnown: the end user already has a connection to the connector they chose; what do they want?
	PhaseKnown Phase = "known"
	// PhaseOverview, PhaseInspecting and PhaseRemoving are the manage flow's: all connections, one, and the question whether
	// to remove it.
	PhaseOverview   Phase = "overview"
	PhaseInspecting Phase = "inspecting"
	PhaseRemoving   Phase = "removing"
	// PhaseProfessional: the details of a professional account's holder are asked for.
	PhaseProfessional Phase = "professional"
	// PhaseReading: all is agreed to, and the visit lasts until the first reading has ended (captive mode).
	PhaseReading Phase = "reading"
	// PhaseDone, PhaseCancelled and PhaseFailed are final, but PhaseFailed may be left by a retry.
	PhaseDone      Phase = "done"
	PhaseFailed    Phase = "failed"
	PhaseCancelled Phase = "cancelled"
)

// Final says whether the visit has ended.
func (p Phase) Final() bool { return p == PhaseDone || p == PhaseCancelled }

// Lifetimes of an attempt.
const (
	// Lifetime is how long an attempt may take from one action to the next, before the bank has said yes.
	Lifetime = 30 * time.Minute
	// IdleAfterAuthentication ends a visit that stands still after the end user proved who they are at the bank
	// (RTS art. 4(3)(d): five minutes).
	IdleAfterAuthentication = 5 * time.Minute
	// MostLifetime caps the whole visit, however often a slow approval extends it.
	MostLifetime = 2 * time.Hour
	// DoneLifetime is how long a finished attempt still shows the way back: as long as its code lives.
	DoneLifetime = 30 * time.Minute
)

// Attempt is one end user trying to connect, in one visit.
type Attempt struct {
	// ID is a UUIDv7. It stands in URLs and is no secret: BindHash ties the attempt to a browser.
	ID       string
	Domain   string
	ClientID int64
	Request  Request
	// BindHash is SHA-256 of the secret in the cookie of the browser that began the visit.
	BindHash []byte
	// NextBindHash is the hash of a renewed secret that the browser has been given but not shown yet. Until it does, the
	// old one stays good: the answer that carried the new one may have been lost to a double click. MoveAttempt writes it
	// only when it is not nil, and never writes BindHash: that is PromoteBind's.
	NextBindHash []byte
	Phase        Phase
	// Step counts the moves; every form carries the step it answers, so that a stale one is noticed.
	Step int
	// UserID is 0 until the user exists. UserGiven says that the visit began with a code and so ends without one.
	UserID    int64
	UserGiven bool

	ConnectorUUID string
	Source        string
	// ConnectionID is the one being made now; ConnectionIDs are those finished in this visit.
	ConnectionID  int64
	ConnectionIDs []int64

	// Public is what pages need and may be read by anybody with the database; Private is sealed by the store.
	Public  Public
	Private Private

	// LeaseUntil is set while a worker talks to the bank for this attempt; after it another may take over.
	LeaseUntil *time.Time

	Created   time.Time
	Updated   time.Time
	ExpiresAt time.Time
}

// Flow is what a visit is for.
type Flow string

// The flows.
const (
	// FlowConnect makes one connection or more.
	FlowConnect Flow = "connect"
	// FlowReconnect leads straight to what a connection is missing.
	FlowReconnect Flow = "reconnect"
	// FlowManage shows a user's connections, to add, repair, share, renew and remove.
	FlowManage Flow = "manage"
	// FlowAccounts chooses again which accounts of one connection are shared.
	FlowAccounts Flow = "accounts"
	// FlowTerms asks to accept the terms, FlowProfessional for the details of a professional account's holder; nothing else.
	FlowTerms        Flow = "terms"
	FlowProfessional Flow = "professional"
	// FlowWebauth leads straight to a bank's own page, for a client that asks for everything else itself; its accounts are
	// agreed to by the API.
	FlowWebauth Flow = "webauth"
)

// Request is the entry request, parsed once.
type Request struct {
	// Dialect is the door the visit came through: powens, linxo or oauth.
	Dialect string
	Flow    Flow
	Lang    string
	// ConnectionID is the connection to reconnect, or the one that the manage flow is opened on; 0 when none is named. In Linxo's
	// dialect it is a group of ways in (bank.Connection.GroupID), and Sources say which of them is meant.
	ConnectionID int64
	// Reset asks for all credentials again instead of what is missing. Sources narrows the sources that are meant.
	Reset   bool
	Sources []string
	// FrameOrigins are the origins that may frame the visit and are told its end; set when it was opened in a frame.
	FrameOrigins []string
	RedirectURI  string
	// State is returned byte for byte.
	State string
	// Challenge is the S256 code challenge, or empty.
	Challenge      string
	ConnectorUUIDs []string
	ConnectorIDs   []int64
	Capabilities   []string
	Country        string
	AccountTypes   []bank.AccountType
	AccountUsages  []bank.Usage
	AccountIBANs   []string
	MaxConnections int
	// Prefill holds field values by "connector uuid.field name".
	Prefill map[string]string
	// Widget is what Linxo's dialect asks for beside all that; nil elsewhere.
	Widget *Widget `json:",omitempty"`
}

// Widget is what a visit through Linxo's widget is asked to do and to look like. All of it was checked where it was read.
type Widget struct {
	// Session is the id of the widget session, no secret; Queue that of the event queue which the visit is told in.
	Session string `json:"session,omitempty"`
	Queue   string `json:"queue,omitempty"`
	// Action is the entry point's name: add_connection, manage_connections, edit_credentials, user_input, terms,
	// professional_account, manage_accounts.
	Action string `json:"action,omitempty"`
	// WaitSyncEnd keeps the end user until the first reading has ended (captive_mode).
	WaitSyncEnd bool `json:"wait_sync_end,omitempty"`
	// NoAutoSync makes a connection that is read once and never by itself.
	NoAutoSync bool `json:"no_auto_sync,omitempty"`
	// ConsentPerAccount asks for consent account by account; without it the end user agrees to all accounts, those to come too.
	ConsentPerAccount bool `json:"consent_per_account,omitempty"`
	// Countries narrows the picker to several countries, ISO 3166-1 alpha-2 in lower case.
	Countries []string `json:"countries,omitempty"`
	// CancelURL is where a cancelled visit leads instead of the return address.
	CancelURL string `json:"cancel_url,omitempty"`
	// BankReturnURL is the integrator's page that is loaded after the bank's own, with the frame in it again
	// (aspsp_callback_uri).
	BankReturnURL string `json:"bank_return_url,omitempty"`
	// Theme is how the pages are to look.
	Theme Theme `json:"theme,omitzero"`
}

// Theme is what a client application may change of the pages' look: checked values, never text that reaches a page as it came.
type Theme struct {
	// Font is one of the font families that pages have without fetching anything: a CSS family name of letters and spaces.
	Font string `json:"font,omitempty"`
	// Colours are six hex digits, without a hash.
	FontColor       string `json:"font_color,omitempty"`
	BackgroundColor string `json:"background_color,omitempty"`
	ElementsColor   string `json:"elements_color,omitempty"`
	ElementsFont    string `json:"elements_font,omitempty"`
	ElementsFontCol string `json:"elements_font_color,omitempty"`
	// ButtonRadius is in CSS pixels, nil where it was not said.
	ButtonRadius *int `json:"button_radius,omitempty"`
	// HideHeader leaves out the top bar's client name; the trust line stays.
	HideHeader bool `json:"hide_header,omitempty"`
}

// Public is the unsealed part of an attempt's working state.
type Public struct {
	// TermsHash is the version of the terms that were accepted, TermsAt when.
	TermsHash string     `json:"terms_hash,omitempty"`
	TermsAt   *time.Time `json:"terms_at,omitempty"`
	// Tries counts refused credentials in this visit, at whatever connector: choosing another one, or the same one again,
	// gives no new tries, or the page would be a place to try stolen passwords at.
	Tries int `json:"tries,omitempty"`
	// Error is the last thing that went wrong, shown on the page of the phase.
	Error *Problem `json:"error,omitempty"`
	// WaitKind says what a working or waiting page waits for: bank, approval, accounts.
	WaitKind  string     `json:"wait_kind,omitempty"`
	WaitSince *time.Time `json:"wait_since,omitempty"`
	Deadline  *time.Time `json:"deadline,omitempty"`
	NextTick  *time.Time `json:"next_tick,omitempty"`
	// DeniedAt is set when the bank's page reported an error (told in Error) while a good callback may still come.
	DeniedAt *time.Time `json:"denied_at,omitempty"`
	// Elsewhere is set when a callback came in another browser: its confirmation page is on.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// LeftStep is the step that the attempt came to when a framed visit opened its bank's page in another tab: as long as the
	// step is that one, the end user is there.
	LeftStep int `json:"left_step,omitempty"`
	// Words is the pair shown on an away page, to be recognised in another browser.
	Words string `json:"words,omitempty"`
	// AuthenticatedAt is when the bank said yes.
	AuthenticatedAt *time.Time `json:"authenticated_at,omitempty"`
	// Ending is how a cancelled or failed visit is told to the client application.
	Ending string `json:"ending,omitempty"`
	// Finished lists what the add-another page shows.
	Finished []Finished `json:"finished,omitempty"`
	// Reference is what the end user can read out to a support desk.
	Reference string `json:"reference,omitempty"`
	// Mode says what is being done with a connection that was there before: reconnect, renew or accounts; empty for a new one.
	Mode Mode `json:"mode,omitempty"`
	// Reset says that a reconnect asks for everything again, also when it is begun anew after a failure.
	Reset bool `json:"reset,omitempty"`
	// Retyped narrows the form of a reconnect to the fields that must be typed again; empty means all.
	Retyped []string `json:"retyped,omitempty"`
	// Notice is what the manage flow just did, told once on its next page.
	Notice Notice `json:"notice,omitempty"`
	// NoticeName is the institution that the notice is about.
	NoticeName string `json:"notice_name,omitempty"`
	// Removed is set when the connection that the manage flow was opened on was removed in this visit.
	Removed bool `json:"removed,omitempty"`
	// Added says that the manage flow is adding a connection, so that its pages lead back to the overview.
	Added bool `json:"added,omitempty"`
	// LastQuery is what was searched when the end user said their bank is not listed.
	LastQuery string `json:"last_query,omitempty"`
	// Opened is the connection that the visit was opened on, where the request names one; Request.ConnectionID may name its group.
	Opened int64 `json:"opened,omitempty"`
	// Result is what the visit did last, to the login with the id Group (bank.Connection.GroupID).
	Result Result `json:"result,omitempty"`
	Group  int64  `json:"group,omitempty"`
	// Reads are the connections whose first reading the visit waits for, since ReadSince; Reading is how that ended.
	Reads     []int64    `json:"reads,omitempty"`
	ReadSince *time.Time `json:"read_since,omitempty"`
	Reading   Reading    `json:"reading,omitempty"`
}

// Mode says what is being done with a connection that was there before.
type Mode string

// The modes.
const (
	// ModeNew makes a connection.
	ModeNew Mode = ""
	// ModeReconnect proves again who the end user is; ModeRenew does so early, to prolong the bank's consent.
	ModeReconnect Mode = "reconnect"
	ModeRenew     Mode = "renew"
	// ModeAccounts chooses again which accounts are shared, without asking the bank.
	ModeAccounts Mode = "accounts"
)

// Result is what a visit did to a connection.
type Result string

// The results.
const (
	ResultNone    Result = ""
	ResultCreated Result = "created"
	ResultUpdated Result = "updated"
	ResultDeleted Result = "deleted"
)

// Reading is how the reading that a visit waited for ended.
type Reading string

// The ends of a reading; empty where none was waited for.
const (
	ReadingEnded  Reading = "ended"
	ReadingFailed Reading = "failed"
	// ReadingLeft: the end user did not wait for it, it took too long, or none comes as the connection stands.
	ReadingLeft Reading = "left"
)

// Notice is what the manage flow just did.
type Notice string

// The notices.
const (
	NoticeAdded    Notice = "added"
	NoticeRepaired Notice = "repaired"
	NoticeRenewed  Notice = "renewed"
	NoticeShared   Notice = "shared"
	NoticeRemoved  Notice = "removed"
	// NoticeProgramEnded is about a program, and NoticeName is its name.
	NoticeProgramEnded Notice = "program_ended"
	NoticeAbandoned    Notice = "abandoned"
)

// Finished is one connection made in this visit.
type Finished struct {
	ConnectionID int64  `json:"connection_id"`
	Name         string `json:"name"`
	Accounts     int    `json:"accounts"`
}

// Problem is what went wrong, as data: pages turn it into a sentence.
type Problem struct {
	Code connector.Code `json:"code"`
	// Field is the form field concerned, BankText the bank's own words (untrusted).
	Field      string        `json:"field,omitempty"`
	BankText   string        `json:"bank_text,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// Private is the sealed part of an attempt's working state: connector state, pending event, what the step asks. It is an
// encoding of private.go; outside the store and this package nobody reads it.
type Private []byte

// String keeps the state out of logs.
func (Private) String() string { return "***" }

// GoString keeps the state out of %#v.
func (Private) GoString() string { return "***" }
