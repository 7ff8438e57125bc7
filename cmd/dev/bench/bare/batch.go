package main

import (
	"context"
	"database/sql"
)

type write struct {
	fn   func(ctx context.Context, tx *sql.Tx) error
	err  error
	done chan error
}

// batcher is group commit at its barest: what waits goes into one transaction and is answered after the commit. A failing
// member is rolled back to a savepoint.
type batcher struct {
	db    *sql.DB
	queue chan *write
}

func newBatcher(db *sql.DB) *batcher {
	b := &batcher{db: db, queue: make(chan *write, 1024)}
	go b.loop()
	return b
}

func (b *batcher) do(fn func(ctx context.Context, tx *sql.Tx) error) error {
	w := &write{fn: fn, done: make(chan error, 1)}
	b.queue <- w
	return <-w.done
}

func (b *batcher) loop() {
	for first := range b.queue {
		batch := []*write{first}
	fill:
		for len(batch) < 128 {
			select {
			case w := <-b.queue:
				batch = append(batch, w)
			default:
				break fill
			}
		}
		err := b.commit(batch)
		for _, w := range batch {
			if err != nil {
				w.err = err
			}
			w.done <- w.err
		}
	}
}

func (b *batcher) commit(batch []*write) error {
	ctx := context.Background()
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, w := range batch {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
			_ = tx.Rollback()
			return err
		}
		end := "RELEASE one"
		if w.err = w.fn(ctx, tx); w.err != nil {
			end = "ROLLBACK TO one; RELEASE one"
		}
		if _, err := tx.ExecContext(ctx, end); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}
