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
// Add after the last one ended, and keeps its length. The counting is one statement: of many at one time each gets a total of its own.
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
	err = c.store.write(ctx, nounCount, func(ctx context.Context, tx *writeTx) error {
		if sweep {
			if _, err := tx.exec(ctx, "DELETE FROM counters WHERE name IN (SELECT name FROM counters WHERE ends <= $1 ORDER BY ends LIMIT $2)",
				now, sweepMost); err != nil {
				return err
			}
		}
		return tx.queryRow(ctx, `INSERT INTO counters (name, total, ends) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET
			total = CASE WHEN counters.ends <= $4 THEN excluded.total WHEN counters.total > $5 - excluded.total THEN $5 ELSE counters.total + excluded.total END,
			ends = CASE WHEN counters.ends <= $4 THEN excluded.ends ELSE counters.ends END
			RETURNING total, ends`, name[:], added, now+window.Microseconds(), now, int64(mostCounted)).Scan(&sum, &ends)
	})
	if err != nil {
		return 0, time.Time{}, err
	}
	return int(sum), fromMicros(ends), nil
}
