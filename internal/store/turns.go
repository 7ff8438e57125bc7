package store

import (
	"context"

	"passerelle/internal/process"
)

// TakeTurn implements syncer.Turns: one statement, and one of many wins. The number that holds it may take it again: within a process
// the syncer's own lock comes before.
func (s *Store) TakeTurn(ctx context.Context, connectionID int64) (bool, error) {
	me := s.number(ctx)
	taken, err := s.alone(ctx, nounConnection, `INSERT INTO turns (connection_id, held_by) SELECT $1, id FROM processes WHERE id = $2
		AND ended IS NULL ON CONFLICT (connection_id) DO UPDATE SET held_by = excluded.held_by
		WHERE turns.held_by = excluded.held_by OR NOT `+living("turns.held_by"), connectionID, me)
	if err != nil || taken {
		return taken, err
	}
	return false, s.lost(ctx, me)
}

// GiveTurn implements syncer.Turns.
func (s *Store) GiveTurn(ctx context.Context, connectionID int64) error {
	_, err := s.alone(ctx, nounConnection, "DELETE FROM turns WHERE connection_id = $1 AND held_by = $2", connectionID, s.number(ctx))
	return err
}

// lost says whether a number is dead: process.ErrLost, told as unavailable.
func (s *Store) lost(ctx context.Context, id int64) error {
	var n int64
	err := s.read.queryRow(ctx, "SELECT count(*) FROM processes WHERE id = $1 AND ended IS NULL", id).Scan(&n)
	if err == nil && n == 0 {
		s.commits.fenced.Add(1)
		return translate(nounProcess, process.ErrLost)
	}
	return translate(nounProcess, err)
}
