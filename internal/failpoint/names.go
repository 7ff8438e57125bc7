package failpoint

// Point names one place. Names are room.step.side.
type Point string

// The boundaries of the writer: every write of the service passes them.
const (
	// StoreWriteBefore is passed before a write is handed to the database, StoreWriteAfter when it is stored and its caller not told.
	StoreWriteBefore Point = "store.write.before"
	StoreWriteAfter  Point = "store.write.after"
	// StoreJobsBefore is passed when the statements of a transaction are done and its jobs are not enqueued.
	StoreJobsBefore Point = "store.jobs.before"
	// StoreCommitBefore is passed right before a commit, StoreCommitAfter right after, before any caller is told.
	StoreCommitBefore Point = "store.commit.before"
	StoreCommitAfter  Point = "store.commit.after"
	// StoreMigrateBefore is passed before a migration step, StoreMigrateInside when it is applied and not noted, StoreMigrateAfter after its commit.
	StoreMigrateBefore Point = "store.migrate.before"
	StoreMigrateInside Point = "store.migrate.inside"
	StoreMigrateAfter  Point = "store.migrate.after"
)

// The boundaries of a visit.
const (
	ConnectBeginBefore    Point = "connect.begin.before"
	ConnectBeginAfter     Point = "connect.begin.after"
	ConnectMoveBefore     Point = "connect.move.before"
	ConnectMoveAfter      Point = "connect.move.after"
	ConnectWorkBefore     Point = "connect.work.before"
	ConnectWorkAfter      Point = "connect.work.after"
	ConnectAskBefore      Point = "connect.ask.before"
	ConnectAskAfter       Point = "connect.ask.after"
	ConnectCallbackBefore Point = "connect.callback.before"
	ConnectCallbackAfter  Point = "connect.callback.after"
	ConnectSaveBefore     Point = "connect.save.before"
	ConnectSaveAfter      Point = "connect.save.after"
	ConnectConsentBefore  Point = "connect.consent.before"
	ConnectConsentAfter   Point = "connect.consent.after"
	ConnectFinishBefore   Point = "connect.finish.before"
	ConnectFinishAfter    Point = "connect.finish.after"
)

// The boundaries of codes and tokens.
const (
	GrantCodeBefore     Point = "grant.code.before"
	GrantCodeAfter      Point = "grant.code.after"
	GrantExchangeBefore Point = "grant.exchange.before"
	GrantExchangeAfter  Point = "grant.exchange.after"
	GrantRefreshBefore  Point = "grant.refresh.before"
	GrantRefreshAfter   Point = "grant.refresh.after"
	GrantTokenBefore    Point = "grant.token.before"
	GrantTokenAfter     Point = "grant.token.after"
	GrantRevokeBefore   Point = "grant.revoke.before"
	GrantRevokeAfter    Point = "grant.revoke.after"
)

// The boundaries of what runs behind the pages.
const (
	SyncReadBefore    Point = "sync.read.before"
	SyncReadAfter     Point = "sync.read.after"
	SyncSaveBefore    Point = "sync.save.before"
	SyncSaveAfter     Point = "sync.save.after"
	SyncRemoveBefore  Point = "sync.remove.before"
	SyncRemoveAfter   Point = "sync.remove.after"
	WebhookTakeAfter  Point = "webhook.take.after"
	WebhookSendBefore Point = "webhook.send.before"
	// WebhookSendAfter is passed when the receiver has answered and nothing of it is recorded.
	WebhookSendAfter   Point = "webhook.send.after"
	WebhookRecordAfter Point = "webhook.record.after"
	KeyRotateBefore    Point = "key.rotate.before"
	KeyRotateAfter     Point = "key.rotate.after"
	KeyResealBefore    Point = "key.reseal.before"
	KeyResealAfter     Point = "key.reseal.after"
	EraseBefore        Point = "erase.before"
	EraseAfter         Point = "erase.after"
)

// All lists every point, for tests that go through them one by one.
func All() []Point {
	return []Point{
		StoreWriteBefore, StoreWriteAfter, StoreJobsBefore, StoreCommitBefore, StoreCommitAfter,
		StoreMigrateBefore, StoreMigrateInside, StoreMigrateAfter,
		ConnectBeginBefore, ConnectBeginAfter, ConnectMoveBefore, ConnectMoveAfter, ConnectWorkBefore, ConnectWorkAfter,
		ConnectAskBefore, ConnectAskAfter, ConnectCallbackBefore, ConnectCallbackAfter, ConnectSaveBefore, ConnectSaveAfter,
		ConnectConsentBefore, ConnectConsentAfter, ConnectFinishBefore, ConnectFinishAfter,
		GrantCodeBefore, GrantCodeAfter, GrantExchangeBefore, GrantExchangeAfter, GrantRefreshBefore, GrantRefreshAfter,
		GrantTokenBefore, GrantTokenAfter, GrantRevokeBefore, GrantRevokeAfter,
		SyncReadBefore, SyncReadAfter, SyncSaveBefore, SyncSaveAfter, SyncRemoveBefore, SyncRemoveAfter,
		WebhookTakeAfter, WebhookSendBefore, WebhookSendAfter, WebhookRecordAfter,
		KeyRotateBefore, KeyRotateAfter, KeyResealBefore, KeyResealAfter, EraseBefore, EraseAfter,
	}
}
