package store

import (
	"sync/atomic"
	"time"

	"passerelle/internal/fault"
)

// Stats are figures for metrics. Counts are since the store was opened.
type Stats struct {
	// QueueDepth is how many writes wait now, QueueCapacity the most that may.
	QueueDepth, QueueCapacity int
	// Batches are the transactions, Writes the calls in them, LastBatch the calls in the last one.
	Batches, Writes, LastBatch int64
	// Refused were told at once that the queue is full; Failed are transactions that stored nothing.
	Refused, Failed int64
	// Retried are transactions that were run again since another had come between (PostgreSQL).
	Retried int64
	// Silent says that the database does not answer just now, and that calls are refused at once; Silences counts how often that
	// began, Hung the calls that waited in vain; both on PostgreSQL alone, where SQLite has its one transaction to look at.
	Silent         bool
	Silences, Hung int64
	// Up says that the database is neither silent nor refuses connections.
	Up bool
	// WriteTime is the time spent in transactions, commits included.
	WriteTime time.Duration
	// Statements are the statements run by this process, reads and writes alike.
	Statements int64
	// Readers is how many connections of the read pool are busy, ReadersMost how many there may be.
	Readers, ReadersMost int
}

type writerStats struct {
	batches, writes, last, refused, failed, retried, nanos atomic.Int64
	// unwell is set while the last transaction could not be stored.
	unwell atomic.Bool
}

// record notes a transaction. One that a single caller's own error undid is not the database's failure.
func (s *writerStats) record(calls int, err error, took time.Duration) {
	s.batches.Add(1)
	s.writes.Add(int64(calls))
	s.last.Store(int64(calls))
	s.nanos.Add(int64(took))
	failed := cannotAnswer(err) || fault.Is(err, fault.Unavailable)
	if failed {
		s.failed.Add(1)
	}
	if failed || err == nil {
		s.unwell.Store(failed)
	}
}

// Stats gives the figures of this moment.
func (s *Store) Stats() Stats {
	w := &s.commits.stats
	out := Stats{
		Batches: w.batches.Load(), Writes: w.writes.Load(), LastBatch: w.last.Load(),
		Refused: w.refused.Load(), Failed: w.failed.Load(), WriteTime: time.Duration(w.nanos.Load()), Retried: w.retried.Load(),
		Statements: statementsRun.Load(),
	}
	if s.pg != nil {
		b := s.pg.breaker
		out.Silent, out.Silences, out.Hung = b.open.Load(), b.opened.Load(), b.hung.Load()
		out.Up = !out.Silent && !b.gone.Load()
	} else if w, ok := s.writer.(*writer); ok {
		out.Silent = w.stalled(2 * time.Second)
		out.Up = !out.Silent
	}
	out.QueueDepth, out.QueueCapacity = s.writer.waiting()
	out.Readers, out.ReadersMost = s.read.busy()
	return out
}
