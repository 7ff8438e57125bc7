package store

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// widerRow is a row with columns behind those that its reader knows.
type widerRow struct {
	row
	behind []any
}

// Scan implements row.
func (r widerRow) Scan(dest ...any) error { return r.row.Scan(append(dest, r.behind...)...) }

// OpenConnection implements direct.Store.
func (s *Store) OpenConnection(ctx context.Context, userID, id int64) (direct.Record, error) {
	var rec direct.Record
	c, err := scanConnection(widerRow{
		s.read.queryRow(ctx, "SELECT "+connectionColumns+", session, pending FROM connections WHERE id = $1 AND user_id = $2", id, userID),
		[]any{&rec.Seen.Session, &rec.Seen.Pending},
	})
	if err != nil {
		return rec, translate(nounConnection, err)
	}
	rec.Connection = c
	// A session that does not open is as good as none, and a new one takes its place. What is pending and does not open is gone.
	if session, err := s.opened(rec.Seen.Session, "connections", "session", rowName(id)); err == nil {
		rec.Session = session
	}
	if pending, err := s.opened(rec.Seen.Pending, "connections", "pending", rowName(id)); err == nil {
		rec.Pending = pending
	}
	return rec, nil
}

// ParkConnection implements direct.Store.
func (s *Store) ParkConnection(ctx context.Context, p direct.Park) (int64, error) {
	asked, err := askedColumn(p.Asked)
	if err != nil {
		return 0, translate(nounConnection, err)
	}
	var id int64
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) (err error) {
		if id = p.ConnectionID; id == 0 {
			if id, err = insertUnfinished(ctx, tx, p); err != nil {
				return err
			}
		}
		var holder any
		if p.State == bank.StateValidating {
			holder = tx.holder(ctx)
		}
		pending, err := s.sealed(p.Pending, "connections", "pending", rowName(id))
		if err != nil {
			return err
		}
		park := func(seen direct.Seen) (int64, error) {
			return tx.exec(ctx, `UPDATE connections SET state = $1, error_message = $2, asked = $3, asked_until = $4, pending = $5,
				expire_at = coalesce($6, expire_at), next_try = $7, pending_at = $12, held_by = $13 WHERE id = $8 AND user_id = $9
				AND session IS NOT DISTINCT FROM $10 AND pending IS NOT DISTINCT FROM $11`,
				string(p.State), clip(p.ErrorMessage, mostErrorMessage), asked, nullMicros(p.AskedUntil), pending, nullMicros(p.ExpireAt),
				nullMicros(p.NextTry), id, p.UserID, nullBytes(seen.Session), nullBytes(seen.Pending), micros(p.Now), holder)
		}
		n, err := park(p.Seen)
		if err == nil && n == 0 {
			n, err = s.parkResealed(ctx, tx, p, id, park)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return goneOrStale(ctx, tx, p.UserID, id)
		}
		if p.Started.IsZero() {
			return nil
		}
		return insertLog(ctx, tx, bank.ConnectionLog{
			UserID: p.UserID, ConnectionID: id, Source: p.Connection.Source, State: p.State, ErrorMessage: clip(p.ErrorMessage, mostErrorMessage),
			Attended: true, Started: p.Started, Finished: p.Now, NextTry: p.NextTry,
		})
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// goneOrStale says why nothing was written: the connection is gone, or it is not as it was seen.
func goneOrStale(ctx context.Context, tx *writeTx, userID, id int64) error {
	var there int64
	err := tx.queryRow(ctx, "SELECT id FROM connections WHERE id = $1 AND user_id = $2", id, userID).Scan(&there)
	if err != nil {
		return translate(nounConnection, err)
	}
	return connect.ErrStale
}

// insertUnfinished makes the row of a connection that its bank has not said yes to.
func insertUnfinished(ctx context.Context, tx *writeTx, p direct.Park) (id int64, err error) {
	c := p.Connection
	err = tx.queryRow(ctx, `INSERT INTO connections (user_id, connector_uuid, connector_id, connector_name, source, owner_key, state,
		error_message, active, created, by_api) VALUES ($1, $2, $3, $4, $5, '', '', '', 1, $6, 1) RETURNING id`,
		p.UserID, c.ConnectorUUID, c.ConnectorID, c.ConnectorName, c.Source, micros(p.Now)).Scan(&id)
	if refersToNothing(err) {
		return 0, notFound(nounConnection) // the user was deleted
	}
	if err == nil {
		_, err = tx.exec(ctx, "UPDATE connections SET group_id = id WHERE id = $1", id)
	}
	return id, err
}

// KeepConnection implements direct.Store.
func (s *Store) KeepConnection(ctx context.Context, keep direct.Keep) (id int64, err error) {
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		k := keep // which sameOwner changes
		domain, err := domainOf(ctx, tx, k.UserID)
		if err != nil {
			return err
		}
		event := webhook.Event{Domain: domain, UserID: k.UserID, Created: k.Now}
		gone, err := s.sameOwner(ctx, tx, &k)
		if err != nil {
			return err
		}
		if gone != 0 {
			if err := dropStub(ctx, tx, k.UserID, gone, k.Now); err != nil {
				return err
			}
		}
		if id = k.ConnectionID; id == 0 {
			id, err = insertUnfinished(ctx, tx, direct.Park{UserID: k.UserID, Connection: k.Connection, Now: k.Now})
			if err != nil {
				return err
			}
		}
		if err := s.finish(ctx, tx, k, id); err != nil {
			return err
		}
		event.Name, event.ConnectionID = webhook.ConnectionSaved, id
		return insertEvent(ctx, tx, event)
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// sameOwner finds the connection that a bank's yes belongs to and names it in k: the user's of the same owner, if there is one.
// It gives the unfinished one that turned out to be that, which is to go.
func (s *Store) sameOwner(ctx context.Context, tx *writeTx, k *direct.Keep) (gone int64, err error) {
	finished := false
	if k.ConnectionID != 0 {
		var owner string
		var session []byte
		err := tx.queryRow(ctx, "SELECT owner_key, session FROM connections WHERE id = $1 AND user_id = $2", k.ConnectionID, k.UserID).
			Scan(&owner, &session)
		if err != nil {
			return 0, err
		}
		if k.Connection.OwnerKey == "" {
			k.Connection.OwnerKey = owner
		}
		if owner != "" && k.Connection.OwnerKey != owner {
			return 0, connect.ErrOtherOwner
		}
		finished = len(session) > 0
	}
	if k.Connection.OwnerKey == "" {
		return 0, nil
	}
	rs, err := tx.query(ctx, `SELECT id FROM connections WHERE user_id = $1 AND connector_uuid = $2 AND source = $3 AND owner_key = $4
		AND owner_key <> '' AND id <> $5`,
		k.UserID, k.Connection.ConnectorUUID, k.Connection.Source, k.Connection.OwnerKey, k.ConnectionID)
	others, err := collect(rs, err, scanID)
	if err != nil || len(others) == 0 {
		return 0, err
	}
	if finished {
		// Two connections that work become one only by the end user's wish.
		return 0, connect.ErrOtherOwner
	}
	gone, k.ConnectionID = k.ConnectionID, others[0]
	return gone, nil
}

// finish writes a bank's yes into its row: whatever was open is over.
func (s *Store) finish(ctx context.Context, tx *writeTx, k direct.Keep, id int64) error {
	session, err := s.sealed(k.Session, "connections", "session", rowName(id))
	if err != nil {
		return err
	}
	c := k.Connection
	_, err = tx.exec(ctx, `UPDATE connections SET connector_id = $1, connector_name = $2, source = $3, owner_key = $4,
		consent_until = $5, next_try = $6, `+mended+` WHERE id = $7`,
		c.ConnectorID, c.ConnectorName, c.Source, c.OwnerKey, nullMicros(c.ConsentUntil), nullMicros(c.NextTry), id)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE connections SET "+joined+", session = $1 WHERE id = $2", session, id)
	return err
}

// MarkValidating implements direct.Store.
func (s *Store) MarkValidating(ctx context.Context, id int64, until time.Time) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		_, err := tx.exec(ctx, "UPDATE connections SET state = $1, error_message = '', asked_until = $2, held_by = $4 WHERE id = $3",
			string(bank.StateValidating), micros(until), id, tx.holder(ctx))
		return err
	})
}

