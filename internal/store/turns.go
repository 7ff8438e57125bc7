package store

import "context"

// TakeTurn implements syncer.Turns: one statement, and one of many wins. The number that holds it may take it again: within a process
// the syncer's own lock comes before.
func (s *Store) TakeTurn(ctx context.Context, connectionID int64) (bool, error) {
	var n int64
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, `INSERT INTO turns (connection_id, held_by) VALUES ($1, $2) ON CONFLICT (connection_id) DO UPDATE
			SET held_by = excluded.held_by WHERE turns.held_by = excluded.held_by OR NOT `+living("turns.held_by"), connectionID, tx.holder(ctx))
		return err
	})
	return err == nil && n > 0, err
}

// GiveTurn implements syncer.Turns.
func (s *Store) GiveTurn(ctx context.Context, connectionID int64) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "DELETE FROM turns WHERE connection_id = $1 AND held_by = $2", connectionID, tx.holder(ctx))
		return err
	})
}
