package syncer

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// Limits of the jobs.
const (
	// syncTimeout caps one read of a connection.
	syncTimeout = 5 * time.Minute
	// syncAttempts is how often a sync that our own side failed is run again (River waits attempt⁴ seconds).
	syncAttempts = 8
	// SweepEvery is the pause between sweeps.
	SweepEvery   = time.Minute
	sweepTimeout = time.Minute
	sweepLimit   = 200
	// dueLease is how long a due connection is left alone after its job was queued: longer than a sync may take.
	dueLease = 15 * time.Minute
	// LogsKept is how long a connection's log goes back unless it is said otherwise.
	LogsKept = 90 * everyDay
	// PendingKept is how long what was typed waits for the rest of a talk with a bank that nobody goes on with (R63).
	PendingKept = 30 * time.Minute
)

// InsertOpts implements river.JobArgsWithInsertOpts. The jobs are not made unique by connection: River's uniqueness must count
// running jobs too, and a sync asked for because accounts were just shared would be dropped in favour of the running one
// that began before. Two in a row cost a read; none would cost the data.
func (SyncArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: syncAttempts} }

// Worker runs sync jobs.
type Worker struct {
	river.WorkerDefaults[SyncArgs]
	Service *Service
}

// Work implements river.Worker.
func (w *Worker) Work(ctx context.Context, job *river.Job[SyncArgs]) error {
	err := w.Service.work(ctx, job.Args.ConnectionID, job.Args.Unattended)
	if errors.Is(err, errCrowded) {
		return river.JobSnooze(crowdWait)
	}
	return err
}

// Timeout implements river.Worker.
func (w *Worker) Timeout(*river.Job[SyncArgs]) time.Duration { return syncTimeout }

// JobSweep is the kind of the periodic job that queues due connections and clears away what has expired.
const JobSweep = "sweep"

// SweepArgs are the arguments of a sweep. It implements river.JobArgs.
type SweepArgs struct{}

// Kind names the job.
func (SweepArgs) Kind() string { return JobSweep }

// InsertOpts implements river.JobArgsWithInsertOpts. A sweep that failed is not repeated: the next one is due in a minute.
func (SweepArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// Sweeps is what a sweep does. internal/store implements it.
type Sweeps interface {
	DueConnections(ctx context.Context, now time.Time, lease time.Duration, limit int) (int, error)
	// UnwantedConnections lists connections that must go, at most limit: those that an abandoned visit left without
	// anybody's consent, those begun by API that nobody finished in time, and those of temporary users whose time is over.
	UnwantedConnections(ctx context.Context, now time.Time, limit int) ([]Unwanted, error)
	ExpireAttempts(ctx context.Context, now time.Time, limit int) (int, error)
	DeleteExpiredUsers(ctx context.Context, now time.Time, limit int) (int, error)
	// NoticeConsents writes the event connection.consent_ending for consents that end by a time and were not told of, at most
	// limit; says how many. A renewed consent is told of again.
	NoticeConsents(ctx context.Context, endBy, now time.Time, limit int) (int, error)
	// ForgetLogs deletes entries of the connections' logs from before a time, at most limit; says how many.
	ForgetLogs(ctx context.Context, before time.Time, limit int) (int, error)
	// ForgetPending wipes what was typed for connections that work and was left before a time, at most limit; says how many. What
	// was asked of the end user is over then: the bank is to be asked anew.
	ForgetPending(ctx context.Context, before time.Time, limit int) (int, error)
}

// Unwanted is a connection that must go.
type Unwanted struct{ UserID, ConnectionID int64 }

// Sweeper runs sweeps.
type Sweeper struct {
	river.WorkerDefaults[SweepArgs]
	Store Sweeps
	// Remove ends a connection, at its bank too: Service.RemoveConnection.
	Remove func(ctx context.Context, userID, connectionID int64) error
	Clock  func() time.Time
	Log    *slog.Logger
	// LogsKept is how long the connections' logs go back (LogsKept of the package when 0). Done is told of each part how much it did; nil
	// for nobody.
	LogsKept time.Duration
	Done     func(part string, n int)
}

// Timeout implements river.Worker.
func (w *Sweeper) Timeout(*river.Job[SweepArgs]) time.Duration { return sweepTimeout }

// Work implements river.Worker.
func (w *Sweeper) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	return w.Sweep(ctx)
}

// Sweep ends abandoned visits (their credentials with them, and the connections that nobody agreed to or finished), deletes
// temporary users that nobody made permanent, tells of consents that end soon, and queues the connections that are due. Each
// goes on in small portions until there is no more, so that no page waits for it long.
func (w *Sweeper) Sweep(ctx context.Context) error {
	now := w.Clock()
	var done []any
	total := 0
	for _, part := range []struct {
		name string
		do   func() (int, error)
	}{
		{"attempts_ended", func() (int, error) { return w.Store.ExpireAttempts(ctx, now, sweepLimit) }},
		{"connections_removed", func() (int, error) { return w.removeUnwanted(ctx, now) }},
		{"temporary_users_deleted", func() (int, error) { return w.Store.DeleteExpiredUsers(ctx, now, sweepLimit) }},
		{"consents_ending", func() (int, error) { return w.Store.NoticeConsents(ctx, now.Add(bank.RenewalNotice), now, sweepLimit) }},
		{"answers_forgotten", func() (int, error) { return w.Store.ForgetPending(ctx, now.Add(-PendingKept), sweepLimit) }},
		{"log_entries_forgotten", func() (int, error) {
			return w.Store.ForgetLogs(ctx, now.Add(-cmp.Or(w.LogsKept, LogsKept)), sweepLimit)
		}},
		{"connections_due", func() (int, error) { return w.Store.DueConnections(ctx, now, dueLease, sweepLimit) }},
	} {
		n, err := repeat(ctx, part.do)
		if err != nil {
			return err
		}
		total += n
		done = append(done, part.name, n)
		if w.Done != nil {
			w.Done(part.name, n)
		}
	}
	if total > 0 {
		w.Log.InfoContext(ctx, "swept", done...)
	}
	return nil
}

// removeUnwanted ends a portion of the connections that must go, each at its bank first.
func (w *Sweeper) removeUnwanted(ctx context.Context, now time.Time) (int, error) {
	list, err := w.Store.UnwantedConnections(ctx, now, sweepLimit)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if err := w.Remove(ctx, c.UserID, c.ConnectionID); err != nil && !fault.Is(err, fault.NotFound) {
			return 0, err
		}
	}
	return len(list), nil
}

// repeat calls f until it does less than a full portion.
func repeat(ctx context.Context, f func() (int, error)) (total int, err error) {
	for {
		n, err := f()
		total += n
		if err != nil || n < sweepLimit {
			return total, err
		}
		if err := ctx.Err(); err != nil {
			return total, err
		}
	}
}

// Workers gives River the workers of this package.
func Workers(s *Service, sweeper *Sweeper) (*river.Workers, error) {
	ws := river.NewWorkers()
	if err := river.AddWorkerSafely(ws, &Worker{Service: s}); err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(ws, sweeper); err != nil {
		return nil, err
	}
	if err := river.AddWorkerSafely(ws, &tellWorker{service: s}); err != nil {
		return nil, err
	}
	return ws, nil
}

// Periodic gives River the periodic jobs of this package.
func Periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(SweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return SweepArgs{}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
	}
}
