package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/seeded"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

const nounConnection = "connection"

const connectionColumns = `id, user_id, connector_uuid, connector_id, connector_name, source, state, error_message, owner_key,
	consent_until, last_update, next_try, active, created, asked, last_push, expire_at, by_api,
	asked_until, paused_at, group_id, consent_all, manual`

func scanConnection(r row) (bank.Connection, error) {
	c, _, err := scanConnectionSession(r, false)
	return c, err
}

// scanConnectionSession reads a connection and, where it was selected, the sealed session behind it.
func scanConnectionSession(r row, withSession bool) (bank.Connection, []byte, error) {
	var c bank.Connection
	var state string
	var consent, last, next, push, expire, askedUntil, paused sql.NullInt64
	var active, created, byAPI, all, manual int64
	var asked sql.NullString
	var session []byte
	dest := []any{
		&c.ID, &c.UserID, &c.ConnectorUUID, &c.ConnectorID, &c.ConnectorName, &c.Source, &state, &c.ErrorMessage, &c.OwnerKey,
		&consent, &last, &next, &active, &created, &asked, &push, &expire, &byAPI, &askedUntil, &paused,
		&c.GroupID, &all, &manual,
	}
	if withSession {
		dest = append(dest, &session)
	}
	if err := r.Scan(dest...); err != nil {
		return c, nil, err
	}
	c.State, c.Active, c.Created = bank.ConnectionState(state), active != 0, fromMicros(created)
	c.ConsentUntil, c.LastUpdate, c.NextTry = fromNullMicros(consent), fromNullMicros(last), fromNullMicros(next)
	c.LastPush, c.ExpireAt, c.ByAPI = fromNullMicros(push), fromNullMicros(expire), byAPI != 0
	c.ConsentAll, c.Manual = all != 0, manual != 0
	c.AskedUntil, c.PausedAt = fromNullMicros(askedUntil), fromNullMicros(paused)
	if asked.Valid {
		if err := fromJSON(asked.String, &c.Asked); err != nil {
			return c, nil, err
		}
	}
	return c, session, nil
}

// SaveConnection implements connect.Store. The move comes last, since it writes what the rest makes; when the attempt has moved
// on, the rest is undone with it.
func (s *Store) SaveConnection(ctx context.Context, in connect.SaveConnection) error {
	a := in.Attempt
	enc, err := s.encodeAttempt(a)
	if err != nil {
		return translate(nounAttempt, err)
	}
	var userID, id int64
	err = s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) (err error) {
		userID = a.UserID // whom an earlier run of this made is undone
		if userID == 0 {
			if in.NewUser == nil {
				return errors.New("the attempt has no user and none was given")
			}
			if userID, err = insertUser(ctx, tx, *in.NewUser); err != nil {
				return err
			}
		}
		if id, err = s.upsertConnection(ctx, tx, in, userID); err != nil {
			return err
		}
		moved := *a
		moved.UserID, moved.ConnectionID = userID, id
		if err = moveAttempt(ctx, tx, &moved, enc, in.FromStep); err != nil {
			return err
		}
		return insertEvent(ctx, tx, webhook.Event{
			Domain: a.Domain, Name: webhook.ConnectionSaved, UserID: userID, ConnectionID: id, Created: in.Now,
		})
	})
	if err == nil {
		a.UserID, a.ConnectionID, a.Step = userID, id, in.FromStep+1
	}
	return err
}

