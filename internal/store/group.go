package store

import (
	"context"
	"time"
)

// WaysOf implements syncer.Remover.
func (s *Store) WaysOf(ctx context.Context, userID, groupID int64) ([]int64, error) {
	list, err := waysOf(ctx, s.read, userID, groupID)
	return list, translate(nounConnection, err)
}

func waysOf(ctx context.Context, e executor, userID, groupID int64) ([]int64, error) {
	rs, err := e.query(ctx, "SELECT id FROM connections WHERE user_id = $1 AND group_id = $2 ORDER BY id", userID, groupID)
	return collect(rs, err, scanID)
}

// DeleteGroup implements syncer.Remover. The ways in go one after the other, each with its event, so that the last one's tells that
// the login is gone (deletedName). None inherits: all of them go.
func (s *Store) DeleteGroup(ctx context.Context, userID, groupID int64, now time.Time) (ids []int64, err error) {
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		if ids, err = waysOf(ctx, tx, userID, groupID); err != nil {
			return err
		}
		if len(ids) == 0 {
			return notFound(nounConnection) // absent, or another's
		}
		for _, id := range ids {
			if err := s.writeErrand(ctx, tx, id, now); err != nil {
				return err
			}
			if err := endConnection(ctx, tx, userID, id, now, nil); err != nil {
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
