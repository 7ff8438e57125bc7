package webhook

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// Queue is the queue of River that deliveries have to themselves: slow receivers must hold up no reading of banks.
const Queue = "webhooks"

// QueueWorkers is how many deliveries are under way at a time. They mostly wait for receivers, of which each has a few slots
// alone (MostUnderWay).
const QueueWorkers = 64

// MostUnderWay is how many deliveries to one receiver are under way at a time; to one that fails, one.
const MostUnderWay = 4

// Figures of the jobs.
const (
	deliverTimeout  = 5 * time.Minute
	deliverAttempts = 8
	dueEvery        = time.Minute
	forgetEvery     = 10 * time.Minute
	forgetLimit     = 500
	sweepTimeout    = time.Minute
	// KeepBodies is how long what was sent can be sent again, KeepLogs how long it can be looked up.
	KeepBodies = 7 * 24 * time.Hour
	KeepLogs   = 30 * 24 * time.Hour
)

// JobDeliver is the kind of the job that sends what is due for a receiver.
const JobDeliver = "deliver_webhook"

// DeliverArgs are its arguments. It implements river.JobArgsWithInsertOpts.
type DeliverArgs struct {
	ReceiverID int64 `json:"webhook_id"`
	// At is when it is to run; the zero value means at once.
	At time.Time `json:"-"`
}

// Kind names the job.
func (DeliverArgs) Kind() string { return JobDeliver }

// InsertOpts says where and when it runs.
func (a DeliverArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: deliverAttempts, ScheduledAt: a.At}
}

// Worker runs the jobs that deliver.
type Worker struct {
	river.WorkerDefaults[DeliverArgs]
	Service *Service
}

// Work implements river.Worker.
func (w *Worker) Work(ctx context.Context, job *river.Job[DeliverArgs]) error {
	more, err := w.Service.Deliver(ctx, job.Args.ReceiverID)
	if err == nil && more {
		return river.JobSnooze(0)
	}
	return err
}

// Timeout implements river.Worker.
func (w *Worker) Timeout(*river.Job[DeliverArgs]) time.Duration { return deliverTimeout }

// JobDue is the kind of the periodic job that finds deliveries whose job is missing: of a process that died, or of a receiver
// that rested.
const JobDue = "webhooks_due"

// DueArgs are its arguments.
type DueArgs struct{}

// Kind names the job.
func (DueArgs) Kind() string { return JobDue }

// InsertOpts says that one that failed is not repeated: the next is due in a minute.
func (DueArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: Queue, MaxAttempts: 1} }

// dueWorker runs them.
type dueWorker struct {
	river.WorkerDefaults[DueArgs]
	service *Service
}

// Work implements river.Worker.
func (w *dueWorker) Work(ctx context.Context, _ *river.Job[DueArgs]) error {
	_, err := w.service.Store.QueueDue(ctx, w.service.Clock())
	return err
}

// Timeout implements river.Worker.
func (w *dueWorker) Timeout(*river.Job[DueArgs]) time.Duration { return sweepTimeout }

// JobForget is the kind of the periodic job that wipes what was kept long enough.
const JobForget = "webhooks_forget"

// ForgetArgs are its arguments.
type ForgetArgs struct{}

// Kind names the job.
func (ForgetArgs) Kind() string { return JobForget }

// InsertOpts says that one that failed is not repeated.
func (ForgetArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 1}
}

// forgetWorker runs them.
type forgetWorker struct {
	river.WorkerDefaults[ForgetArgs]
	service *Service
}

// Work implements river.Worker.
func (w *forgetWorker) Work(ctx context.Context, _ *river.Job[ForgetArgs]) error {
	return w.service.Forget(ctx)
}

// Timeout implements river.Worker.
func (w *forgetWorker) Timeout(*river.Job[ForgetArgs]) time.Duration { return sweepTimeout }

// Forget wipes what was kept long enough, in small portions.
func (s *Service) Forget(ctx context.Context) error {
	now := s.Clock()
	for {
		n, err := s.Store.Forget(ctx, now, now.Add(-KeepBodies), now.Add(-KeepLogs), forgetLimit)
		if err != nil || n == 0 {
			return err
		}
	}
}

// AddWorkers gives River the workers of this package.
func AddWorkers(ws *river.Workers, s *Service) error {
	if err := river.AddWorkerSafely(ws, &Worker{Service: s}); err != nil {
		return err
	}
	if err := river.AddWorkerSafely(ws, &dueWorker{service: s}); err != nil {
		return err
	}
	return river.AddWorkerSafely(ws, &forgetWorker{service: s})
}

// Periodic gives River the periodic jobs of this package.
func Periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(dueEvery),
			func() (river.JobArgs, *river.InsertOpts) { return DueArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(forgetEvery),
			func() (river.JobArgs, *river.InsertOpts) { return ForgetArgs{}, nil }, nil),
	}
}
