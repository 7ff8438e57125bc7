package store

import (
	"context"
	"time"

	"passerelle/internal/connect"
)

// TriesRefused implements connect.Tries. A row that a yes has deleted meanwhile stays away.
func (s *Store) TriesRefused(ctx context.Context, t connect.Tried) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		for _, place := range triedPlaces(t) {
			if _, err := tx.exec(ctx, place.refused, place.key...); err != nil {
				return err
			}
		}
		return nil
	})
}

// TriesBarred implements connect.Tries.
func (s *Store) TriesBarred(ctx context.Context, t connect.Tried, most int, now time.Time) (bool, error) {
	for _, place := range triedPlaces(t) {
		var n int
		err := s.read.queryRow(ctx, place.barred, append(append([]any(nil), place.key...), most, micros(now.Add(-connect.TryLasts)))...).Scan(&n)
		if err != nil {
			return false, translate(nounConnection, err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}
