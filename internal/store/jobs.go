package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Enqueuer puts jobs into the queue within the transaction that caused them: a job is there exactly when its cause is. It
// runs on the writer's goroutine and may use nothing of the database but tx.
type Enqueuer interface {
	EnqueueTx(ctx context.Context, tx *sql.Tx, jobs []river.JobArgs) error
}

// SetEnqueuer replaces the enqueuer, which is River's from the start. For the wiring, before requests come, and for tests.
func (s *Store) SetEnqueuer(e Enqueuer) {
	s.jobsMu.Lock()
	defer s.jobsMu.Unlock()
	s.jobs = e
}

// enqueue notes a job for the end of the transaction.
func enqueue(tx *writeTx, args river.JobArgs) { tx.jobs = append(tx.jobs, args) }

// enqueueAll enqueues what the writes of one transaction noted; an error fails them all.
func (s *Store) enqueueAll(ctx context.Context, tx *sql.Tx, jobs []river.JobArgs) error {
	s.jobsMu.RLock()
	e := s.jobs
	s.jobsMu.RUnlock()
	if err := e.EnqueueTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("enqueue %d jobs, the first of kind %s: %w", len(jobs), jobs[0].Kind(), err)
	}
	return nil
}

// riverEnqueuer inserts jobs with a River client that works none.
type riverEnqueuer struct{ client *river.Client[*sql.Tx] }

func newRiverEnqueuer(db *sql.DB, log *slog.Logger) (riverEnqueuer, error) {
	client, err := river.NewClient(riversqlite.New(db), &river.Config{Logger: log})
	if err != nil {
		return riverEnqueuer{}, fmt.Errorf("store: make the job queue's client: %w", err)
	}
	return riverEnqueuer{client}, nil
}

// EnqueueTx implements Enqueuer.
func (e riverEnqueuer) EnqueueTx(ctx context.Context, tx *sql.Tx, jobs []river.JobArgs) error {
	params := make([]river.InsertManyParams, len(jobs))
	for i, args := range jobs {
		params[i] = river.InsertManyParams{Args: args}
	}
	_, err := e.client.InsertManyFastTx(ctx, tx, params)
	return err
}

// JobClient is River's client of this store's engine: what works the queue.
type JobClient interface {
	// Start begins to work; jobs run under the values of ctx.
	Start(ctx context.Context) error
	// Stop takes no more jobs and waits for those under way until ctx ends; StopAndCancel cancels them first.
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	// Subscribe tells of the jobs that ended, until the function it gives is called.
	Subscribe(kinds ...river.EventKind) (<-chan *river.Event, func())
}

// NewJobs makes the River client that works the jobs. On SQLite it shares the writer's only connection: River and the writer take turns
// by the transaction, and SQLITE_BUSY cannot happen between them. Stop that client before Close.
func (s *Store) NewJobs(config *river.Config) (JobClient, error) {
	var client JobClient
	var err error
	if s.pg != nil {
		client, err = s.pgJobClient(config)
	} else {
		client, err = river.NewClient(riversqlite.New(s.writeDB), config)
	}
	if err != nil {
		return nil, fmt.Errorf("store: make the client that works the jobs: %w", err)
	}
	return client, nil
}

func migrateRiver(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: log})
	if err != nil {
		return fmt.Errorf("store: the job queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return translate("schema", fmt.Errorf("migrate the job queue: %w", err))
	}
	return nil
}

// RescueJobs gives jobs that a dead process left running back to the queue, and says how many. River's own rescue waits an
// hour, since with many processes it cannot know; here the lock of the data folder says that no other process works jobs,
// and so it is an error to call this without holding it (LockDataDir), or after this process began to work jobs.
func (s *Store) RescueJobs(ctx context.Context) (int, error) {
	if !holdsDataDir(filepath.Dir(s.path)) {
		return 0, errors.New("store: jobs are rescued only by the process that holds the data folder's lock")
	}
	var n int64
	err := s.write(ctx, "job", func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}
