package store

import (
	"context"
	"time"

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
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		var userID int64
		var domain string
		err := tx.queryRow(ctx, `UPDATE connections SET state = $1, error_message = $2, last_update = coalesce($3, last_update),
			next_try = $4 WHERE id = $5 RETURNING user_id, (SELECT domain FROM users WHERE id = connections.user_id)`,
			string(end.State), clip(end.ErrorMessage, mostErrorMessage), nullMicros(end.Success), nullMicros(end.NextTry), connectionID).
			Scan(&userID, &domain)
		if err != nil {
			return err
		}
		return insertEvent(ctx, tx, webhook.Event{
			Domain: domain, Name: webhook.ConnectionSynced, UserID: userID, ConnectionID: connectionID, Payload: payload, Created: end.Now,
		})
	})
}

// DueConnections implements syncer.Store.
func (s *Store) DueConnections(ctx context.Context, now time.Time, lease time.Duration, limit int) (int, error) {
	var ids []int64
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		// The condition stands outside the list of ids too: where two processes write at a time, the later one looks again.
		// Nothing is read in the background that nobody agreed to, or that nobody could fetch: without a live access token of
		// the user the reading rests, and goes on with the next one.
		rs, err := tx.query(ctx, `UPDATE connections SET next_try = $1 WHERE active = 1 AND next_try <= $2 AND id IN
			(SELECT id FROM connections WHERE active = 1 AND next_try <= $2 AND EXISTS (SELECT 1 FROM consents
			WHERE connection_id = connections.id AND withdrawn_at IS NULL) AND EXISTS (SELECT 1 FROM tokens
			WHERE user_id = connections.user_id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)) ORDER BY next_try LIMIT $3) RETURNING id`,
			micros(now.Add(lease)), micros(now), limit)
		if ids, err = collect(rs, err, scanID); err != nil {
			return err
		}
		for _, id := range ids {
			enqueue(tx, syncer.SyncArgs{ConnectionID: id})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

// UnwantedConnections implements syncer.Sweeps. A connection that was never read successfully is cheap to tell, so the
// questions behind it are asked of few.
func (s *Store) UnwantedConnections(ctx context.Context, now time.Time, limit int) ([]syncer.Unwanted, error) {
	rs, err := s.read.query(ctx, `SELECT c.user_id, c.id FROM users u JOIN connections c ON c.user_id = u.id WHERE u.expires_at <= $1
		UNION SELECT c.user_id, c.id FROM connections c WHERE c.last_update IS NULL AND c.created <= $2
		AND NOT EXISTS (SELECT 1 FROM consents WHERE connection_id = c.id)
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.user_id = c.user_id AND a.connection_id = c.id
			AND a.wiped_at IS NULL AND a.expires_at > $1)
		LIMIT $3`, micros(now), micros(now.Add(-connect.IdleAfterAuthentication)), limit)
	return collect(rs, err, func(r row) (u syncer.Unwanted, err error) {
		err = r.Scan(&u.UserID, &u.ConnectionID)
		return u, err
	})
}
