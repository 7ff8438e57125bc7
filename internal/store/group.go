package store

import (
	"context"
	"time"

	"passerelle/internal/webhook"
)

// WaysOf implements syncer.Remover.
func (s *Store) WaysOf(ctx context.Context, userID, groupID int64) ([]int64, error) {
	rs, err := s.read.query(ctx, "SELECT id FROM connections WHERE user_id = $1 AND group_id = $2 ORDER BY id", userID, groupID)
	list, err := collect(rs, err, scanID)
	return list, translate(nounConnection, err)
}

// DeleteGroup implements syncer.Remover. The ways in go one after the other, each with its event, so that the last one's tells that
// the login is gone (deletedName).
func (s *Store) DeleteGroup(ctx context.Context, userID, groupID int64, now time.Time) (ids []int64, err error) {
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		domain, err := domainOf(ctx, tx, userID)
		if err != nil {
			return err
		}
		rs, err := tx.query(ctx, "SELECT id FROM connections WHERE user_id = $1 AND group_id = $2 ORDER BY id", userID, groupID)
		if ids, err = collect(rs, err, scanID); err != nil {
			return err
		}
		if len(ids) == 0 {
			return notFound(nounConnection) // absent, or another's
		}
		tx.erased = true
		for _, id := range ids {
			gone, err := scanConnection(tx.queryRow(ctx, "DELETE FROM connections WHERE id = $1 RETURNING "+connectionColumns, id))
			if err != nil {
				return err
			}
			_, err = tx.exec(ctx, "UPDATE consents SET withdrawn_at = $1 WHERE connection_id = $2 AND withdrawn_at IS NULL", micros(now), id)
			if err != nil {
				return err
			}
			if err := insertEvent(ctx, tx, webhook.Event{
				Domain: domain, Name: webhook.ConnectionDeleted, UserID: userID, ConnectionID: id, Created: now, Connection: &gone,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}
