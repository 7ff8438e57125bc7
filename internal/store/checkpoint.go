package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
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
type checkpointer struct {
	db     *sql.DB
	log    *slog.Logger
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newCheckpointer(path string, log *slog.Logger) (*checkpointer, error) {
	db, err := openPool(path, 1, checkpointPragmas...)
	if err != nil {
		return nil, err
	}
	return &checkpointer{db: db, log: log}, nil
}

func (c *checkpointer) start(dirty <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-dirty:
			}
			pause := time.NewTimer(checkpointEvery)
			select {
			case <-ctx.Done():
				pause.Stop()
				return
			case <-pause.C:
			}
			c.once(ctx)
		}
	})
}

func (c *checkpointer) once(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, checkpointWithin)
	defer cancel()
	var busy, logged, copied int64
	err := c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &logged, &copied)
	if err != nil && ctx.Err() == nil {
		c.log.Warn("the write-ahead log could not be copied into the database", "error", err)
	}
}

func (c *checkpointer) stop() {
	c.cancel()
	c.wg.Wait()
	_ = c.db.Close()
}
