package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
)

// Rule says how long something is kept. internal/store has the table of them.
type Rule struct {
	// What names it, in metrics and in the log.
	What string
	// Text says what it is and Since from when on it is kept, in words for an operator.
	Text, Since string
	// Keep is how long; 0 means that it goes at once. Ever says that it stays until what it belongs to goes.
	Keep time.Duration
	Ever bool
	// By is the kind of the job that does it: JobRetain for those that Keeper is asked for.
	By string
	// Flag is the flag of serve that changes it; empty where none does.
	Flag string
}

// Keeper deletes what was kept long enough. internal/store implements it.
type Keeper interface {
	// Retain deletes a portion of a rule's rows that are from before a time, at most limit, in one transaction; says how many.
	Retain(ctx context.Context, what string, before time.Time, limit int) (int, error)
}

// Figures of the job.
const (
	retainEvery   = 10 * time.Minute
	retainTimeout = 5 * time.Minute
	retainLimit   = 500
)

// JobRetain is the kind of the periodic job that deletes what was kept long enough.
const JobRetain = "retain"

// RetainArgs are its arguments. It implements river.JobArgsWithInsertOpts.
type RetainArgs struct{}

// Kind names the job.
func (RetainArgs) Kind() string { return JobRetain }

// InsertOpts says that one that failed is not repeated: the next goes on where it stopped.
func (RetainArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// Retention runs the job. All fields but Deleted are required.
type Retention struct {
	river.WorkerDefaults[RetainArgs]
	Store Keeper
	Rules []Rule
	// Deleted is told how many rows went; nil for nobody.
	Deleted func(what string, n int)
	Clock   func() time.Time
	Log     *slog.Logger
}

// Timeout implements river.Worker.
func (w *Retention) Timeout(*river.Job[RetainArgs]) time.Duration { return retainTimeout }

// Work implements river.Worker.
func (w *Retention) Work(ctx context.Context, _ *river.Job[RetainArgs]) error { return w.Run(ctx) }

// Run deletes what the rules say, each in portions of a transaction of its own: stopped anywhere, the next run goes on. A rule that fails
// holds none of the others up.
func (w *Retention) Run(ctx context.Context) error {
	now := w.Clock()
	var failed error
	for _, r := range w.Rules {
		if r.By != JobRetain || r.Ever {
			continue
		}
		total := 0
		for {
			n, err := w.Store.Retain(ctx, r.What, now.Add(-r.Keep), retainLimit)
			total += n
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("delete %s that were kept long enough: %w", r.What, err))
			}
			if err != nil || n < retainLimit || ctx.Err() != nil {
				break
			}
		}
		if total == 0 {
			continue
		}
		if w.Deleted != nil {
			w.Deleted(r.What, total)
		}
		w.Log.InfoContext(ctx, "what was kept long enough was deleted", "what", r.What, "rows", total)
	}
	return errors.Join(failed, ctx.Err())
}

// AddRetention gives River the worker, and gives the periodic job.
func AddRetention(ws *river.Workers, w *Retention) (*river.PeriodicJob, error) {
	if err := river.AddWorkerSafely(ws, w); err != nil {
		return nil, err
	}
	return river.NewPeriodicJob(river.PeriodicInterval(retainEvery),
		func() (river.JobArgs, *river.InsertOpts) { return RetainArgs{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true}), nil
}
