package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/grant"
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

// DeleteUser implements grant.UserStore. Codes, tokens, attempts, connections with all that was read, consents and events go;
// what stays is one event USER_DELETED, which holds the id and nothing of the person.
func (s *Store) DeleteUser(ctx context.Context, id int64, now time.Time) error {
	return s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) error {
		var domain string
		var expires sql.NullInt64
		// Everything else refers to the user and goes with the row.
		if err := tx.queryRow(ctx, "DELETE FROM users WHERE id = $1 RETURNING domain, expires_at", id).Scan(&domain, &expires); err != nil {
			return err
		}
		tx.erased = true
		tx.told = append(tx.told, id) // who waits for news of them need wait no more
		// Nobody was told that a temporary user existed, so nobody is told of the end either.
		told := !expires.Valid
		if err := forgetUser(ctx, tx, id, told, now); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "DELETE FROM events WHERE user_id = $1", id); err != nil {
			return err
		}
		return insertEvent(ctx, tx, webhook.Event{Domain: domain, Name: webhook.UserDeleted, UserID: id, Created: now, Quiet: !told})
	})
}

// DeleteExpiredUsers implements grant.UserStore. No event tells of them: nobody was told that they existed.
func (s *Store) DeleteExpiredUsers(ctx context.Context, now time.Time, limit int) (int, error) {
	var ids []int64
	err := s.write(ctx, nounUser, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, `DELETE FROM users WHERE expires_at <= $1 AND id IN
			(SELECT id FROM users WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING id`, micros(now), limit)
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
