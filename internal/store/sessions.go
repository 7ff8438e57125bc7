package store

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"passerelle/internal/fault"
)

const nounSession = "browser session"

// Sessions keeps browser sessions in the database: the authority on which of them there are, whatever a cache in front of it says. It
// is safe for concurrent use.
//
// A session's key is stored as a hash, so that a stolen database opens no session; its data are sealed by whoever keeps them.
type Sessions struct {
	store   *Store
	inserts atomic.Int64
}

// Sessions gives the store's browser sessions.
func (s *Store) Sessions() *Sessions { return &Sessions{store: s} }

// seenShare is the part of its idle time after which showing a session is written down again: reads are many and a write is dear, so
// a session may be over that much earlier than its idle time says, never later.
const seenShare = 10

// InsertSession keeps data under a new key. It is over at ends, or when it was not read for idle. former is the key of the session
// whose place it takes, deleted when this one is first read, or empty. A key that is there is fault.Conflict, and stays as it is.
func (s *Sessions) InsertSession(ctx context.Context, key, former string, data []byte, idle time.Duration, ends time.Time) error {
	now := micros(s.store.now())
	sweep := s.inserts.Add(1)%sweepEvery == 0
	return s.store.write(ctx, nounSession, func(ctx context.Context, tx *writeTx) error {
		if sweep {
			if _, err := tx.exec(ctx, "DELETE FROM browser_sessions WHERE name IN (SELECT name FROM browser_sessions WHERE ends <= $1 ORDER BY ends LIMIT $2)",
				now, sweepMost); err != nil {
				return err
			}
		}
		return insertSession(ctx, tx, key, former, data, idle, ends, now)
	})
}

func insertSession(ctx context.Context, tx *writeTx, key, former string, data []byte, idle time.Duration, ends time.Time, now int64) error {
	n, err := tx.exec(ctx, "INSERT INTO browser_sessions (name, data, idle, seen, ends, former) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING",
		sessionName(key), data, idle.Microseconds(), now, micros(ends), sessionName(former))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "There is a session of this name.")
	}
	return err
}

// sessionName is what a key is stored as; nothing for none.
func sessionName(key string) []byte {
	if key == "" {
		return []byte{}
	}
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

// sessionRow is a session as it is stored.
type sessionRow struct {
	data, former     []byte
	idle, seen, ends int64
}

// Session reads a session, which counts as showing it. until is how long the answer may be given again without asking. Not found is
// one that is over, too.
func (s *Sessions) Session(ctx context.Context, key string) (data []byte, until time.Time, found bool, err error) {
	now, name := micros(s.store.now()), sessionName(key)
	rs, err := s.store.read.query(ctx, `SELECT data, former, idle, seen, ends FROM browser_sessions
		WHERE name = $1 AND ends > $2 AND seen + idle > $2`, name, now)
	list, err := collect(rs, err, func(r row) (v sessionRow, err error) {
		return v, r.Scan(&v.data, &v.former, &v.idle, &v.seen, &v.ends)
	})
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, false, translate(nounSession, err)
	}
	v := list[0]
	if len(v.former) > 0 || now >= v.seen+v.idle/seenShare {
		if err := s.show(ctx, name, v.former, now); err != nil {
			return nil, time.Time{}, false, err
		}
		v.seen = now
	}
	return v.data, fromMicros(min(v.seen+v.idle/seenShare, v.ends)), true, nil
}

// show writes down that a session was shown, and deletes the one whose place it took.
func (s *Sessions) show(ctx context.Context, name, former []byte, now int64) error {
	return s.store.write(ctx, nounSession, func(ctx context.Context, tx *writeTx) error {
		if len(former) > 0 {
			if _, err := tx.exec(ctx, "DELETE FROM browser_sessions WHERE name = $1", former); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, "UPDATE browser_sessions SET seen = $2, former = $3 WHERE name = $1 AND seen <= $2", name, now, []byte{})
		return err
	})
}

// UpdateSession writes new data into a session that is there; false where there is none.
func (s *Sessions) UpdateSession(ctx context.Context, key string, data []byte) (found bool, err error) {
	return s.store.writeOne(ctx, nounSession, "UPDATE browser_sessions SET data = $2 WHERE name = $1 AND ends > $3 AND seen + idle > $3",
		sessionName(key), data, micros(s.store.now()))
}

// DeleteSession ends a session. One that is not there is no error.
func (s *Sessions) DeleteSession(ctx context.Context, key string) error {
	_, err := s.store.writeOne(ctx, nounSession, "DELETE FROM browser_sessions WHERE name = $1", sessionName(key))
	return err
}
