package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/connect"
)

// logins counts tries to sign in at an institution.
var logins = tries{noun: nounConnection, table: "login_tries", key: "login", kept: connect.TriesKept}

// TakeLogin implements direct.Store.
func (s *Store) TakeLogin(ctx context.Context, login []byte, most int, now time.Time) (again time.Time, err error) {
	return s.take(ctx, logins, login, most, now)
}

// GiveBackLogin implements direct.Store.
func (s *Store) GiveBackLogin(ctx context.Context, login []byte) error {
	_, err := s.writeOne(ctx, nounConnection, "UPDATE login_tries SET tries = tries - 1 WHERE login = $1 AND tries > 0", login)
	return err
}

// ForgetLogin implements direct.Store.
func (s *Store) ForgetLogin(ctx context.Context, login []byte) error {
	return s.forget(ctx, logins, login)
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
