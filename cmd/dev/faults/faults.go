package faults

// Row is one fault of the matrix.
type Row struct {
	// ID is its number, F1 to F32, Fault what goes wrong, Expected what must then be so.
	ID, Fault, Expected string
	// Tests are those that show it, as folder and name.
	Tests []Test
	// Missing says what of the row no test shows; empty where nothing is missing.
	Missing string
}

// Test is one test by its package's folder and its name.
type Test struct{ Folder, Name string }

const (
	here    = "cmd/dev/faults"
	program = "cmd/passerelle"
	take    = "cmd/dev/rig/takeover"
	mayLose = "internal/ephemeral"
	store   = "internal/store"
	grants  = "internal/grant"
	visits  = "internal/connect"
	hooks   = "internal/webhook"
	reader  = "internal/syncer"
	pages   = "web"
	api     = "web/powens"
	testers = "internal/connector/testbank"
)

// Rows are all rows.
var Rows = []Row{
	{
		"F1", "kill -9 of the service at any moment", "nothing acknowledged is lost, nothing is spent twice, every visit goes on from its page",
		[]Test{{here, "TestF01KillOfTheService"}, {program, "TestKill"}, {program, "TestKillAgain"}, {program, "TestKillAtEachStep"}},
		"",
	},
	{
		"F2", "kill -9 of one of several processes", "no error beyond a request that is asked again",
		[]Test{{here, "TestF02KillsBehindABalancer"}, {take, "TestKilledInTheMiddle"}, {take, "TestRollingRestart"}},
		"",
	},
	{
		"F3", "PostgreSQL is killed or stopped at once, and starts again", "503 with Retry-After while it is down, no restart of ours, back within 2 s",
		[]Test{{here, "TestF03PostgresRestarts"}, {here, "TestF02KillsBehindABalancer"}},
		"",
	},
	{
		"F4", "power cut: what was not synced is gone", "nothing acknowledged is lost",
		[]Test{{here, "TestF04PowerCut"}, {here, "TestF04NotSynced"}, {here, "TestDisk"}},
		"",
	},
	{
		"F5", "Redis is down", "the service goes on from the database",
		[]Test{{mayLose, "TestRedisTroubles"}, {program, "TestVisitsGoOnWithoutRedis"}},
		"",
	},
	{
		"F6", "Redis is slow, silent, or breaks connections", "250 ms a call at most, then without it",
		[]Test{{mayLose, "TestRedisTroubles"}},
		"",
	},
	{
		"F7", "Redis fails over", "nothing is spent twice, no session is lost",
		[]Test{{mayLose, "TestSentinelFailover"}, {mayLose, "TestClusterLosesANode"}, {here, "TestF02KillsBehindABalancer"}},
		"",
	},
	{"F8", "answers of Redis are another's", "a value that is not its key's is a miss", []Test{{mayLose, "TestRedisMixedUpAnswers"}}, ""},
	{"F9", "one code is exchanged in parallel", "one token", []Test{
		{here, "TestF09RaceOverProcesses"}, {program, "TestExchangeRace"}, {store, "TestExchangeRace"}, {store, "TestExchangeRaceOfTwoProcesses"},
	}, ""},
	{"F10", "a code is replayed later", "refused, and what it gave is revoked", []Test{{grants, "TestReplayRevokes"}, {api, "TestReplayOverHTTP"}}, ""},
	{
		"F11", "double click, back button, reload, two tabs", "one connection",
		[]Test{{visits, "TestDoubleSubmitReachesTheBankOnce"}, {visits, "TestSameLoginInTwoVisits"}, {pages, "TestStaleForms"}, {pages, "TestDoubleLogin"}},
		"",
	},
	{
		"F12", "the disk is full", "503, reading goes on, and afterwards everything acknowledged is there",
		[]Test{{program, "TestFullDisk"}, {store, "TestFullDisk"}, {store, "TestFullDiskInABatch"}},
		"",
	},
	{"F13", "fsync or write fails", "503, never 200", []Test{{here, "TestF13WritesFail"}}, ""},
	{
		"F14", "clocks go apart, one jumps", "visits and codes go on across processes; nothing is accepted after its end",
		[]Test{{here, "TestF14ClocksApart"}, {here, "TestF14ClockJumps"}},
		"ten minutes: visits end there by choice, at a code from more than a minute ahead (A39), and at rest for five minutes after the bank's yes; twenty seconds apart and a jump of four minutes are shown",
	},
	{"F15", "very many people at once", "all finish, or are told when to come again", []Test{{program, "TestManyUsers"}}, ""},
	{"F16", "slow headers, bodies and readers", "dropped, and nobody else is held up", []Test{{here, "TestF16SlowClients"}}, ""},
	{"F17", "endless bodies, bombs", "refused early, memory flat", []Test{{api, "TestOversized"}, {api, "TestBadBodies"}}, ""},
	{"F18", "malformed text and framing", "refused, one escaped log line", []Test{{api, "TestBadFraming"}, {api, "TestBadPaths"}, {pages, "TestBadTrailer"}}, ""},
	{
		"F19", "kill -9 while keys are rotated; a wrong key", "goes on; every row opens; a wrong key starts nothing",
		[]Test{{program, "TestRotationsKilled"}, {program, "TestRotationKilledAtEachStep"}, {program, "TestUnusableKeysets"}},
		"",
	},
	{
		"F20", "kill -9 during a migration; two start at once", "goes on; one migrates",
		[]Test{{here, "TestF20KilledMigrations"}, {here, "TestF20KilledUpgrade"}, {store, "TestMigrationsResume"}, {store, "TestOpenAtOnce"}},
		"",
	},
	{
		"F21", "a bank hangs, dribbles, floods, breaks off", "the end user sees progress and can come back; others are unaffected",
		[]Test{{visits, "TestSlowBankShowsAWaitingPageAndGoesOn"}, {visits, "TestTalkEndsAtItsDeadline"}, {testers, "TestHostileBank"}, {reader, "TestHostileBank"}},
		"",
	},
	{
		"F22", "a second factor comes late, twice, or after its end", "a clear state, accepted once",
		[]Test{{visits, "TestApprovalIsAwaitedBeyondItsDeadline"}, {visits, "TestSecondFactorIsNotAskedForWithoutEnd"}, {pages, "TestChallenge"}},
		"",
	},
	{"F23", "the client application's server is down", "the way back does not depend on it", []Test{{here, "TestF01KillOfTheService"}}, ""},
	{
		"F24", "a receiver is down, flaps, is slow", "tried again by the schedule, in order, nothing lost",
		[]Test{{hooks, "TestDays"}, {hooks, "TestSchedule"}, {hooks, "TestVerdict"}, {hooks, "TestDead"}},
		"1,000 receivers: 60 of every behaviour live through 200 hours",
	},
	{
		"F25", "a receiver answers and we are killed before that is written", "delivered again under the same id",
		[]Test{{program, "TestWebhookKill"}},
		"",
	},
	{
		"F26", "PostgreSQL is lost and a replica promoted", "what was acknowledged is there, if the replica was waited for",
		[]Test{{here, "TestF26ReplicaPromoted"}, {here, "TestF26WithoutWaiting"}},
		"",
	},
	{
		"F27", "PostgreSQL is slow or silent, a lock is held", "503 within 2 s, readiness off",
		[]Test{{program, "TestSilentDatabase"}, {program, "TestUnwellDatabase"}},
		"",
	},
	{
		"F28", "backup under load, restore elsewhere", "the same up to the backup's moment",
		[]Test{{store, "TestBackupUnderLoad"}, {store, "TestRestoreIsSafe"}, {program, "TestKilledCommands"}},
		"",
	},
	{"F29", "a process is cut off from the others", "what was taken over is not written over", []Test{{take, "TestCutOff"}, {take, "TestStoppedAndBack"}}, ""},
	{"F30", "an old and a new version side by side", "no flow fails", []Test{{take, "TestTwoReleases"}, {store, "TestNewerSchema"}, {store, "TestNeedsOf"}}, ""},
	{"F31", "two processes on one SQLite file", "refused with words", []Test{{program, "TestOneServeAFolder"}, {store, "TestLockDataDir"}}, ""},
	{
		"F32", "a process is stopped for long, or has no file descriptors", "leases end, no job is done twice",
		[]Test{{here, "TestF32StoppedForLong"}, {here, "TestF32NoFiles"}, {program, "TestNoFilesLeft"}, {take, "TestStoppedAndBack"}},
		"",
	},
}
