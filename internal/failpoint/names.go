package failpoint

// Point names one place: room:step:side. No other text of the program looks like that, so that `dev check` can look for them.
type Point string

// Step names something done that has two sides to be cut off at: room:step.
type Step string

// Before is the point where nothing of a step is done.
func (s Step) Before() Point { return Point(s) + ":before" }

// After is the point where a step is done and stored, and whoever asked for it is not told.
func (s Step) After() Point { return Point(s) + ":after" }

// The boundaries of the writer: every write of the service passes them.
const (
	// StoreWrite is one caller's write, from handing it over to its answer.
	StoreWrite Step = "store:write"
	// StoreCommit is a commit, which may be that of many callers.
	StoreCommit Step = "store:commit"
	// StoreMigrate is one migration step.
	StoreMigrate Step = "store:migrate"
	// StoreJobs is passed when the statements of a transaction are done and its jobs are not enqueued.
	StoreJobs Point = "store:jobs"
	// StoreMigrateInside is passed when a migration step is applied and not noted.
	StoreMigrateInside Point = "store:migrate:inside"
)

// The steps of a visit.
const (
	ConnectBegin Step = "connect:begin"
	// ConnectMove is any move that has no name of its own.
	ConnectMove Step = "connect:move"
	// ConnectAsk is asking the connector: before nothing was sent, after its answer is not stored.
	ConnectAsk      Step = "connect:ask"
	ConnectCallback Step = "connect:callback"
	// ConnectSave is keeping what a bank's yes made.
	ConnectSave Step = "connect:save"
	// ConnectConsent is storing which accounts are shared, with the code for the way back.
	ConnectConsent   Step = "connect:consent"
	ConnectReconnect Step = "connect:reconnect"
	ConnectFinish    Step = "connect:finish"
)

// The steps of codes and tokens.
const (
	// GrantCode is making a temporary code or that of a sign-in.
	GrantCode Step = "grant:code"
	// GrantExchange is spending a code.
	GrantExchange Step = "grant:exchange"
	GrantRefresh  Step = "grant:refresh"
	// GrantToken is making a token that no code stands behind.
	GrantToken  Step = "grant:token"
	GrantRevoke Step = "grant:revoke"
)

// The steps of what runs behind the pages.
const (
	// SyncPull is reading at the bank.
	SyncPull Step = "sync:pull"
	// SyncKeep is keeping the session that a pull left.
	SyncKeep         Step = "sync:keep"
	SyncAccounts     Step = "sync:accounts"
	SyncTransactions Step = "sync:transactions"
	SyncFinish       Step = "sync:finish"
	SyncRevoke       Step = "sync:revoke"
	SyncRemove       Step = "sync:remove"
	// WebhookClaim is taking a delivery.
	WebhookClaim Step = "webhook:claim"
	// WebhookSend is sending it; after, the receiver has answered and nothing of it is recorded.
	WebhookSend   Step = "webhook:send"
	WebhookRecord Step = "webhook:record"
)

// The steps of keys and of forgetting.
const (
	// KeyRotate is writing a new keyset.
	KeyRotate Step = "key:rotate"
	// KeyReseal is sealing some rows anew.
	KeyReseal Step = "key:reseal"
	// Erase is erasing a person.
	Erase Step = "erase:person"
	// Retain is one sweep of what is kept no longer.
	Retain Step = "retain:sweep"
)

// Steps lists every step.
func Steps() []Step {
	return []Step{
		StoreWrite, StoreCommit, StoreMigrate,
		ConnectBegin, ConnectMove, ConnectAsk, ConnectCallback, ConnectSave, ConnectConsent, ConnectReconnect, ConnectFinish,
		GrantCode, GrantExchange, GrantRefresh, GrantToken, GrantRevoke,
		SyncPull, SyncKeep, SyncAccounts, SyncTransactions, SyncFinish, SyncRevoke, SyncRemove,
		WebhookClaim, WebhookSend, WebhookRecord,
		KeyRotate, KeyReseal, Erase, Retain,
	}
}

// All lists every point, for tests that go through them one by one.
func All() []Point {
	out := []Point{StoreJobs, StoreMigrateInside}
	for _, s := range Steps() {
		out = append(out, s.Before(), s.After())
	}
	return out
}
