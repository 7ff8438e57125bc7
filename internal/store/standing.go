package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/connect"
	"passerelle/internal/webhook"
)

// Standing implements connect.Store.
func (s *Store) Standing(ctx context.Context, connectionID int64) (connect.Standing, error) {
	var out connect.Standing
	var sealed []byte
	var tries int64
	var tried sql.NullInt64
	err := s.read.queryRow(ctx, "SELECT source, session, tries, tried_at FROM connections WHERE id = $1", connectionID).
		Scan(&out.Source, &sealed, &tries, &tried)
	if err != nil {
		return out, translate(nounConnection, err)
	}
	out.Tries, out.LastTry = int(tries), fromNullMicros(tried)
	// One that does not open is as good as none: the end user types everything again, and a new one takes its place.
	if session, err := s.opened(sealed, "connections", "session", rowName(connectionID)); err == nil {
		out.Session = session
	}
	return out, nil
}

// TakeTry implements connect.Store.
func (s *Store) TakeTry(ctx context.Context, connectionID int64, most int, now time.Time) (bool, error) {
	return s.writeOne(ctx, nounConnection, `UPDATE connections SET tried_at = $1, tries = CASE WHEN tried_at > $2 THEN tries + 1 ELSE 1 END
		WHERE id = $3 AND (tries < $4 OR tried_at IS NULL OR tried_at <= $2)`,
		micros(now), micros(now.Add(-connect.TriesKept)), connectionID, most)
}

// GiveBackTry implements connect.Store.
func (s *Store) GiveBackTry(ctx context.Context, connectionID int64) error {
	_, err := s.writeOne(ctx, nounConnection, "UPDATE connections SET tries = tries - 1 WHERE id = $1 AND tries > 0", connectionID)
	return err
}

// TakeCreation implements direct.Store. What counts no more is forgotten on the way.
func (s *Store) TakeCreation(ctx context.Context, userID int64, connectorUUID string, most int, now time.Time) (again time.Time, err error) {
	over := micros(now.Add(-connect.TriesKept))
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		if _, err := tx.exec(ctx, "DELETE FROM creation_tries WHERE user_id = $1 AND tried_at <= $2", userID, over); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `INSERT INTO creation_tries (user_id, connector_uuid, tries, tried_at) VALUES ($1, $2, 1, $3)
			ON CONFLICT (user_id, connector_uuid) DO UPDATE SET tries = creation_tries.tries + 1, tried_at = excluded.tried_at
			WHERE creation_tries.tries < $4`, userID, connectorUUID, micros(now), most)
		if refersToNothing(err) {
			return notFound(nounConnection) // the user was deleted
		}
		if err != nil || n > 0 {
			return err
		}
		var last int64
		err = tx.queryRow(ctx, "SELECT tried_at FROM creation_tries WHERE user_id = $1 AND connector_uuid = $2", userID, connectorUUID).Scan(&last)
		again = fromMicros(last).Add(connect.TriesKept)
		return err
	})
	return again, err
}

// GiveBackCreation implements direct.Store.
func (s *Store) GiveBackCreation(ctx context.Context, userID int64, connectorUUID string) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "UPDATE creation_tries SET tries = tries - 1 WHERE user_id = $1 AND connector_uuid = $2", userID, connectorUUID)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "DELETE FROM creation_tries WHERE user_id = $1 AND connector_uuid = $2 AND tries <= 0", userID, connectorUUID)
		return err
	})
}

// NoteRefusal implements connect.Store.
func (s *Store) NoteRefusal(ctx context.Context, r connect.Refusal) error {
	payload, err := toJSON(map[string]any{"state": r.State})
	if err != nil {
		return translate(nounConnection, err)
	}
	var asked any
	if len(r.Asked) > 0 {
		if asked, err = toJSON(r.Asked); err != nil {
			return translate(nounConnection, err)
		}
	}
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, `UPDATE connections SET state = $1, error_message = $2, asked = $3, next_try = NULL WHERE id = $4
			RETURNING user_id, (SELECT domain FROM users WHERE id = connections.user_id)`,
			string(r.State), clip(r.Message, mostErrorMessage), asked, r.ConnectionID)
		events, err := collect(rs, err, func(r row) (e webhook.Event, err error) {
			err = r.Scan(&e.UserID, &e.Domain)
			return e, err
		})
		if err != nil || len(events) == 0 {
			return err
		}
		e := events[0]
		e.Name, e.ConnectionID, e.Payload, e.Created, e.Refused = webhook.ConnectionSynced, r.ConnectionID, payload, r.Now, true
		return insertEvent(ctx, tx, e)
	})
}

// ConsentEnds implements connect.Store. Of an account that was agreed to more than once the latest date counts.
func (s *Store) ConsentEnds(ctx context.Context, userID, clientID int64) (map[int64]time.Time, error) {
	type end struct {
		connection int64
		at         time.Time
	}
	rs, err := s.read.query(ctx, `SELECT connection_id, MIN(until) FROM (SELECT c.connection_id, MAX(c.until) AS until FROM consents c
		JOIN accounts a ON a.id = c.account_id WHERE c.user_id = $1 AND c.client_id = $2 AND c.withdrawn_at IS NULL
		AND a.disabled_at IS NULL AND a.deleted_at IS NULL GROUP BY c.connection_id, c.account_id) AS latest GROUP BY connection_id`, userID, clientID)
	list, err := collect(rs, err, func(r row) (e end, err error) {
		var at int64
		err = r.Scan(&e.connection, &at)
		e.at = fromMicros(at)
		return e, err
	})
	if err != nil {
		return nil, translate(nounConnection, err)
	}
	out := make(map[int64]time.Time, len(list))
	for _, e := range list {
		out[e.connection] = e.at
	}
	return out, nil
}

// Extent implements connect.Store. Movements that the bank took back count: they are deleted with the others.
func (s *Store) Extent(ctx context.Context, userID, connectionID int64) (connect.Removal, error) {
	var out connect.Removal
	var accounts, transactions int64
	var oldest sql.NullInt64
	err := s.read.queryRow(ctx, `SELECT (SELECT COUNT(*) FROM accounts WHERE connection_id = c.id AND deleted_at IS NULL), COUNT(t.id), MIN(t.date)
		FROM connections c LEFT JOIN accounts a ON a.connection_id = c.id LEFT JOIN transactions t ON t.account_id = a.id
		WHERE c.id = $1 AND c.user_id = $2 GROUP BY c.id`, connectionID, userID).Scan(&accounts, &transactions, &oldest)
	if err != nil {
		return out, translate(nounConnection, err)
	}
	out.Accounts, out.Transactions = int(accounts), int(transactions)
	if oldest.Valid {
		out.Oldest = fromMicros(oldest.Int64)
	}
	return out, nil
}
