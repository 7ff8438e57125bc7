package conformance

import (
	"context"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/process"
	"passerelle/internal/queue"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// Store is all that a store must do.
type Store interface {
	grant.Store
	connect.Store
	connect.Tries
	direct.Store
	syncer.Store
	bank.Reader
	bank.Writer
	directory.Store
	directory.Chooser
	directory.SettingsStore
	webhook.Store
	queue.Store
	process.Store
	syncer.Turns

	// ConnectionLogs lists a connection's log, newest first.
	ConnectionLogs(ctx context.Context, f bank.LogFilter) ([]bank.ConnectionLog, error)
	// NoticeConsents, ForgetLogs, ForgetPending and UnwantedConnections are the sweep's.
	NoticeConsents(ctx context.Context, endBy, now time.Time, limit int) (int, error)
	ForgetLogs(ctx context.Context, before time.Time, limit int) (int, error)
	ForgetPending(ctx context.Context, before time.Time, limit int) (int, error)
	UnwantedConnections(ctx context.Context, now time.Time, limit int) ([]syncer.Unwanted, error)
	syncer.Remover
	// SetRenderer gives the words of deliveries.
	SetRenderer(r webhook.Renderer)
	// ReadEvents reads the log from behind an event on, oldest first.
	ReadEvents(ctx context.Context, afterID int64, limit int) ([]webhook.Event, error)
	// UpsertConnectors adds to the directory's catalogue.
	UpsertConnectors(ctx context.Context, list []bank.Connector) error
	// TakenJobs and ReturnJob are for jobs that were taken and never heard of.
	TakenJobs(ctx context.Context, name string) ([]int64, error)
	ReturnJob(ctx context.Context, id int64, name string) (bool, error)
	// SetProcess says under which number is written from now on, Own marks a context with it.
	SetProcess(id int64)
	Own(ctx context.Context) context.Context
	// Ping says whether the store can read and write.
	Ping(ctx context.Context) error
}

// Subject is a fresh, empty store under test and what is reached behind its back.
type Subject struct {
	Store
	// Count counts the rows of a table that a condition with $1 placeholders selects.
	Count func(t testing.TB, table, where string, args ...any) int
	// Exec runs a statement as somebody would who has the database alone.
	Exec func(t testing.TB, statement string, args ...any)
	// Names writes a column of River's that holds a list of names.
	Names func(names ...string) string
	// AfterCrash gives the store as a new process finds it when this one is killed at this instant.
	AfterCrash func(t testing.TB) Store
}

// suite is what Run runs.
var suite = []struct {
	name string
	run  func(t *testing.T, s Subject)
}{
	{"client applications", clients},
	{"client secrets", clientSecrets},
	{"redirect URIs", redirectURIs},
	{"users", users},
	{"expired users", expiredUsers},
	{"erasure", erasure},
	{"codes", codes},
	{"redeem", redeem},
	{"redeem refusals", redeemRefusals},
	{"redeem again", redeemAgain},
	{"redeem at once", redeemAtOnce},
	{"redeem the same exchange at once", replayAtOnce},
	{"access tokens", tokens},
	{"renewed access tokens", renewedTokens},
	{"who may renew", renewals},
	{"people", people},
	{"people at once", peopleAtOnce},
	{"changed people", changedPeople},
	{"new passwords", newPasswords},
	{"sign-in tries", signInTries},
	{"refresh tokens", refreshTokens},
	{"refresh refusals", refreshRefusals},
	{"refresh again", refreshAgain},
	{"refresh at once", refreshAtOnce},
	{"granted codes", grantedCodes},
	{"grants that are over", overGrants},
	{"refresh and crash", crashedRefresh},
	{"attempts", attempts},
	{"attempts opened by a code", openedAttempts},
	{"moves", moves},
	{"moves at once", movesAtOnce},
	{"leases", leases},
	{"processes", processes},
	{"dead processes", deadProcesses},
	{"a process declared dead at once", deadAtOnce},
	{"jobs that were taken and never heard of", orphanedJobs},
	{"turns", turns},
	{"lost numbers", lostNumbers},
	{"bind hashes", bindHashes},
	{"callback states", callbacks},
	{"expired attempts", expiredAttempts},
	{"forgotten", forgotten},
	{"visits of a deleted user", goneUsers},
	{"not listed", notListed},
	{"connections", connections},
	{"connections of a stale attempt", staleConnections},
	{"sessions", sessions},
	{"reconnects", reconnects},
	{"refused reconnects", refusedReconnects},
	{"stubs of a login that is there", reconnectedStubs},
	{"finished reconnects", finishedReconnects},
	{"standing", standings},
	{"creation tries", creationTries},
	{"login tries", loginTries},
	{"tries taken", triesTaken},
	{"first success", firstSuccess},
	{"noted refusals", notedRefusals},
	{"ends of consent", consentEnds},
	{"ways into one login", waysIn},
	{"ways in begun by API", waysInByAPI},
	{"consent to all accounts", consentToAll},
	{"consent to all, and a crash", consentToAllCrash},
	{"an account of two ways in", twins},
	{"an account of two ways in, chosen twice", twinsAtOnce},
	{"a way in without accounts of its own", twinsOnly},
	{"accounts of a way in that ended", twinsInherit},
	{"accounts that were shared twice", twinsBefore},
	{"removed accounts", removedAccounts},
	{"consents that only the end user gives", vouching},
	{"consents through another way in", vouchingForTwins},
	{"archived accounts", archivedAccounts},
	{"movements that are the same", sameMovements},
	{"movements paid abroad", paidAbroad},
	{"choices over several ways in", widerSelection},
	{"reading by hand", readingByHand},
	{"readings since", readingsSince},
	{"kept accounts", keptAccounts},
	{"extents", extents},
	{"selection", selection},
	{"finished attempts", finishedAttempts},
	{"accounts", accounts},
	{"transactions", transactions},
	{"syncs", syncs},
	{"due connections", dueConnections},
	{"logs of connections", connectionLogs},
	{"unattended readings", unattendedReads},
	{"consents that end", consentNotices},
	{"unwanted connections", unwantedConnections},
	{"connections begun by API", unfinishedConnections},
	{"connections kept by API", keptConnections},
	{"one owner, one connection", oneOwner},
	{"settings of connections", connectionSettings},
	{"forced readings", forcedSyncs},
	{"talks cut off", cutOffTalks},
	{"deliveries", deliveries},
	{"held deliveries", heldDeliveries},
	{"lines of deliveries", lines},
	{"slots of a receiver", slots},
	{"deliveries taken back", takenBack},
	{"redeliveries", redeliveries},
	{"auth providers", authProviders},
	{"channels", channels},
	{"accounts of channels", channelAccounts},
	{"kinds of movements", kinds},
	{"isolation", isolation},
	{"pages", pages},
	{"filters", filters},
	{"disabled accounts", disabledAccounts},
	{"deleted connections", deletedConnections},
	{"account changes", accountChanges},
	{"account changes at once", accountChangesAtOnce},
	{"movement changes", movementChanges},
	{"amounts", amounts},
	{"words", words},
	{"application dates", applicationDates},
	{"settings", settings},
	{"connector choices", connectorChoices},
	{"connector settings", connectorSettings},
	{"changed client applications", changedClients},
	{"origins of a domain", domainOrigins},
	{"deleted client applications", deletedClients},
	{"used access tokens", usedTokens},
	{"widget sessions", widgetSessions},
	{"forgotten widget sessions", widgetsForgotten},
	{"browsers of widget sessions", widgetBinding},
	{"event queues", queues},
	{"course of a visit in a queue", queueCourse},
	{"limits of queues", queueLimits},
	{"queues of visits whose time is over", queueOverdue},
	{"sealed values", sealedValues},
	{"times", times},
	{"catalogue", catalogue},
	{"crash", crash},
}

// Run runs the suite; open makes a fresh subject, and ends it with the test.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for _, test := range suite {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}