// RescueValidating implements direct.Store. What a finished connection's state was before is found out by reading it; an
// unfinished one goes on when its client backend forces it. What a dead process leaves behind is freed with its number (free).
func (s *Store) RescueValidating(ctx context.Context, id int64, now time.Time) error {
	_, err := s.writeOne(ctx, nounConnection, `UPDATE connections SET state = CASE WHEN session IS NULL THEN $1 ELSE '' END, asked_until = NULL,
		next_try = CASE WHEN session IS NULL THEN NULL ELSE $2 END, held_by = NULL WHERE state = $3 AND id = $4`,
		string(bank.StateSCARequired), micros(now), string(bank.StateValidating), id)
	return err
}

// ForgetPending implements syncer.Sweeps. An unfinished connection goes whole, so only those with a session are looked for.
func (s *Store) ForgetPending(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) (err error) {
		n, err = tx.exec(ctx, `UPDATE connections SET pending = NULL, asked_until = NULL,
			asked = CASE WHEN state IN ($1, $2, $3) THEN NULL ELSE asked END, state = CASE WHEN state IN ($1, $2, $3) THEN $4 ELSE state END
			WHERE pending IS NOT NULL AND pending_at < $5 AND session IS NOT NULL
			AND id IN (SELECT id FROM connections WHERE pending IS NOT NULL AND pending_at < $5 AND session IS NOT NULL LIMIT $6)`,
			string(bank.StateAdditionalInfo), string(bank.StateDecoupled), string(bank.StateValidating), string(bank.StateSCARequired),
			micros(before), limit)
		return err
	})
	return int(n), err
}

