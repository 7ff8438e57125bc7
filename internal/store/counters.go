package store

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"passerelle/internal/fault"
)

const nounCount = "count"

// Figures of counters.
const (
	// mostCounted is where a total stops: beyond every limit, and far from what a column holds.
	mostCounted = 1 << 50
	// sweepEvery is after how many writes what is over is deleted, sweepMost how much at once: more than has come since.
	sweepEvery = 64
	sweepMost  = 256
)

// Counters counts in fixed windows for rate limits, in the database: for processes that share no Redis, and for when it is gone. It
// is safe for concurrent use.
type Counters struct {
	store *Store
	adds  atomic.Int64
}

// Counters gives the store's counters.
func (s *Store) Counters() *Counters { return &Counters{store: s} }

// Add adds n (0 reads) to a key's count and gives the total in its current window and when that ends. A window begins with the first
// Add after the last one ended, and keeps its length. The counting is one statement: of many at one time each gets a total of its own
// (see alone for what that is on PostgreSQL).
//
// The key is stored as a hash: keys are any bytes, and no column for text takes those on every engine.
func (c *Counters) Add(ctx context.Context, key string, window time.Duration, n int) (total int, reset time.Time, err error) {
	switch {
	case key == "" || len(key) > 512:
		return 0, time.Time{}, fault.New(fault.Invalid, "A count needs a key of 1 to 512 bytes.")
	case window < time.Millisecond || n < 0:
		return 0, time.Time{}, fault.New(fault.Invalid, "A count needs a window, and nothing can be taken away from it.")
	}
	name, now := sha256.Sum256([]byte(key)), micros(c.store.now())
	ends := now + window.Microseconds()
	sum := int64(0)
	if n == 0 {
		rs, err := c.store.read.query(ctx, "SELECT total, ends FROM counters WHERE name = $1 AND ends > $2", name[:], now)
		list, err := collect(rs, err, func(r row) (count [2]int64, err error) { return count, r.Scan(&count[0], &count[1]) })
		if err != nil {
			return 0, time.Time{}, translate(nounCount, err)
		}
		for _, found := range list {
			sum, ends = found[0], found[1]
		}
		return int(sum), fromMicros(ends), nil
	}
	sweep := c.adds.Add(1)%sweepEvery == 0
	added := min(int64(n), mostCounted)
	err = c.alone(ctx, func(ctx context.Context, on executor) error {
		if sweep {
			if err := c.sweep(ctx, on, now); err != nil {
				return err
			}
		}
		return on.queryRow(ctx, `INSERT INTO counters (name, total, ends) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET
			total = CASE WHEN counters.ends <= $4 THEN excluded.total WHEN counters.total > $5 - excluded.total THEN $5 ELSE counters.total + excluded.total END,
			ends = CASE WHEN counters.ends <= $4 THEN excluded.ends ELSE counters.ends END
			RETURNING total, ends`, name[:], added, now+window.Microseconds(), now, int64(mostCounted)).Scan(&sum, &ends)
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return int(sum), fromMicros(ends), nil
}

// alone has f's statements each stand alone on PostgreSQL, as Store.alone has one: all requests that are limited come by here, and
// serializable transactions on one key would be run again and again. A statement that meets another at its key waits for it and goes on
// from what that left, which is what counting needs. One whose answer broke off is sent again, and may have counted twice: a limit is
// none the worse for it.
func (c *Counters) alone(ctx context.Context, f func(ctx context.Context, on executor) error) error {
	if c.store.pg != nil {
		return translate(nounCount, f(ctx, c.store.read))
	}
	return c.store.write(ctx, nounCount, func(ctx context.Context, tx *writeTx) error { return f(ctx, tx) })
}

// sweep deletes what is over. A count whose next window began meanwhile stays: what the statement found is asked again of the row as it
// is. Two sweeps that meet on PostgreSQL may stop each other; the one that gives way leaves its work to the next.
func (c *Counters) sweep(ctx context.Context, on executor, now int64) error {
	_, err := on.exec(ctx, "DELETE FROM counters WHERE ends <= $1 AND name IN (SELECT name FROM counters WHERE ends <= $1 ORDER BY ends LIMIT $2)", now, sweepMost)
	if cameBetween(err) {
		return nil
	}
	return err
}
