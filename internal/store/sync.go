package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// mostErrorMessage caps what is kept of a bank's own words, in bytes.
const mostErrorMessage = 2000

// FinishSync implements syncer.Store.
func (s *Store) FinishSync(ctx context.Context, connectionID int64, end syncer.SyncEnd) error {
	payload, err := toJSON(map[string]any{"state": end.State})
	if err != nil {
		return translate(nounConnection, err)
	}
	asked, err := askedColumn(end.Asked)
	if err != nil {
		return translate(nounConnection, err)
	}
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		log := bank.ConnectionLog{
			ConnectionID: connectionID, State: end.State, ErrorMessage: clip(end.ErrorMessage, mostErrorMessage), Attended: end.Attended,
			Read: end.Read, Started: end.Started, Finished: end.Now, NextTry: end.NextTry,
		}
		var domain string
		// A reading that began before anything was shared says nothing of what is shared by now.
		err := tx.queryRow(ctx, `UPDATE connections SET state = $1, error_message = $2, last_update = CASE WHEN $7 = 0
			OR (by_api = 1 OR EXISTS (SELECT 1 FROM consents WHERE connection_id = connections.id))
			AND NOT EXISTS (SELECT 1 FROM accounts WHERE connection_id = connections.id AND disabled_at IS NULL AND deleted_at IS NULL)
			THEN coalesce($3, last_update) ELSE last_update END,
			next_try = $4, asked = $5, asked_until = NULL, pending = NULL, `+resting+` WHERE id = $6
			RETURNING user_id, source, (SELECT domain FROM users WHERE id = connections.user_id)`,
			string(end.State), log.ErrorMessage, nullMicros(end.Success), nullMicros(end.NextTry), asked, connectionID, flag(end.Unshared), micros(end.Now)).
			Scan(&log.UserID, &log.Source, &domain)
		if err != nil {
			return err
		}
		if err := insertLog(ctx, tx, log); err != nil {
			return err
		}
		return insertEvent(ctx, tx, webhook.Event{
			Domain: domain, Name: webhook.ConnectionSynced, UserID: log.UserID, ConnectionID: connectionID, Payload: payload, Created: end.Now,
		})
	})
}

// resting pauses a connection that nothing reads by itself, once what is shared was read. That it could not be read leaves it to be
// tried again: it was asked for.
const resting = `active = CASE WHEN manual = 1 AND $1 = '' AND $7 = 0 THEN 0 ELSE active END,
	paused_at = CASE WHEN manual = 1 AND $1 = '' AND $7 = 0 THEN $8 ELSE paused_at END`

// ReadSince implements connect.Store.
func (s *Store) ReadSince(ctx context.Context, connectionID int64, since time.Time) (bank.ConnectionState, bool, error) {
	var state sql.NullString
	err := s.read.queryRow(ctx, `SELECT l.state FROM connections c LEFT JOIN connection_logs l ON l.connection_id = c.id AND l.started >= $2
		WHERE c.id = $1 ORDER BY l.id LIMIT 1`, connectionID, micros(since)).Scan(&state)
	return bank.ConnectionState(state.String), state.Valid, translate(nounConnection, err)
}

// askedColumn renders the fields that a bank wants; none is null.
func askedColumn(fields []bank.Field) (any, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	return toJSON(fields)
}

// UnattendedReads implements syncer.Store.
func (s *Store) UnattendedReads(ctx context.Context, connectionID int64, since time.Time) (int, time.Time, error) {
	return s.reads(ctx, connectionID, since, false)
}

// AttendedReads implements direct.Store.
func (s *Store) AttendedReads(ctx context.Context, connectionID int64, since time.Time) (int, time.Time, error) {
	return s.reads(ctx, connectionID, since, true)
}

func (s *Store) reads(ctx context.Context, connectionID int64, since time.Time, attended bool) (int, time.Time, error) {
	var n int
	var oldest sql.NullInt64
	err := s.read.queryRow(ctx, `SELECT count(*), min(started) FROM connection_logs
		WHERE connection_id = $1 AND attended = $3 AND has_read = 1 AND started > $2`, connectionID, micros(since), flag(attended)).Scan(&n, &oldest)
	if err != nil || !oldest.Valid {
		return n, time.Time{}, translate(nounConnection, err)
	}
	return n, fromMicros(oldest.Int64), nil
}

