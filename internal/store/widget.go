package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"passerelle/internal/grant"
)

const nounWidget = "widget session"

// mostForgotten is how many ended sessions go with each new one: more than come, so that none pile up.
const mostForgotten = 20

// InsertWidgetSession implements grant.WidgetStore.
func (s *Store) InsertWidgetSession(ctx context.Context, w grant.WidgetSession, forget time.Time) error {
	options, err := json.Marshal(w.Options)
	if err != nil {
		return fmt.Errorf("store: %s: %w", nounWidget, err)
	}
	return s.write(ctx, nounWidget, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, `INSERT INTO widget_sessions (id, hash, domain, client_id, user_id, token_id, options, created, expires_at)
			SELECT $1, $2, domain, client_id, user_id, id, $3, $4, $5 FROM tokens
			WHERE id = $6 AND client_id = $7 AND user_id = $8 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)`,
			w.ID, w.Hash, string(options), micros(w.Created), micros(w.ExpiresAt), w.TokenID, w.ClientID, w.UserID)
		if err != nil {
			return ofUser(err)
		}
		if n == 0 {
			return notFound(nounToken)
		}
		_, err = tx.exec(ctx, `DELETE FROM widget_sessions WHERE id IN
			(SELECT id FROM widget_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(forget), mostForgotten)
		return err
	})
}

// WidgetSession implements grant.WidgetStore. A token whose row is gone is as good as revoked: nobody can tell.
func (s *Store) WidgetSession(ctx context.Context, hash []byte) (w grant.WidgetSession, ended bool, err error) {
	var options string
	var created, expires, live int64
	err = s.read.queryRow(ctx, `SELECT w.id, w.hash, w.domain, w.client_id, w.user_id, w.token_id, w.options, w.bind_hash, w.created, w.expires_at,
		EXISTS (SELECT 1 FROM tokens t WHERE t.id = w.token_id AND t.revoked_at IS NULL) FROM widget_sessions w WHERE w.hash = $1`, hash).
		Scan(&w.ID, &w.Hash, &w.Domain, &w.ClientID, &w.UserID, &w.TokenID, &options, &w.BindHash, &created, &expires, &live)
	if err != nil {
		return grant.WidgetSession{}, false, translate(nounWidget, err)
	}
	if err := json.Unmarshal([]byte(options), &w.Options); err != nil {
		return grant.WidgetSession{}, false, fmt.Errorf("store: %s: options: %w", nounWidget, err)
	}
	w.Created, w.ExpiresAt = fromMicros(created), fromMicros(expires)
	return w, live == 0, nil
}

// BindWidgetSession implements grant.WidgetStore.
func (s *Store) BindWidgetSession(ctx context.Context, b grant.WidgetBind) (bool, error) {
	var n int64
	err := s.write(ctx, nounWidget, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, `UPDATE widget_sessions SET bind_hash = $1, agent = $2, bound_at = $3
			WHERE id = $4 AND (bind_hash IS NULL OR agent = $2 AND bound_at > $5)`,
			b.Hash, b.Agent, micros(b.Now), b.SessionID, micros(b.Now.Add(-b.Moment)))
		return err
	})
	return err == nil && n == 1, err
}

// WidgetVisit implements grant.WidgetStore.
func (s *Store) WidgetVisit(ctx context.Context, sessionID, asked string) (string, error) {
	var id sql.NullString
	err := s.read.queryRow(ctx, "SELECT max(attempt_id) FROM widget_visits WHERE session_id = $1 AND asked = $2", sessionID, asked).Scan(&id)
	return id.String, translate(nounWidget, err)
}

// NoteWidgetVisit implements grant.WidgetStore.
func (s *Store) NoteWidgetVisit(ctx context.Context, sessionID, asked, attemptID string) error {
	return s.write(ctx, nounWidget, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, `INSERT INTO widget_visits (session_id, asked, attempt_id) VALUES ($1, $2, $3)
			ON CONFLICT (session_id, asked) DO UPDATE SET attempt_id = excluded.attempt_id`, sessionID, asked, attemptID)
		if refersToNothing(err) {
			return notFound(nounWidget)
		}
		return err
	})
}
