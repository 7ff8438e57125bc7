package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/patience"
	"passerelle/internal/webhook"
)

// Limits of the writer.
const (
	// defaultQueue is how many writes may wait: about a tenth of a second of work. Beyond it a caller is told at once to
	// come back, which beats timing out later.
	defaultQueue = 1024
	// mostBatch is how many writes share a commit.
	mostBatch = 128
	// waitForConn is how long the writer waits for its connection, which River borrows for moments.
	waitForConn = 5 * time.Second
)

var errClosed = errors.New("the store is closed")

// The states of a call: it runs, or its caller gives up, never both. One that ran waits for its commit, and its caller may give up again.
const (
	callWaiting = iota
	callStarted
	callRan
	callAbandoned
)

// call is one caller's write.
type call struct {
	ctx   context.Context
	fn    func(ctx context.Context, tx *writeTx) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// commits is what the transactions of every engine share.
type commits struct {
	stats writerStats
	// process is the number that this process works under (SetProcess); fenced counts the writes that were refused to a dead one.
	process, fenced atomic.Int64
	// alone says that no other process can serve from the database.
	alone atomic.Bool
	// renderers are what the deliveries of events are written with, by dialect; nil until one is set.
	renderers atomic.Pointer[map[string]webhook.Renderer]
	// queueNews is told of the users whose event queues a commit wrote to; nil until it is set.
	queueNews atomic.Pointer[func(userID int64)]
}

// begin makes the executor of a transaction.
func (c *commits) begin(on statements) *writeTx {
	tx := &writeTx{on: on, process: c.process.Load()}
	if r := c.renderers.Load(); r != nil {
		tx.renderers = *r
	}
	return tx
}

// committed passes on what a transaction has to tell.
func (c *commits) committed(tx *writeTx) {
	if tell := c.queueNews.Load(); tell != nil {
		for _, user := range tx.told {
			(*tell)(user)
		}
	}
}

// writer is the one goroutine that writes (group commit). It takes all that waits in its queue into one transaction, each
// call in a savepoint of its own, and answers after the commit. A call that finds the queue empty starts at once: nobody
// waits for a batch to fill.
type writer struct {
	*line

	db      *sql.DB
	stopped chan struct{}
	// queueJobs puts the jobs of a whole transaction into the queue, before its commit.
	queueJobs func(ctx context.Context, tx *sql.Tx, jobs []river.JobArgs) error
	// dirty is signalled after commits, for the checkpointer. erased is set before, where what it deleted must not stay in the log.
	dirty  chan struct{}
	erased atomic.Bool
	// since is when the transaction that runs was begun to be asked for, as unix nanoseconds; 0 while none is.
	since atomic.Int64
}

func newWriter(db *sql.DB, shared *commits, depth int, enqueue func(context.Context, *sql.Tx, []river.JobArgs) error) *writer {
	w := &writer{
		line: newLine(shared, depth), db: db, queueJobs: enqueue,
		stopped: make(chan struct{}), dirty: make(chan struct{}, 1),
	}
	go w.loop()
	return w
}

// submit runs fn in the next transaction and waits for its commit: see await for how long. While one transaction has had the writer
// for longer than this caller is patient, nothing is waited for.
//
// fn runs on the writer's goroutine with the values of ctx but without its end: a statement that is interrupted would take
// the whole transaction with it, other callers' work included. It must not wait for anything but the database.
func (w *writer) submit(ctx context.Context, fn func(ctx context.Context, tx *writeTx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.stalled(patience.Of(ctx, otherwise)) {
		return w.refuse()
	}
	return w.line.submit(ctx, fn)
}

// stalled says whether the writer has been at one transaction for that long: another process holds the file, or the disk is silent.
func (w *writer) stalled(long time.Duration) bool {
	since := w.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > long
}

// refuse is the answer where too many wait.
func (c *commits) refuse() error {
	c.stats.refused.Add(1)
	return fault.New(fault.Unavailable, "Too many requests are being stored just now. Try again in a moment.").WithRetry(retryAfter)
}

// close lets what waits finish and ends the goroutine.
func (w *writer) close() {
	w.end()
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	batch := make([]*call, 0, mostBatch)
	for first := range w.queue {
		batch = append(batch[:0], first)
		for len(batch) < mostBatch {
			next, ok := w.poll()
			if !ok {
				break
			}
			batch = append(batch, next)
		}
		w.run(batch)
		clear(batch)
	}
}

// poll takes a waiting call if there is one.
func (w *writer) poll() (*call, bool) {
	select {
	case c, ok := <-w.queue:
		return c, ok
	default:
		return nil, false
	}
}

// run commits the calls together whose callers still wait. Where an error ends the whole transaction, the calls before it are told so
// and those after it get a transaction of their own.
func (w *writer) run(batch []*call) {
	live := batch[:0]
	for _, c := range batch {
		if c.state.Load() == callWaiting {
			live = append(live, c)
		}
	}
	for len(live) > 0 {
		w.since.Store(time.Now().UnixNano())
		done, err := w.transact(live)
		w.since.Store(0)
		for _, c := range live[:done] {
			if err != nil && c.err == nil {
				c.err = err
			}
			close(c.done)
		}
		live = live[done:]
	}
}

// transact runs calls in one transaction and says how many of them it has dealt with. An error means that nothing of them
// was stored.
func (w *writer) transact(calls []*call) (done int, err error) {
	started := time.Now()
	defer func() { w.stats.record(done, err, time.Since(started)) }()
	acquire, cancel := context.WithTimeout(context.Background(), waitForConn)
	defer cancel()
	conn, err := w.db.Conn(acquire)
	if err != nil {
		return len(calls), unavailable(fmt.Errorf("the writer's connection: %w", err))
	}
	// Nothing of the transaction may end with a context: see submit.
	ctx := context.Background()
	begun, err := conn.BeginTx(ctx, nil)
	if err != nil {
		_ = conn.Close()
		return len(calls), unavailable(fmt.Errorf("begin: %w", err))
	}
	tx := w.begin(nil)
	err = conn.Raw(func(driverConn any) error {
		kept, ok := driverConn.(*keptConn)
		if !ok {
			return unavailable(fmt.Errorf("a connection of the wrong kind: %T", driverConn))
		}
		tx.on = kept
		done, err = runCalls(tx, calls)
		return err
	})
	if err != nil {
		abandon(ctx, conn, begun)
		return max(done, 1), err
	}
	err = failpoint.Hit(ctx, failpoint.StoreJobs)
	if err == nil && len(tx.jobs) > 0 {
		err = w.queueJobs(ctx, begun, tx.jobs)
	}
	if err == nil {
		err = failpoint.Around(ctx, failpoint.StoreCommit, begun.Commit)
	}
	if err != nil {
		abandon(ctx, conn, begun)
		return len(calls), unavailable(fmt.Errorf("commit: %w", err))
	}
	_ = conn.Close()
	if tx.erased {
		w.erased.Store(true)
	}
	select {
	case w.dirty <- struct{}{}:
	default:
	}
	w.committed(tx)
	return len(calls), nil
}

// runCalls runs calls one after the other, but for those whose callers have given up: the transaction may have been waited for. An
// error ends the transaction; done says how many of the calls it concerns.
func runCalls(tx *writeTx, calls []*call) (done int, err error) {
	for i, c := range calls {
		if !c.state.CompareAndSwap(callWaiting, callStarted) {
			continue
		}
		jobs, told := len(tx.jobs), len(tx.told)
		c.err = runCall(tx, c, len(calls) > 1)
		c.ran()
		if c.err == nil {
			continue
		}
		tx.jobs, tx.told = tx.jobs[:jobs], tx.told[:told]
		if len(calls) == 1 {
			return 1, c.err
		}
		if endsTransaction(c.err) || tx.broken {
			return i + 1, unavailable(fmt.Errorf("rolled back with another write: %w", c.err))
		}
	}
	return len(calls), nil
}

// abandon rolls back and gives the connection back. A transaction whose commit failed can still be open although
// database/sql holds it for done: on a connection left like that, no other could ever begin.
func abandon(ctx context.Context, conn *sql.Conn, tx *sql.Tx) {
	_ = tx.Rollback()
	// Fails when no transaction is open, which is what is wanted.
	_, _ = conn.ExecContext(ctx, "ROLLBACK")
	_ = conn.Close()
}

// runCall runs one call, in a savepoint where it shares the transaction, so that its failure undoes nothing of the others.
func runCall(tx *writeTx, c *call, shared bool) (err error) {
	if !shared {
		return guarded(context.WithoutCancel(c.ctx), tx, c.fn)
	}
	if err := tx.plain("SAVEPOINT one"); err != nil {
		tx.broken = true
		return err
	}
	err = guarded(context.WithoutCancel(c.ctx), tx, c.fn)
	if err != nil && !endsTransaction(err) {
		if back := tx.plain("ROLLBACK TO one"); back != nil {
			tx.broken = true
			return errors.Join(err, back)
		}
	}
	if err == nil || !endsTransaction(err) {
		if release := tx.plain("RELEASE one"); release != nil {
			tx.broken = true
			return errors.Join(err, release)
		}
	}
	return err
}

// guarded turns a panic into an error: the goroutine serves everybody.
func guarded(ctx context.Context, tx *writeTx, fn func(ctx context.Context, tx *writeTx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v", p)
		}
	}()
	return fn(ctx, tx)
}