// Postpone implements syncer.Store.
func (s *Store) Postpone(ctx context.Context, connectionID int64, until time.Time) error {
	_, err := s.writeOne(ctx, nounConnection, "UPDATE connections SET next_try = $1 WHERE id = $2", micros(until), connectionID)
	return err
}

// DueConnections implements syncer.Store.
func (s *Store) DueConnections(ctx context.Context, now time.Time, lease time.Duration, limit int) (int, error) {
	var ids []int64
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		// The condition stands outside the list of ids too: where two processes write at a time, the later one looks again.
		// Nothing is read in the background that nobody agreed to, or that nobody could fetch: without a live access token of
		// the user, those lent to receivers of events apart, the reading rests, and goes on with the next one. One that a client backend made is read at least once, for its
		// accounts are agreed to when they are known.
		rs, err := tx.query(ctx, `UPDATE connections SET next_try = $1 WHERE active = 1 AND next_try <= $2 AND id IN
			(SELECT id FROM connections WHERE active = 1 AND next_try <= $2 AND (EXISTS (SELECT 1 FROM consents
			WHERE connection_id = connections.id AND withdrawn_at IS NULL) OR by_api = 1 AND NOT EXISTS (SELECT 1 FROM accounts
			WHERE connection_id = connections.id)) AND EXISTS (SELECT 1 FROM tokens
			WHERE user_id = connections.user_id AND kind <> 'delivery' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)) ORDER BY next_try LIMIT $3) RETURNING id`,
			micros(now.Add(lease)), micros(now), limit)
		if ids, err = collect(rs, err, scanID); err != nil {
			return err
		}
		for _, id := range ids {
			enqueue(tx, syncer.SyncArgs{ConnectionID: id, Unattended: true})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// UnwantedConnections implements syncer.Sweeps. A connection that was never read successfully is cheap to tell, so the
// questions behind it are asked of few. One that a client backend made waits for its consent by API, however long.
func (s *Store) UnwantedConnections(ctx context.Context, now time.Time, limit int) ([]syncer.Unwanted, error) {
	rs, err := s.read.query(ctx, `SELECT c.user_id, c.id FROM users u JOIN connections c ON c.user_id = u.id WHERE u.expires_at <= $1
		UNION SELECT c.user_id, c.id FROM connections c WHERE c.expire_at <= $1
		UNION SELECT c.user_id, c.id FROM connections c WHERE c.last_update IS NULL AND c.by_api = 0 AND c.created <= $2
		AND NOT EXISTS (SELECT 1 FROM consents WHERE connection_id = c.id)
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.user_id = c.user_id AND a.connection_id = c.id
			AND a.wiped_at IS NULL AND a.expires_at > $1)
		LIMIT $3`, micros(now), micros(now.Add(-connect.IdleAfterAuthentication)), limit)
	return collect(rs, err, func(r row) (u syncer.Unwanted, err error) {
		err = r.Scan(&u.UserID, &u.ConnectionID)
		return u, err
	})
}

// NoticeConsents implements syncer.Sweeps. The condition on the notice is that of the index, word for word.
func (s *Store) NoticeConsents(ctx context.Context, endBy, now time.Time, limit int) (int, error) {
	var told []webhook.Event
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, `UPDATE connections SET consent_notice = consent_until WHERE id IN (SELECT id FROM connections
			WHERE consent_notice IS DISTINCT FROM consent_until AND consent_until <= $1 ORDER BY consent_until LIMIT $2)
			RETURNING id, user_id, consent_until, (SELECT domain FROM users WHERE id = connections.user_id)`, micros(endBy), limit)
		told, err = collect(rs, err, func(r row) (webhook.Event, error) {
			e := webhook.Event{Name: webhook.ConsentEnding, Created: now}
			var until int64
			if err := r.Scan(&e.ConnectionID, &e.UserID, &until, &e.Domain); err != nil {
				return e, err
			}
			var err error
			e.Payload, err = toJSON(map[string]any{"consent_until": fromMicros(until)})
			return e, err
		})
		if err != nil || len(told) == 0 {
			return err
		}
		return insertEvent(ctx, tx, told...)
	})
	return len(told), err
}
