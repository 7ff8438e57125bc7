package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"passerelle/internal/failpoint"
)

// How long things may take.
const (
	// pgRead ends a reading statement.
	pgRead = 30 * time.Second
	// pgWrite ends a transaction whose caller sets no end: a job's.
	pgWrite = 60 * time.Second
	// mostTries is how often a transaction is run that others came between: the deadline of the caller comes first almost always.
	mostTries = 64
	// shortestPause and longestPause are between two tries.
	shortestPause, longestPause = time.Millisecond, 100 * time.Millisecond
)

// pgWriter runs transactions on PostgreSQL: a few at a time, each caller's its own. They are serializable, so that a verb that reads
// before it writes decides as it does behind SQLite's one writer; one that others came between is run again, whole.
type pgWriter struct {
	*line

	store   *Store
	workers sync.WaitGroup
}

func newPGWriter(s *Store, depth, writers int) *pgWriter {
	w := &pgWriter{line: newLine(s.commits, depth), store: s}
	for range writers {
		w.workers.Go(w.loop)
	}
	return w
}

// close implements writing.
func (w *pgWriter) close() {
	w.end()
	w.workers.Wait()
}

func (w *pgWriter) loop() {
	for c := range w.queue {
		if !c.state.CompareAndSwap(callWaiting, callStarted) {
			continue
		}
		c.err = w.store.pgRun(c.ctx, c)
		close(c.done)
	}
}

// pgTransact is pgRun for a caller that waits whatever happens.
func (s *Store) pgTransact(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error) error {
	c := &call{fn: fn}
	c.state.Store(callStarted)
	return s.pgRun(ctx, c)
}

// pgRun runs a call's function in a serializable transaction until nobody has come between. fn gets the values and the deadline of ctx, but not
// its cancelling: a caller that has gone is no reason to throw a connection away.
func (s *Store) pgRun(ctx context.Context, c *call) (err error) {
	started := time.Now()
	until, ok := ctx.Deadline()
	if !ok {
		until = started.Add(pgWrite)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	defer func() { s.commits.stats.record(1, err, time.Since(started)) }()
	pause := shortestPause
	if s.pg.rehearse {
		_ = s.pgOnce(ctx, func(ctx context.Context, tx *writeTx) error { return errors.Join(errRehearsal, c.fn(ctx, tx)) }, nil)
	}
	for try := 1; ; try++ {
		err = s.pgOnce(ctx, c.fn, c.ran)
		if !cameBetween(err) {
			return err
		}
		if !c.again() {
			return unavailable(err) // its caller has been told that nothing is known
		}
		s.commits.stats.retried.Add(1)
		if try == mostTries {
			return unavailable(fmt.Errorf("others came between %d times: %w", try, err))
		}
		// Apart from each other, or the same two would meet again.
		timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // no secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return unavailable(errors.Join(ctx.Err(), err))
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// errRehearsal undoes a transaction that is run only to be run again.
var errRehearsal = errors.New("a rehearsal")

// pgOnce runs fn in one transaction. ran is told when only the commit is left.
func (s *Store) pgOnce(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error, ran func()) error {
	how := pgx.TxOptions{IsoLevel: pgx.Serializable}
	if ctx.Value(looselyKey{}) != nil {
		how.IsoLevel = pgx.ReadCommitted
	}
	begun, err := s.pg.write.BeginTx(ctx, how)
	if brokeOff(err) {
		s.pg.write.Reset() // as in pgReader.query
		begun, err = s.pg.write.BeginTx(ctx, how)
	}
	if err != nil {
		return unavailable(fmt.Errorf("begin: %w", err))
	}
	tx := s.commits.begin(pgStatements{begun})
	err = guarded(ctx, tx, fn)
	if err == nil {
		err = failpoint.Hit(ctx, failpoint.StoreJobs)
	}
	if err == nil && len(tx.jobs) > 0 {
		err = s.pgEnqueue(ctx, begun, tx.jobs)
	}
	if err != nil {
		rollback(ctx, begun)
		return err
	}
	ran()
	if err := failpoint.Around(ctx, failpoint.StoreCommit, func() error { return begun.Commit(ctx) }); err != nil {
		if cameBetween(err) {
			return err
		}
		err = fmt.Errorf("commit: %w", err)
		if saidNo(err) {
			return unavailable(err)
		}
		return unknown(err)
	}
	s.commits.committed(tx)
	return nil
}

// saidNo says whether a commit that failed did not happen: the server refused it, or has not heard of it. What a server that is shut down
// or crashes says (class 57) comes as likely after the commit as before, and so does what was lost on the way (class 08).
func saidNo(err error) bool {
	if code := pgCode(err); code != "" {
		return !strings.HasPrefix(code, "57") && !strings.HasPrefix(code, "08")
	}
	return pgconn.SafeToRetry(err)
}

// rollback ends a transaction even where its time is over: the connection is closed then.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = tx.Rollback(ctx)
}

// pgEnqueue puts the jobs of a transaction into the queue, within it.
func (s *Store) pgEnqueue(ctx context.Context, tx pgx.Tx, jobs []river.JobArgs) error {
	client, err := s.pg.enqueuer(s.log)
	if err == nil {
		_, err = client.InsertManyFastTx(ctx, tx, insertOf(jobs))
	}
	if err != nil {
		// River gives the socket's bare error where the connection dies in its hands.
		return fmt.Errorf("enqueue %d jobs, the first of kind %s: %w", len(jobs), jobs[0].Kind(), gone(err))
	}
	return nil
}

// pgJobClient makes the River client that works the jobs.
func (s *Store) pgJobClient(config *river.Config) (JobClient, error) {
	return river.NewClient(riverpgxv5.New(s.pg.write), config)
}
