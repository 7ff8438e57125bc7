package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Pace of the checkpointer.
const (
	// checkpointEvery is the shortest pause between two checkpoints: each costs two fsyncs, and the more commits one of them
	// serves the fewer pages are copied twice.
	checkpointEvery = 2 * time.Second
	// checkpointWithin bounds one checkpoint.
	checkpointWithin = 30 * time.Second
)

// checkpointer copies what was committed from the write-ahead log into the database, on a connection and goroutine of its
// own: done by the commit that crosses a threshold, it is the slowest request of all. It is passive: it waits for nobody and
// nobody waits for it.
//
// The log keeps what was committed before, as it was, until it is written over: on a server where nothing happens, for ever. So after
// something of a person was deleted the log is emptied too (secure_delete overwrites it in the database itself), and once after the
// start, since the process before may have been killed. What the disk keeps of a file's former blocks is the disk's.
type checkpointer struct {
	db     *sql.DB
	log    *slog.Logger
	cancel context.CancelFunc
	wg     sync.WaitGroup
	// erased says that the log must be emptied.
	erased *atomic.Bool
	// emptied is signalled when it was.
	emptied chan struct{}
}

func newCheckpointer(path string, log *slog.Logger) (*checkpointer, error) {
	db, err := openPool(path, 1, checkpointPragmas...)
	if err != nil {
		return nil, err
	}
	return &checkpointer{db: db, log: log, emptied: make(chan struct{}, 1)}, nil
}

func (c *checkpointer) start(dirty <-chan struct{}, erased *atomic.Bool) {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel, c.erased = cancel, erased
	c.wg.Go(func() {
		for left := true; ; {
			// Where the log is still to be emptied, there may come no commit to say so.
			if !left {
				select {
				case <-ctx.Done():
					return
				case <-dirty:
				}
			}
			pause := time.NewTimer(checkpointEvery)
			select {
			case <-ctx.Done():
				pause.Stop()
				return
			case <-pause.C:
			}
			left = !c.once(ctx, c.erased.Swap(false) || left)
			if left {
				c.erased.Store(true)
			}
		}
	})
}

// once makes a checkpoint, and empties the log where that is asked for. False where it could not be emptied, since somebody was reading
// or writing in it all the while.
func (c *checkpointer) once(ctx context.Context, empty bool) bool {
	ctx, cancel := context.WithTimeout(ctx, checkpointWithin)
	defer cancel()
	ways := []string{"PASSIVE"}
	if empty {
		// First without making anybody wait, so that little is left to do while they do.
		ways = append(ways, "TRUNCATE")
	}
	for _, way := range ways {
		var busy, logged, copied int64
		err := c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+way+")").Scan(&busy, &logged, &copied)
		if err != nil && ctx.Err() == nil && !cannotAnswer(err) {
			c.log.Warn("the write-ahead log could not be copied into the database", "error", err)
		}
		if err != nil || busy != 0 {
			return !empty
		}
	}
	if empty {
		select {
		case c.emptied <- struct{}{}:
		default:
		}
	}
	return true
}

func (c *checkpointer) stop() {
	c.cancel()
	c.wg.Wait()
	if c.erased.Load() {
		// Another process may have the database open, so that closing it does not do this.
		c.once(context.Background(), true)
	}
	_ = c.db.Close()
}
