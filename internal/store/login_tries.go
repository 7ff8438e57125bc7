package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/connect"
)

// TakeLogin implements direct.Store. What counts no more is forgotten on the way.
func (s *Store) TakeLogin(ctx context.Context, login []byte, most int, now time.Time) (again time.Time, err error) {
	over := micros(now.Add(-connect.TriesKept))
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		if _, err := tx.exec(ctx, "DELETE FROM login_tries WHERE tried_at <= $1", over); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `INSERT INTO login_tries (login, tries, tried_at) VALUES ($1, 1, $2) ON CONFLICT (login) DO UPDATE
			SET tries = login_tries.tries + 1, tried_at = excluded.tried_at WHERE login_tries.tries < $3`, login, micros(now), most)
		if err != nil || n > 0 {
			return err
		}
		var last int64
		err = tx.queryRow(ctx, "SELECT tried_at FROM login_tries WHERE login = $1", login).Scan(&last)
		again = fromMicros(last).Add(connect.TriesKept)
		return err
	})
	return again, err
}

// GiveBackLogin implements direct.Store.
func (s *Store) GiveBackLogin(ctx context.Context, login []byte) error {
	_, err := s.writeOne(ctx, nounConnection, "UPDATE login_tries SET tries = tries - 1 WHERE login = $1 AND tries > 0", login)
	return err
}

// ForgetLogin implements direct.Store.
func (s *Store) ForgetLogin(ctx context.Context, login []byte) error {
	_, err := s.writeOne(ctx, nounConnection, "DELETE FROM login_tries WHERE login = $1", login)
	return err
}

// Unfinished implements direct.Store.
func (s *Store) Unfinished(ctx context.Context, userID int64) (int, time.Time, error) {
	var n int64
	var first sql.NullInt64
	err := s.read.queryRow(ctx, "SELECT count(*), min(expire_at) FROM connections WHERE user_id = $1 AND session IS NULL AND by_api = 1", userID).
		Scan(&n, &first)
	if err != nil || !first.Valid {
		return int(n), time.Time{}, translate(nounConnection, err)
	}
	return int(n), fromMicros(first.Int64), nil
}
