package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/connect/direct"
	"passerelle/internal/failpoint"
)

// SealedCount says how many values of a column a key has sealed.
type SealedCount struct {
	Table, Column string
	// Key is 0 for values that name no key.
	Key    uint32
	Values int64
}

// SealedCounts counts every sealed value by its key, through the whole database.
func (s *Store) SealedCounts(ctx context.Context) ([]SealedCount, error) {
	ring, err := s.ring()
	if err != nil {
		return nil, err
	}
	n := len(ring.Prefix(0))
	var out []SealedCount
	for _, c := range sealedColumns {
		rs, err := s.read.query(ctx, fmt.Sprintf("SELECT substr(%[2]s, 1, %[3]d), count(*) FROM %[1]s WHERE %[2]s IS NOT NULL "+
			"GROUP BY substr(%[2]s, 1, %[3]d)", c.table, c.column, n))
		list, err := collect(rs, err, func(r row) (SealedCount, error) {
			var prefix []byte
			v := SealedCount{Table: c.table, Column: c.column}
			err := r.Scan(&prefix, &v.Values)
			v.Key = ring.KeyOf(append(prefix, 0))
			return v, err
		})
		if err != nil {
			return nil, translate("seals", err)
		}
		out = append(out, list...)
	}
	return out, nil
}

// SealedWith counts the values that a key has sealed, through the whole database: those that open, and those that do not open
// any more with the ring at hand, which are lost whatever becomes of the key.
func (s *Store) SealedWith(ctx context.Context, key uint32) (open, damaged int64, err error) {
	ring, err := s.ring()
	if err != nil {
		return 0, 0, err
	}
	for _, c := range sealedColumns {
		var after any = c.first()
		for {
			batch, err := s.sealedRows(ctx, c, "=", ring.Prefix(key), after, resealBatch)
			if err != nil {
				return 0, 0, err
			}
			for _, v := range batch {
				if _, err := ring.Open(v.sealed, c.table, c.column, v.row); err != nil {
					damaged++
				} else {
					open++
				}
				after = v.key
			}
			if len(batch) < resealBatch {
				break
			}
		}
	}
	return open, damaged, nil
}

// resealBatch is how many values are sealed anew in one transaction: a few milliseconds of the writer's time.
const resealBatch = 64

// Resealing is how far a Reseal has come.
type Resealing struct {
	// Resealed is how many values were sealed anew, Left how many did not open and stay as they are.
	Resealed, Left int64
	// Took is how long the batch took that was done last.
	Took time.Duration
}

// Reseal seals with the ring's sealing key every value that another key has sealed, in small transactions, until a whole pass
// finds none. It may be cut off at any moment and begun again: what is done is found done. A value that the service changes
// meanwhile stays as the service wrote it. After each transaction it calls step, which may wait; an error of step ends it.
func (s *Store) Reseal(ctx context.Context, step func(context.Context, Resealing) error) (Resealing, error) {
	ring, err := s.ring()
	if err != nil {
		return Resealing{}, err
	}
	var total Resealing
	for _, c := range sealedColumns {
		after := c.first()
		for {
			started := time.Now()
			batch, err := s.resealBatch(ctx, ring, c, after)
			if err != nil {
				return total, err
			}
			total.Resealed += batch.done
			total.Left += batch.left
			total.Took = time.Since(started)
			if batch.read == 0 {
				break
			}
			after = batch.last
			if err := step(ctx, total); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// resealed is what became of a batch.
type resealed struct {
	read, done, left int64
	last             any
}

// resealBatch seals some rows of a column anew, those after a key.
func (s *Store) resealBatch(ctx context.Context, ring Ring, c sealedColumn, after any) (out resealed, err error) {
	sealing, _ := ring.Keys()
	batch, err := s.sealedRows(ctx, c, "<>", ring.Prefix(sealing), after, resealBatch)
	if err != nil || len(batch) == 0 {
		return out, err
	}
	out.read, out.last = int64(len(batch)), batch[len(batch)-1].key
	fresh := make([][]byte, len(batch))
	for i, v := range batch {
		plain, err := ring.Open(v.sealed, c.table, c.column, v.row)
		if err != nil {
			out.left++
			continue
		}
		if fresh[i], err = ring.Seal(plain, c.table, c.column, v.row); err != nil {
			return out, fmt.Errorf("seal %s.%s anew: %w", c.table, c.column, err)
		}
	}
	var done int64
	err = failpoint.Around(ctx, failpoint.KeyReseal, func() error {
		return s.write(ctx, "seals", func(ctx context.Context, tx *writeTx) error {
			done = 0
			for i, v := range batch {
				if fresh[i] == nil {
					continue
				}
				// No two ciphertexts are the same: the value that is there is the one that was opened.
				n, err := tx.exec(ctx, fmt.Sprintf("UPDATE %[1]s SET %[2]s = $1 WHERE %[3]s = $2 AND %[2]s = $3", c.table, c.column, c.key),
					fresh[i], v.key, v.sealed)
				if err != nil {
					return err
				}
				done += n
			}
			return nil
		})
	})
	out.done = done
	return out, err
}

// sealedValue is a value of a sealed column: the key of its row, as it is and as it stands in associated data.
type sealedValue struct {
	key    any
	row    string
	sealed []byte
}

// first is a key before all others.
func (c sealedColumn) first() any {
	if c.numbered {
		return int64(0)
	}
	return ""
}

// sealedRows reads values of a column whose beginning compares to a prefix as said, in the order of their rows, after a key.
func (s *Store) sealedRows(ctx context.Context, c sealedColumn, compare string, prefix []byte, after any, limit int) ([]sealedValue, error) {
	rs, err := s.read.query(ctx, fmt.Sprintf("SELECT %[3]s, %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL AND substr(%[2]s, 1, %[5]d) %[4]s $1 "+
		"AND %[3]s > $2 ORDER BY %[3]s LIMIT $3", c.table, c.column, c.key, compare, len(prefix)), prefix, after, limit)
	list, err := collect(rs, err, func(r row) (sealedValue, error) {
		var v sealedValue
		if !c.numbered {
			err := r.Scan(&v.row, &v.sealed)
			v.key = v.row
			return v, err
		}
		var id int64
		err := r.Scan(&id, &v.sealed)
		v.key, v.row = id, rowName(id)
		return v, err
	})
	return list, translate("seals", err)
}

// parkResealed parks a connection that is not as it was seen, if it was sealed anew since and nothing else: whoever saw it has not
// missed anything. It gives 0 when something else is there, or nothing.
func (s *Store) parkResealed(ctx context.Context, tx *writeTx, p direct.Park, id int64, park func(direct.Seen) (int64, error)) (int64, error) {
	var now direct.Seen
	err := tx.queryRow(ctx, "SELECT session, pending FROM connections WHERE id = $1 AND user_id = $2", id, p.UserID).Scan(&now.Session, &now.Pending)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil || !s.sameSealed(now.Session, p.Seen.Session, "session", id) || !s.sameSealed(now.Pending, p.Seen.Pending, "pending", id) {
		return 0, err
	}
	return park(now)
}

// sameSealed says whether two ciphertexts of a connection hold the same.
func (s *Store) sameSealed(a, b []byte, column string, id int64) bool {
	if len(a) == 0 || len(b) == 0 || bytes.Equal(a, b) {
		return bytes.Equal(a, b)
	}
	plainA, errA := s.opened(a, "connections", column, rowName(id))
	plainB, errB := s.opened(b, "connections", column, rowName(id))
	return errA == nil && errB == nil && bytes.Equal(plainA, plainB)
}
