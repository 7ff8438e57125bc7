package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/seeded"
)

func insertCallback(ctx context.Context, tx *writeTx, c *connect.CallbackState) error {
	_, err := tx.exec(ctx, "INSERT INTO callbacks (hash, attempt_id, expires_at) VALUES ($1, $2, $3)",
		c.Hash, c.AttemptID, micros(c.ExpiresAt))
	return err
}

// AttemptByCallback implements connect.Store.
func (s *Store) AttemptByCallback(ctx context.Context, stateHash []byte, now time.Time) (*connect.Attempt, bool, error) {
	var spent sql.NullInt64
	a, err := s.scanAttempt(s.read.queryRow(ctx, "SELECT "+attemptColumns+`, cb.spent_at FROM callbacks cb
		JOIN attempts a ON a.id = cb.attempt_id WHERE cb.hash = $1 AND (cb.spent_at IS NOT NULL OR cb.expires_at > $2)`,
		stateHash, micros(now)), &spent)
	if err != nil {
		return nil, false, translate(nounAttempt, err)
	}
	return a, spent.Valid, nil
}

// SpendCallback implements connect.Store.
func (s *Store) SpendCallback(ctx context.Context, stateHash []byte, now time.Time) (bool, error) {
	if seeded.CallbackTwice {
		return s.writeOne(ctx, nounAttempt, "UPDATE callbacks SET spent_at = $1 WHERE hash = $2", micros(now), stateHash)
	}
	return s.writeOne(ctx, nounAttempt, "UPDATE callbacks SET spent_at = $1 WHERE hash = $2 AND spent_at IS NULL AND expires_at > $1",
		micros(now), stateHash)
}
