package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"passerelle/internal/store"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// Figures of the job queue.
const (
	// jobPoll is how often the queue is looked at: SQLite tells nobody that a job has come.
	jobPoll = 500 * time.Millisecond
	// jobCooldown is the shortest pause between two looks: under load each takes many jobs.
	jobCooldown = 100 * time.Millisecond
	// jobWorkers is how many jobs run at a time. They mostly wait for banks.
	jobWorkers = 16
	// orphanLook is how often it is looked for jobs that were taken in this process's name and that it does not know of.
	orphanLook = 20 * time.Second
	// lostWithin is how long the jobs of a number that is lost may take to notice.
	lostWithin = 10 * time.Second
)

// jobs works the queue, under the number that this process has.
type jobs struct {
	// work makes the client that works under a number and takes jobs in a name.
	work func(id int64, name string, u *underWay) (store.JobClient, error)
	// taken and giveBack are the store's.
	taken    func(ctx context.Context, name string) ([]int64, error)
	giveBack func(ctx context.Context, id int64, name string) (bool, error)
	look     time.Duration
	log      *slog.Logger

	mu     sync.Mutex
	id     int64
	name   string
	client store.JobClient
	// unwatch ends the look for orphans.
	unwatch context.CancelFunc
}

// wireJobs makes the workers. Nothing runs before start.
func (a *app) wireJobs(context.Context, *serveCommand) error {
	sweeper, retention, err := a.wireRetention()
	if err != nil {
		return err
	}
	workers, err := syncer.Workers(a.sync, sweeper)
	if err != nil {
		return fmt.Errorf("the jobs' workers: %w", err)
	}
	if err := webhook.AddWorkers(workers, a.webhooks); err != nil {
		return fmt.Errorf("the workers of deliveries: %w", err)
	}
	retain, err := syncer.AddRetention(workers, retention)
	if err != nil {
		return fmt.Errorf("the worker of retention: %w", err)
	}
	a.jobs = &jobs{log: a.log, taken: a.db.TakenJobs, giveBack: a.db.ReturnJob, look: orphanLook, work: func(id int64, name string, u *underWay) (store.JobClient, error) {
		return a.db.NewJobs(&river.Config{
			// The jobs that a dead process had under way are found by the name of who took them.
			ID: name,
			Queues: map[string]river.QueueConfig{
				river.QueueDefault: {MaxWorkers: jobWorkers}, webhook.Queue: {MaxWorkers: webhook.QueueWorkers},
			},
			Workers:           workers,
			PeriodicJobs:      append(append(syncer.Periodic(), retain), webhook.Periodic()...),
			FetchPollInterval: jobPoll,
			FetchCooldown:     jobCooldown,
			Logger:            quiet(a.log),
			PollOnly:          true,

			CompletedJobRetentionPeriod: store.JobsKept,
			CancelledJobRetentionPeriod: store.FailedJobsKept,
			DiscardedJobRetentionPeriod: store.FailedJobsKept,
			Middleware:                  []rivertype.Middleware{u.middleware(func(ctx context.Context) context.Context { return a.db.OwnAs(ctx, id) })},
		})
	}}
	return nil
}

// joined notes the number and the name that jobs are worked under from now on.
func (j *jobs) joined(id int64, name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.id, j.name = id, name
}

// start begins to work. The jobs outlive the context that ends the serving, so that the stop can wait for them.
func (j *jobs) start(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	u := &underWay{}
	client, err := j.work(j.id, j.name, u)
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	j.client = client
	ctx, j.unwatch = context.WithCancel(context.WithoutCancel(ctx))
	go j.watch(ctx, j.name, u)
	return nil
}

// lost begins anew under the number that holds now. What was under way under the former one is others' work: it is cut off, and nothing
// of it can be written any more.
func (j *jobs) lost(ctx context.Context) {
	j.mu.Lock()
	former, unwatch := j.client, j.unwatch
	j.client = nil
	j.mu.Unlock()
	if former == nil {
		return
	}
	unwatch()
	go func() {
		ctx, cancel := context.WithTimeout(ctx, lostWithin)
		defer cancel()
		if err := former.StopAndCancel(ctx); err != nil {
			j.log.WarnContext(ctx, "jobs of a lost number go on; nothing of them is written", "error", err)
		}
	}()
	if err := j.start(ctx); err != nil {
		j.log.ErrorContext(ctx, "the jobs were not begun anew: this process works none until it is restarted", "error", err)
	}
}

// stop takes no more jobs and gives those under way half of the time left; what is cut off is left to the others, or to the next start.
func (j *jobs) stop(ctx context.Context) error {
	j.mu.Lock()
	client, unwatch := j.client, j.unwatch
	j.client = nil
	j.mu.Unlock()
	if client == nil {
		return nil
	}
	unwatch()
	soft := ctx
	if until, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		soft, cancel = context.WithTimeout(ctx, time.Until(until)/2)
		defer cancel()
	}
	err := client.Stop(soft)
	if errors.Is(err, context.DeadlineExceeded) {
		err = client.StopAndCancel(ctx)
	}
	if err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	return nil
}
