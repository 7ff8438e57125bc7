package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/failpoint"
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
)

// jobs works the queue.
type jobs struct {
	client store.JobClient
	// rescue frees the deliveries that a dead process had under way.
	rescue func(ctx context.Context, now time.Time) (int, error)
}

// wireJobs makes the workers. Nothing runs before start.
func (a *app) wireJobs(context.Context, *serveCommand) error {
	workers, err := syncer.Workers(a.sync, &syncer.Sweeper{Store: a.db, Remove: a.sync.RemoveConnection, Clock: failpoint.Now, Log: a.log})
	if err != nil {
		return fmt.Errorf("the jobs' workers: %w", err)
	}
	if err := webhook.AddWorkers(workers, a.webhooks); err != nil {
		return fmt.Errorf("the workers of deliveries: %w", err)
	}
	client, err := a.db.NewJobs(&river.Config{
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: jobWorkers}, webhook.Queue: {MaxWorkers: webhook.QueueWorkers},
		},
		Workers:           workers,
		PeriodicJobs:      append(syncer.Periodic(), webhook.Periodic()...),
		FetchPollInterval: jobPoll,
		FetchCooldown:     jobCooldown,
		Logger:            quiet(a.log),
		PollOnly:          true,
	})
	if err != nil {
		return fmt.Errorf("the job queue: %w", err)
	}
	a.jobs = &jobs{client, a.db.RescueDeliveries}
	return nil
}

// start begins to work. The jobs outlive the context that ends the serving, so that the stop can wait for them.
func (j *jobs) start(ctx context.Context) error {
	if _, err := j.rescue(ctx, failpoint.Now()); err != nil {
		return fmt.Errorf("take up deliveries of the process before: %w", err)
	}
	if err := j.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	return nil
}

// stop takes no more jobs and gives those under way half of the time left; what is cut off is run again by the next start.
func (j *jobs) stop(ctx context.Context) error {
	soft := ctx
	if until, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		soft, cancel = context.WithTimeout(ctx, time.Until(until)/2)
		defer cancel()
	}
	err := j.client.Stop(soft)
	if errors.Is(err, context.DeadlineExceeded) {
		err = j.client.StopAndCancel(ctx)
	}
	if err != nil {
		return fmt.Errorf("stop the jobs: %w", err)
	}
	return nil
}