// ForceSync implements direct.Store.
func (s *Store) ForceSync(ctx context.Context, userID, id int64, now time.Time, pause time.Duration) (bool, error) {
	return s.writeOne(ctx, nounConnection, `UPDATE connections SET forced_at = $1 WHERE id = $2 AND user_id = $3
		AND (forced_at IS NULL OR forced_at <= $4)`, micros(now), id, userID, micros(now.Add(-pause)))
}

// SetConnection implements direct.Store. A connection that is switched on again and was well is due.
func (s *Store) SetConnection(ctx context.Context, userID, id int64, set direct.Settings, now time.Time) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		var there int64
		if err := tx.queryRow(ctx, "SELECT id FROM connections WHERE id = $1 AND user_id = $2", id, userID).Scan(&there); err != nil {
			return err
		}
		if set.Active != nil {
			on := flag(*set.Active)
			if _, err := tx.exec(ctx, `UPDATE connections SET active = $1, manual = 0, paused_at = CASE WHEN $1 = 1 THEN NULL ELSE coalesce(paused_at, $2) END,
				next_try = CASE WHEN $1 = 1 AND active = 0 AND state = '' THEN coalesce(next_try, $2) ELSE next_try END WHERE id = $3`,
				on, micros(now), id); err != nil {
				return err
			}
		}
		if set.Expire == nil {
			return nil
		}
		// An unfinished one always ends by itself, with what is typed in it: sooner if that is wished, never later.
		_, err := tx.exec(ctx, `UPDATE connections SET expire_at = CASE WHEN session IS NULL
			AND (CAST($1 AS BIGINT) IS NULL OR $1 > expire_at) THEN expire_at ELSE $1 END WHERE id = $2`, nullMicros(*set.Expire), id)
		return err
	})
}

// QueueSyncs implements direct.Store.
func (s *Store) QueueSyncs(ctx context.Context, ids []int64, unattended bool) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		for _, id := range ids {
			// The worker leaves alone what is paused: one that is read by hand alone is on until it was read (resting).
			if _, err := tx.exec(ctx, "UPDATE connections SET active = 1, paused_at = NULL WHERE id = $1 AND manual = 1", id); err != nil {
				return err
			}
			enqueue(tx, syncer.SyncArgs{ConnectionID: id, Unattended: unattended})
		}
		return nil
	})
}