// upsertConnection stores a connection with its session and gives its id: the old one on a reconnect, and where the same person
// has logged in at the same connector through the same source before, also when they did it for one that was begun by API.
func (s *Store) upsertConnection(ctx context.Context, tx *writeTx, in connect.SaveConnection, userID int64) (int64, error) {
	c, id := in.Connection, in.Connection.ID
	var err error
	if id != 0 {
		if id, err = sameLogin(ctx, tx, c, userID, in.Now); err != nil {
			return 0, err
		}
		c.ID = id
		err = reconnect(ctx, tx, c, userID)
	} else {
		err = tx.queryRow(ctx, `INSERT INTO connections (user_id, connector_uuid, connector_id, connector_name, source, owner_key,
			state, error_message, consent_until, next_try, active, created, by_api) VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, $8, 1, $9, $10)
			ON CONFLICT (user_id, connector_uuid, source, owner_key) WHERE owner_key <> ''
			DO UPDATE SET connector_id = excluded.connector_id, connector_name = excluded.connector_name,
			consent_until = excluded.consent_until, next_try = coalesce(excluded.next_try, connections.next_try), `+mended+` RETURNING id`,
			userID, c.ConnectorUUID, c.ConnectorID, c.ConnectorName, c.Source, c.OwnerKey, nullMicros(c.ConsentUntil),
			nullMicros(c.NextTry), micros(in.Now), flag(c.ByAPI)).Scan(&id)
	}
	if refersToNothing(err) {
		return 0, connect.ErrStale // the user was deleted, and the attempt with them
	}
	if err != nil {
		return 0, err
	}
	session, err := s.sealed(in.Session, "connections", "session", rowName(id))
	if err != nil {
		return 0, err
	}
	_, err = tx.exec(ctx, "UPDATE connections SET "+joined+", session = $1 WHERE id = $2", session, id)
	return id, err
}

// sameLogin gives the connection that a login into one belongs to. One that its bank never said yes to has no owner so far: when
// its user has a connection of that login already, it was begun for that one, which gets the session, and it is deleted.
func sameLogin(ctx context.Context, tx *writeTx, c bank.Connection, userID int64, now time.Time) (int64, error) {
	if c.OwnerKey == "" {
		return c.ID, nil
	}
	rs, err := tx.query(ctx, `SELECT o.id FROM connections s JOIN connections o ON o.user_id = s.user_id AND o.connector_uuid = s.connector_uuid
		WHERE s.id = $1 AND s.user_id = $2 AND s.session IS NULL AND s.owner_key = '' AND o.source = $3 AND o.owner_key = $4 AND o.id <> s.id`,
		c.ID, userID, c.Source, c.OwnerKey)
	others, err := collect(rs, err, scanID)
	if err != nil || len(others) == 0 {
		return c.ID, err
	}
	return others[0], dropStub(ctx, tx, userID, c.ID, now)
}

// dropStub deletes a connection that its bank never said yes to, so that nothing was read through it, with the event
// CONNECTION_DELETED.
func dropStub(ctx context.Context, tx *writeTx, userID, id int64, now time.Time) error {
	return endConnection(ctx, tx, userID, id, now, nil)
}

// endConnection deletes a connection, ends its consents and tells it. The heirs share in the place of its accounts, by copies of those
// consents, so they do so before these end. Absent, or another's, is an error that translates to fault.NotFound.
func endConnection(ctx context.Context, tx *writeTx, userID, id int64, now time.Time, heirs []heir) error {
	domain, err := domainOf(ctx, tx, userID)
	if err != nil {
		return err
	}
	tx.erased = true
	gone, err := scanConnection(tx.queryRow(ctx, "DELETE FROM connections WHERE id = $1 AND user_id = $2 RETURNING "+connectionColumns, id, userID))
	if err != nil {
		return err
	}
	event := webhook.Event{Domain: domain, UserID: userID, ConnectionID: id, Created: now}
	if err := inherit(ctx, tx, event, heirs); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE consents SET withdrawn_at = $1 WHERE connection_id = $2 AND withdrawn_at IS NULL", micros(now), id)
	if err != nil {
		return err
	}
	event.Name, event.Connection = webhook.ConnectionDeleted, &gone
	return insertEvent(ctx, tx, event)
}

// joined puts a connection into its group, with its bank's first yes and for good: that of the same login's other ways in, else one
// of its own. A login whose owner nobody knows stands alone.
const joined = `group_id = CASE WHEN session IS NOT NULL AND group_id <> 0 THEN group_id ELSE coalesce((SELECT o.group_id FROM connections o
	WHERE o.user_id = connections.user_id AND o.connector_uuid = connections.connector_uuid AND o.owner_key = connections.owner_key
	AND o.owner_key <> '' AND o.session IS NOT NULL AND o.id <> connections.id ORDER BY o.id LIMIT 1), id) END`

// mended is what a connection loses by a good login: its state, and what was asked, pending or counted against it.
const mended = `state = '', error_message = '', active = 1, paused_at = NULL, asked = NULL, asked_until = NULL, pending = NULL,
	expire_at = NULL, tries = 0, tried_at = NULL`

