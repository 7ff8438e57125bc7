package store

import (
	"context"
	"time"
)

// tries is a table that counts the tries under a key, and how long each counts.
type tries struct {
	noun, table, key string
	kept             time.Duration
}

// take counts one more try, or says when the next may be where there were as many as may be. What counts no more is forgotten on
// the way. The counting is one statement: of many tries at one time no more than may be pass.
func (s *Store) take(ctx context.Context, t tries, key []byte, most int, now time.Time) (again time.Time, err error) {
	err = s.write(ctx, t.noun, func(ctx context.Context, tx *writeTx) error {
		if _, err := tx.exec(ctx, "DELETE FROM "+t.table+" WHERE tried_at <= $1", micros(now.Add(-t.kept))); err != nil {
			return err
		}
		n, err := tx.exec(ctx, "INSERT INTO "+t.table+" ("+t.key+", tries, tried_at) VALUES ($1, 1, $2) ON CONFLICT ("+t.key+") DO UPDATE "+
			"SET tries = "+t.table+".tries + 1, tried_at = excluded.tried_at WHERE "+t.table+".tries < $3", key, micros(now), most)
		if err != nil || n > 0 {
			return err
		}
		var last int64
		err = tx.queryRow(ctx, "SELECT tried_at FROM "+t.table+" WHERE "+t.key+" = $1", key).Scan(&last)
		again = fromMicros(last).Add(t.kept)
		return err
	})
	return again, err
}

// forget starts the count under a key anew.
func (s *Store) forget(ctx context.Context, t tries, key []byte) error {
	_, err := s.writeOne(ctx, t.noun, "DELETE FROM "+t.table+" WHERE "+t.key+" = $1", key)
	return err
}
