package store

import (
	"context"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/seeded"
)

// CreateAttempt implements connect.Store.
func (s *Store) CreateAttempt(ctx context.Context, a *connect.Attempt, openCode string) error {
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	return s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		if openCode != "" {
			// A standard code opens any number of visits in its life, a single one opens one.
			n, err := tx.exec(ctx, `UPDATE codes SET opened_at = $1, attempt_id = $2 WHERE id = $3
				AND (kind = 'standard' OR (kind = 'single' AND opened_at IS NULL)) AND consumed_at IS NULL AND expires_at > $1`,
				micros(a.Created), a.ID, openCode)
			if err != nil {
				return err
			}
			if n == 0 && !seeded.CodeOpensTwice {
				return connect.ErrCodeSpent
			}
		}
		_, err := tx.exec(ctx, `INSERT INTO attempts (id, domain, client_id, request, hints, bind_hash, next_bind_hash, phase, step,
			user_id, user_given, connector_uuid, source, connection_id, connection_ids, public, private, lease_until, created,
			updated, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
			a.ID, a.Domain, a.ClientID, enc.request, enc.hints, nullBytes(a.BindHash), nullBytes(a.NextBindHash), string(a.Phase),
			a.Step, nullID(a.UserID), flag(a.UserGiven), a.ConnectorUUID, a.Source, a.ConnectionID, enc.connectionIDs, enc.public,
			enc.private, nullMicros(a.LeaseUntil), micros(a.Created), micros(a.Updated), micros(a.ExpiresAt))
		return ofUser(err)
	})
}

// Attempt implements connect.Store.
func (s *Store) Attempt(ctx context.Context, id string) (*connect.Attempt, error) {
	a, err := s.scanAttempt(s.read.queryRow(ctx, "SELECT "+attemptColumns+" FROM attempts a WHERE a.id = $1", id))
	return a, translate(nounAttempt, err)
}

// AttemptOpenedBy implements connect.Store.
func (s *Store) AttemptOpenedBy(ctx context.Context, codeID string) (*connect.Attempt, error) {
	a, err := s.scanAttempt(s.read.queryRow(ctx, "SELECT "+attemptColumns+` FROM attempts a JOIN codes c ON c.attempt_id = a.id
		WHERE c.id = $1 AND c.opened_at IS NOT NULL`, codeID))
	return a, translate(nounAttempt, err)
}

// MoveAttempt implements connect.Store.
func (s *Store) MoveAttempt(ctx context.Context, a *connect.Attempt, fromStep int, callback *connect.CallbackState) error {
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	err = s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		if err := moveAttempt(ctx, tx, a, enc, fromStep); err != nil || callback == nil {
			return err
		}
		return insertCallback(ctx, tx, callback)
	})
	if err == nil {
		a.Step = fromStep + 1
	}
	return err
}

// moveAttempt writes an attempt if its stored step still is fromStep. The next bind hash is written when there is one, the
// bind hash never. Whoever follows the user is told.
func moveAttempt(ctx context.Context, tx *writeTx, a *connect.Attempt, enc attemptRow, fromStep int) error {
	rs, err := tx.query(ctx, `UPDATE attempts SET request = $1, hints = $2, next_bind_hash = coalesce($3, next_bind_hash),
		phase = $4, step = $5 + 1, held_by = $18, user_id = $6, user_given = $7, connector_uuid = $8, source = $9, connection_id = $10,
		connection_ids = $11, public = $12, private = $13, lease_until = $14, updated = $15, expires_at = $16, wiped_at = NULL
		WHERE id = $17 AND step = $5 RETURNING `+followed("attempts.user_id", "attempts.updated"),
		enc.request, enc.hints, nullBytes(a.NextBindHash), string(a.Phase), fromStep, nullID(a.UserID), flag(a.UserGiven),
		a.ConnectorUUID, a.Source, a.ConnectionID, enc.connectionIDs, enc.public, enc.private, nullMicros(a.LeaseUntil),
		micros(a.Updated), micros(a.ExpiresAt), a.ID, workedOnBy(ctx, tx, a))
	moved, err := collect(rs, err, scanID)
	switch {
	case err != nil:
		return err
	case len(moved) == 0:
		return connect.ErrStale
	case moved[0] == 1:
		return tellMove(ctx, tx, a)
	}
	return nil
}

// PromoteBind implements connect.Store. One that is not the next any more changes nothing and is no error: another request of
// the same browser has promoted it.
func (s *Store) PromoteBind(ctx context.Context, id string, next []byte) error {
	return s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, `UPDATE attempts SET bind_hash = next_bind_hash, next_bind_hash = NULL
			WHERE id = $1 AND next_bind_hash = $2`, id, next)
		return err
	})
}

// LeaseAttempt implements connect.Store.
func (s *Store) LeaseAttempt(ctx context.Context, id string, fromStep int, now, until time.Time) (bool, error) {
	if seeded.LeaseIgnored {
		now = until
	}
	var n int64
	err := s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) (err error) {
		// What a living process holds is left to it, whatever the clocks say: it lets go of it itself, or dies.
		n, err = tx.exec(ctx, `UPDATE attempts SET lease_until = $1, held_by = $5 WHERE id = $2 AND step = $3 AND (lease_until IS NULL
			OR lease_until <= $4 AND (held_by IS NULL OR held_by = $5 OR NOT `+living("attempts.held_by")+`))`,
			micros(until), id, fromStep, micros(now), tx.holder(ctx))
		return err
	})
	return err == nil && n > 0, err
}

// workedOnBy is who holds an attempt as it is written: this process where a worker of it is to go on, else nobody. The time until which
// a waiting one is left alone is nobody's lease.
func workedOnBy(ctx context.Context, tx *writeTx, a *connect.Attempt) any {
	if a.LeaseUntil == nil || a.Phase != connect.PhaseWorking && a.Phase != connect.PhaseFetching {
		return nil
	}
	return tx.holder(ctx)
}

// RenewLease implements connect.Store.
func (s *Store) RenewLease(ctx context.Context, id string, fromStep int, until time.Time) (bool, error) {
	return s.writeOne(ctx, nounAttempt, "UPDATE attempts SET lease_until = $1 WHERE id = $2 AND step = $3", micros(until), id, fromStep)
}

// RestAttempt implements connect.Store.
func (s *Store) RestAttempt(ctx context.Context, id string, fromStep int, until *time.Time) (bool, error) {
	return s.writeOne(ctx, nounAttempt, "UPDATE attempts SET lease_until = $1, held_by = NULL WHERE id = $2 AND step = $3",
		nullMicros(until), id, fromStep)
}

// writeOne runs one conditional statement and says whether it changed a row.
func (s *Store) writeOne(ctx context.Context, noun, query string, args ...any) (bool, error) {
	var n int64
	err := s.write(ctx, noun, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, query, args...)
		return err
	})
	return err == nil && n > 0, err
}

// attemptKept is how long an ended visit is kept, for support and for late callbacks.
const attemptKept = 30 * 24 * time.Hour

// ExpireAttempts implements connect.Store. The row stays for a while, so that a late look finds the way back to the client
// application; the step is raised, so that a worker still at it finds itself overtaken. An attempt under a live lease is left
// for the next round. Whoever follows the end user is told.
//
// More things whose time is over go with each round: the sealed answers of exchanges that cannot be repeated any more, visits
// that ended long ago, and searches in vain that nobody repeated.
func (s *Store) ExpireAttempts(ctx context.Context, now time.Time, limit int) (int, error) {
	var over []overdue
	err := s.write(ctx, nounAttempt, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, `UPDATE attempts SET private = NULL, hints = NULL, lease_until = NULL, held_by = NULL, step = step + 1, wiped_at = $1
			WHERE wiped_at IS NULL AND expires_at <= $1 AND id IN (SELECT id FROM attempts WHERE wiped_at IS NULL
			AND expires_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY expires_at LIMIT $2)
			RETURNING id, phase, coalesce(user_id, 0), connector_uuid, source, connection_id, `+followed("attempts.user_id", "$1"),
			micros(now), limit)
		if over, err = collect(rs, err, scanOverdue); err != nil {
			return err
		}
		for _, o := range over {
			if err := tellOverdue(ctx, tx, o, now); err != nil {
				return err
			}
		}
		_, err = tx.exec(ctx, "UPDATE codes SET replay_key = NULL, replay = NULL WHERE replay IS NOT NULL AND consumed_at <= $1",
			micros(now.Add(-grant.ReplayWindow)))
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE wiped_at <= $1
			ORDER BY wiped_at LIMIT $2)`, micros(now.Add(-attemptKept)), limit)
		if err != nil {
			return err
		}
		return forgetNotListed(ctx, tx, now)
	})
	return len(over), err
}
