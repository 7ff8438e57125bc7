package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"passerelle/internal/seeded"
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
	if err := e.EnqueueTx(ctx, tx, jobs); err != nil && !seeded.JobOutside {
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
	_, err := e.client.InsertManyFastTx(ctx, tx, insertOf(jobs))
	return err
}

// insertOf is what River is given to insert jobs.
func insertOf(jobs []river.JobArgs) []river.InsertManyParams {
	params := make([]river.InsertManyParams, len(jobs))
	for i, args := range jobs {
		params[i] = river.InsertManyParams{Args: args}
	}
	return params
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
	if _, err := db.ExecContext(ctx, liveJobsIndex); err != nil {
		return translate("schema", fmt.Errorf("index the job queue: %w", err))
	}
	return nil
}

// liveJobsIndex finds the jobs of a connection that have not ended: without it every look at a connection reads all live jobs.
const liveJobsIndex = `CREATE INDEX IF NOT EXISTS passerelle_live_jobs ON river_job ((CAST(args ->> 'connection_id' AS BIGINT)))
	WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`

// takenBy is the name of who took a job last. River notes the names of all, the last one at the end.
func (s *Store) takenBy() string {
	if s.pg != nil {
		return "river_job.attempted_by[array_upper(river_job.attempted_by, 1)]"
	}
	return "json_extract(river_job.attempted_by, '$[#-1]')"
}

// strayJobs is true of jobs that run under nobody who lives.
func (s *Store) strayJobs() string {
	return "river_job.state = 'running' AND NOT EXISTS (SELECT 1 FROM processes WHERE processes.ended IS NULL AND processes.name = " + s.takenBy() + ")"
}

// freeJobs gives the jobs that dead processes left running back to the queue, and says how many. It was cut off, which is no failure
// of its own: it is not counted as a try.
func (s *Store) freeJobs(ctx context.Context, tx executor) (int, error) {
	return s.requeue(ctx, tx, s.strayJobs())
}

// requeue gives running jobs back to the queue, not counting the try. Each comes back as another one, under a new id, in place of the
// one that ran: should its process be alive after all, and say how it ended, there is nothing to write that to, which River bears.
func (s *Store) requeue(ctx context.Context, tx executor, which string, args ...any) (int, error) {
	const columns = "args, attempt, errors, kind, max_attempts, metadata, priority, queue, tags"
	const values = "args, CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END, errors, kind, max_attempts, metadata, priority, queue, tags"
	if s.pg != nil {
		// One statement, so that of many who free at one time each job has one.
		n, err := tx.exec(ctx, "WITH gone AS (DELETE FROM river_job WHERE "+which+" RETURNING "+columns+") INSERT INTO river_job ("+columns+
			") SELECT "+values+" FROM gone", args...)
		return int(n), err
	}
	n, err := tx.exec(ctx, "INSERT INTO river_job ("+columns+") SELECT "+values+" FROM river_job WHERE "+which, args...)
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = tx.exec(ctx, "DELETE FROM river_job WHERE "+which, args...)
	return int(n), err
}

// TakenJobs are the ids of the jobs that are noted as running under a name. There may be more than whoever has that name knows of: where
// the answer to a fetch is lost with the connection, the jobs are taken and nobody works them.
func (s *Store) TakenJobs(ctx context.Context, name string) ([]int64, error) {
	rs, err := s.read.query(ctx, "SELECT id FROM river_job WHERE state = 'running' AND "+s.takenBy()+" = $1 ORDER BY id", name)
	list, err := collect(rs, err, func(r row) (id int64, err error) {
		err = r.Scan(&id)
		return id, err
	})
	return list, translate("job", err)
}

// ReturnJob gives a job that is noted as running under a name back to the queue; false where it is not any more.
func (s *Store) ReturnJob(ctx context.Context, id int64, name string) (bool, error) {
	var n int
	err := s.write(ctx, "job", func(ctx context.Context, tx *writeTx) (err error) {
		n, err = s.requeue(ctx, tx, "river_job.state = 'running' AND river_job.id = $1 AND "+s.takenBy()+" = $2", id, name)
		return err
	})
	return n > 0, err
}
