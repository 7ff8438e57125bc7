package store

import (
	"context"
	"time"

	"passerelle/internal/webhook"
)

// deleteThenTell is wrong on purpose, and part of no program that is not built with seeded mistakes: a process that dies between the
// two transactions has deleted a connection that nobody hears of.
func deleteThenTell(ctx context.Context, s *Store, userID, id int64, now time.Time) error {
	var domain string
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) (err error) {
		if domain, err = domainOf(ctx, tx, userID); err != nil {
			return err
		}
		n, err := tx.exec(ctx, "DELETE FROM connections WHERE id = $1 AND user_id = $2", id, userID)
		if err == nil && n == 0 {
			err = notFound(nounConnection)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		return insertEvent(ctx, tx, webhook.Event{
			Domain: domain, Name: webhook.ConnectionDeleted, UserID: userID, ConnectionID: id, Created: now,
		})
	})
}
