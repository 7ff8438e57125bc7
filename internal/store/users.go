package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"passerelle/internal/grant"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

const nounUser = "user"

// CreateUser implements grant.UserStore. A user who is permanent from the start has the event USER_CREATED at once.
func (s *Store) CreateUser(ctx context.Context, u grant.User) (grant.User, error) {
	err := s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) (err error) {
		u.ID, err = insertUser(ctx, tx, u)
		return err
	})
	if err != nil {
		return grant.User{}, err
	}
	return u, nil
}

func insertUser(ctx context.Context, tx *writeTx, u grant.User) (int64, error) {
	var id int64
	err := tx.queryRow(ctx, "INSERT INTO users (domain, created, expires_at) VALUES ($1, $2, $3) RETURNING id",
		u.Domain, micros(u.Created), nullMicros(u.ExpiresAt)).Scan(&id)
	if err != nil || u.ExpiresAt != nil {
		return id, err
	}
	return id, insertEvent(ctx, tx, webhook.Event{Domain: u.Domain, Name: webhook.UserCreated, UserID: id, Created: u.Created})
}

// makePermanent makes a temporary user permanent, with the event USER_CREATED, and lets go the deliveries that were held for
// it; a permanent one stays as it is.
func makePermanent(ctx context.Context, tx *writeTx, id int64, now time.Time) error {
	rs, err := tx.query(ctx, "UPDATE users SET expires_at = NULL WHERE id = $1 AND expires_at IS NOT NULL RETURNING domain", id)
	domains, err := collect(rs, err, scanText)
	if err != nil || len(domains) == 0 {
		return err
	}
	event := webhook.Event{Domain: domains[0], Name: webhook.UserCreated, UserID: id, Created: now}
	if err := insertEvent(ctx, tx, event); err != nil {
		return err
	}
	return release(ctx, tx, id, now)
}

// User implements grant.UserStore.
func (s *Store) User(ctx context.Context, id int64) (grant.User, error) {
	u, err := scanUser(s.read.queryRow(ctx, "SELECT id, domain, created, expires_at FROM users WHERE id = $1", id))
	return u, translate(nounUser, err)
}

// Users implements grant.UserStore: temporary ones too, by id.
func (s *Store) Users(ctx context.Context, domain string, after int64, limit int) ([]grant.User, error) {
	rs, err := s.read.query(ctx, `SELECT id, domain, created, expires_at FROM users WHERE domain = $1 AND id > $2
		ORDER BY id LIMIT $3`, domain, after, limit)
	list, err := collect(rs, err, scanUser)
	return list, translate(nounUser, err)
}

func scanUser(r row) (grant.User, error) {
	var u grant.User
	var created int64
	var expires sql.NullInt64
	err := r.Scan(&u.ID, &u.Domain, &created, &expires)
	u.Created, u.ExpiresAt = fromMicros(created), fromNullMicros(expires)
	return u, err
}

// DeleteUser implements grant.UserStore: EraseUser for whoever has no bank to tell at once.
func (s *Store) DeleteUser(ctx context.Context, id int64, now time.Time) error {
	_, _, err := s.EraseUser(ctx, id, syncer.ByCommand, now)
	return err
}

// UserConnections implements syncer.Eraser.
func (s *Store) UserConnections(ctx context.Context, userID int64) ([]int64, error) {
	rs, err := s.read.query(ctx, "SELECT id FROM connections WHERE user_id = $1 ORDER BY id", userID)
	list, err := collect(rs, err, scanID)
	return list, translate(nounConnection, err)
}

// DeleteExpiredUsers implements grant.UserStore. No event tells of them: nobody was told that they existed. The banks of connections that
// they still have are.
func (s *Store) DeleteExpiredUsers(ctx context.Context, now time.Time, limit int) (int, error) {
	var ids []int64
	err := s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) error {
		if err := s.tellBanksOfExpired(ctx, tx, now, limit); err != nil {
			return err
		}
		rs, err := tx.query(ctx, `DELETE FROM users WHERE expires_at <= $1 AND id IN
			(SELECT id FROM users WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2) RETURNING id`, micros(now), limit)
		if ids, err = collect(rs, err, scanID); err != nil {
			return err
		}
		tx.erased = tx.erased || len(ids) > 0
		for _, id := range ids {
			if _, err := tx.exec(ctx, "DELETE FROM events WHERE user_id = $1", id); err != nil {
				return err
			}
			if err := forgetUser(ctx, tx, id, false, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// tellBanksOfExpired writes the errands for the users that DeleteExpiredUsers is about to delete.
func (s *Store) tellBanksOfExpired(ctx context.Context, tx *writeTx, now time.Time, limit int) error {
	rs, err := tx.query(ctx, `SELECT id FROM connections WHERE session IS NOT NULL AND user_id IN
		(SELECT id FROM users WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)`, micros(now), limit)
	connections, err := collect(rs, err, scanID)
	slices.Sort(connections) // in memory: the tables are walked by their indexes
	for _, id := range connections {
		if err := s.writeErrand(ctx, tx, id, now); err != nil {
			return err
		}
	}
	return err
}

// ofUser tells an insert for a user who is not there, which the database finds by itself, from other failures.
func ofUser(err error) error {
	if refersToNothing(err) {
		return notFound(nounUser)
	}
	return err
}

func scanID(r row) (int64, error) {
	var id int64
	err := r.Scan(&id)
	return id, err
}