// reconnect writes a good login into a user's connection that is there, if it is its owner's. Its id and its accounts stay.
func reconnect(ctx context.Context, tx *writeTx, c bank.Connection, userID int64) error {
	var owner string
	err := tx.queryRow(ctx, "SELECT owner_key FROM connections WHERE id = $1 AND user_id = $2", c.ID, userID).Scan(&owner)
	if err != nil {
		return translate(nounConnection, err)
	}
	if c.OwnerKey != "" && owner != "" && c.OwnerKey != owner {
		return connect.ErrOtherOwner
	}
	if c.OwnerKey == "" {
		c.OwnerKey = owner
	}
	n, err := tx.exec(ctx, `UPDATE connections SET connector_id = $1, connector_name = $2, source = $3, owner_key = $4,
		consent_until = $5, next_try = coalesce($6, next_try), `+mended+` WHERE id = $7 AND NOT EXISTS (SELECT 1 FROM connections o
		WHERE o.user_id = $8 AND o.connector_uuid = $9 AND o.source = $3 AND o.owner_key = $4 AND o.owner_key <> '' AND o.id <> $7)`,
		c.ConnectorID, c.ConnectorName, c.Source, c.OwnerKey, nullMicros(c.ConsentUntil), nullMicros(c.NextTry), c.ID, userID, c.ConnectorUUID)
	if err == nil && n == 0 {
		err = connect.ErrOtherOwner // this login has a connection of its own
	}
	return err
}

// rowName is how an integer key stands in associated data.
func rowName(id int64) string { return strconv.FormatInt(id, 10) }

// ConnectionSession implements syncer.Store.
func (s *Store) ConnectionSession(ctx context.Context, id int64) (bank.Connection, []byte, error) {
	c, sealed, err := scanConnectionSession(s.read.queryRow(ctx,
		"SELECT "+connectionColumns+", session FROM connections WHERE id = $1", id), true)
	if err != nil {
		return bank.Connection{}, nil, translate(nounConnection, err)
	}
	session, err := s.opened(sealed, "connections", "session", rowName(id))
	if err != nil {
		return bank.Connection{}, nil, translate(nounConnection, fmt.Errorf("%w: %w", syncer.ErrSession, err))
	}
	return c, session, nil
}

// RotateSession implements syncer.Store. A nil consentUntil leaves the known date.
func (s *Store) RotateSession(ctx context.Context, id int64, session []byte, consentUntil *time.Time) error {
	sealed, err := s.sealed(session, "connections", "session", rowName(id))
	if err != nil {
		return translate(nounConnection, err)
	}
	ok, err := s.writeOne(ctx, nounConnection,
		"UPDATE connections SET session = $1, consent_until = coalesce($2, consent_until) WHERE id = $3",
		sealed, nullMicros(consentUntil), id)
	if err == nil && !ok {
		// Its errand takes the bank's last word along, where there is one; the reading ends all the same.
		_, err = s.rotateErrand(ctx, id, session)
		err = errors.Join(err, notFound(nounConnection))
	}
	return err
}

// DeleteConnection removes one of a user's connections with its accounts and transactions; its consents end now. The event
// CONNECTION_DELETED is written in the same transaction. Where the end user agreed to all accounts of the login, those that another way in
// lists too are shared through that from now on. An errand to its bank is written with it. Another user's connection is fault.NotFound.
func (s *Store) DeleteConnection(ctx context.Context, userID, id int64, now time.Time) error {
	if seeded.EventOutside {
		return deleteThenTell(ctx, s, userID, id, now)
	}
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		heirs, err := heirsOf(ctx, tx, userID, id)
		if err != nil {
			return err
		}
		// Of a foreign one none stays: the whole transaction ends with the error below.
		if err := s.writeErrand(ctx, tx, id, now); err != nil {
			return err
		}
		return endConnection(ctx, tx, userID, id, now, heirs)
	})
}

// domainOf gives a user's domain; an absent user has no connection either.
func domainOf(ctx context.Context, tx *writeTx, userID int64) (string, error) {
	var domain string
	err := tx.queryRow(ctx, "SELECT domain FROM users WHERE id = $1", userID).Scan(&domain)
	return domain, translate(nounConnection, err)
}
