package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"passerelle/internal/syncer"
)

const nounErrand = "errand"

// errandMoment is how long whoever deleted a connection has for telling the bank themselves, before the job does.
const errandMoment = 15 * time.Second

// writeErrand writes that a connection's bank is to be told that the consent has ended, with the job that does it, in the transaction that
// deletes the connection. Of one that its bank never said yes to there is nothing to tell. A session that does not open cannot be taken back by
// anybody: the caller learns of it by the errand that is missing.
func (s *Store) writeErrand(ctx context.Context, tx *writeTx, connectionID int64, now time.Time) error {
	var uuid, source string
	var sealed []byte
	err := tx.queryRow(ctx, "SELECT connector_uuid, source, session FROM connections WHERE id = $1", connectionID).Scan(&uuid, &source, &sealed)
	if err != nil || len(sealed) == 0 {
		return err
	}
	session, err := s.opened(sealed, "connections", "session", rowName(connectionID))
	if err != nil {
		// The deletion is owed all the same (GDPR art. 17).
		s.log.WarnContext(ctx, "the bank was not told that a consent ended", "connection", connectionID, "error", err)
		return nil
	}
	again, err := s.sealed(session, "errands", "session", rowName(connectionID))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO errands (connection_id, connector_uuid, source, session, created) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (connection_id) DO NOTHING`, connectionID, uuid, source, again, micros(now))
	enqueue(tx, syncer.TellArgs{ConnectionID: connectionID, At: now.Add(errandMoment)})
	return err
}

// TakeErrand implements syncer.Errands.
func (s *Store) TakeErrand(ctx context.Context, connectionID int64, now, until time.Time) (syncer.Errand, error) {
	var e syncer.Errand
	err := s.write(ctx, nounErrand, func(ctx context.Context, tx *writeTx) error {
		var sealed []byte
		var created int64
		err := tx.queryRow(ctx, `UPDATE errands SET lease_until = $1 WHERE connection_id = $2 AND (lease_until IS NULL OR lease_until <= $3)
			RETURNING connector_uuid, source, session, created`, micros(until), connectionID, micros(now)).
			Scan(&e.ConnectorUUID, &e.Source, &sealed, &created)
		if err != nil {
			return err
		}
		e.ConnectionID, e.Created = connectionID, fromMicros(created)
		e.Session, err = s.opened(sealed, "errands", "session", rowName(connectionID))
		return err
	})
	return e, err
}

// ErrandLease implements syncer.Errands.
func (s *Store) ErrandLease(ctx context.Context, connectionID int64) (until time.Time, err error) {
	var lease sql.NullInt64
	err = s.read.queryRow(ctx, "SELECT lease_until FROM errands WHERE connection_id = $1", connectionID).Scan(&lease)
	if err != nil || !lease.Valid {
		return time.Time{}, translate(nounErrand, err)
	}
	return fromMicros(lease.Int64), nil
}

// EndErrand implements syncer.Errands.
func (s *Store) EndErrand(ctx context.Context, connectionID int64) error {
	return s.write(ctx, nounErrand, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, "DELETE FROM errands WHERE connection_id = $1", connectionID)
		tx.erased = tx.erased || n > 0
		return err
	})
}

// LeaveErrand implements syncer.Errands.
func (s *Store) LeaveErrand(ctx context.Context, connectionID int64) error {
	_, err := s.writeOne(ctx, nounErrand, "UPDATE errands SET lease_until = NULL WHERE connection_id = $1", connectionID)
	return err
}

// rotateErrand keeps a session that a bank replaced while its connection was being deleted: the bank knows the consent by that one now.
func (s *Store) rotateErrand(ctx context.Context, connectionID int64, session []byte) (bool, error) {
	sealed, err := s.sealed(session, "errands", "session", rowName(connectionID))
	if err != nil {
		return false, fmt.Errorf("store: %s: %w", nounErrand, err)
	}
	return s.writeOne(ctx, nounErrand, "UPDATE errands SET session = $1 WHERE connection_id = $2", sealed, connectionID)
}
