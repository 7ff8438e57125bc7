package store

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"time"

	"passerelle/internal/fault"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

const nounReceiver = "webhook"

const receiverColumns = `id, domain, dialect, event, url, user_id, service_id, auth_id, params, disabled, failing, failures, retry_at,
	created, updated, deleted_at, client_id`

func scanReceiver(r row) (webhook.Receiver, error) {
	var w webhook.Receiver
	var user, client, service, auth, failing, retry, deleted sql.NullInt64
	var created, updated int64
	var params string
	err := r.Scan(&w.ID, &w.Domain, &w.Dialect, &w.Event, &w.URL, &user, &service, &auth, &params, &w.Disabled, &failing, &w.Failures,
		&retry, &created, &updated, &deleted, &client)
	if err != nil {
		return w, err
	}
	w.UserID, w.ClientID, w.ServiceID, w.AuthID = user.Int64, client.Int64, service.Int64, auth.Int64
	w.Failing, w.RetryAt, w.Deleted = fromNullMicros(failing), fromNullMicros(retry), fromNullMicros(deleted)
	w.Created, w.Updated = fromMicros(created), fromMicros(updated)
	return w, fromJSON(params, &w.Params)
}

// InsertReceiver implements webhook.Receivers.
func (s *Store) InsertReceiver(ctx context.Context, r webhook.Receiver) (webhook.Receiver, error) {
	params, err := toJSON(r.Params)
	if err != nil {
		return r, err
	}
	err = s.write(ctx, nounReceiver, func(ctx context.Context, tx *writeTx) error {
		return tx.queryRow(ctx, `INSERT INTO webhooks (domain, dialect, event, url, user_id, service_id, auth_id, params, created, updated, client_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
			r.Domain, r.Dialect, r.Event, r.URL, nullID(r.UserID), nullID(r.ServiceID), nullID(r.AuthID), params, micros(r.Created),
			micros(r.Updated), nullID(r.ClientID)).Scan(&r.ID)
	})
	return r, err
}

// UpdateReceiver implements webhook.Receivers. One that was moved, mended or enabled is given another chance at once.
func (s *Store) UpdateReceiver(ctx context.Context, r webhook.Receiver) error {
	params, err := toJSON(r.Params)
	if err != nil {
		return err
	}
	return s.write(ctx, nounReceiver, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, `UPDATE webhooks SET event = $1, url = $2, user_id = $3, service_id = $4, auth_id = $5, params = $6, disabled = $7,
			updated = $8, failures = 0, failing = NULL, retry_at = NULL WHERE id = $9 AND domain = $10 AND deleted_at IS NULL`,
			r.Event, r.URL, nullID(r.UserID), nullID(r.ServiceID), nullID(r.AuthID), params, r.Disabled, micros(r.Updated), r.ID, r.Domain)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound(nounReceiver)
		}
		if r.Disabled != "" {
			return nil
		}
		if _, err := tx.exec(ctx, "UPDATE deliveries SET since = $1 WHERE webhook_id = $2 AND state = 'waiting'", micros(r.Updated), r.ID); err != nil {
			return err
		}
		return bringForward(ctx, tx, r.ID, r.Updated)
	})
}

// DeleteReceiver implements webhook.Receivers.
func (s *Store) DeleteReceiver(ctx context.Context, domain string, id int64, now time.Time) error {
	return s.write(ctx, nounReceiver, func(ctx context.Context, tx *writeTx) error {
		n, err := tx.exec(ctx, `UPDATE webhooks SET deleted_at = $1, updated = $1, auth_id = NULL WHERE id = $2 AND domain = $3
			AND deleted_at IS NULL`, micros(now), id, domain)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound(nounReceiver)
		}
		_, err = tx.exec(ctx, `UPDATE deliveries SET body = '', state = CASE WHEN ended IS NULL THEN 'dropped' ELSE state END,
			next_try = NULL, lease_until = NULL, ended = coalesce(ended, $1) WHERE webhook_id = $2`, micros(now), id)
		return err
	})
}

// Receiver implements webhook.Receivers; a deleted one too.
func (s *Store) Receiver(ctx context.Context, domain string, id int64) (webhook.Receiver, error) {
	r, err := scanReceiver(s.read.queryRow(ctx, "SELECT "+receiverColumns+" FROM webhooks WHERE id = $1 AND domain = $2", id, domain))
	return r, translate(nounReceiver, err)
}

// ListReceivers implements webhook.Receivers, by id.
func (s *Store) ListReceivers(ctx context.Context, f webhook.ReceiverFilter) ([]webhook.Receiver, error) {
	q := "SELECT " + receiverColumns + " FROM webhooks WHERE domain = $1"
	if !f.Deleted {
		q += " AND deleted_at IS NULL"
	}
	args := []any{f.Domain, limitOf(f.Limit), f.Offset}
	if f.Dialect != "" {
		q += " AND dialect = $4"
		args = append(args, f.Dialect)
	}
	rs, err := s.read.query(ctx, q+" ORDER BY id LIMIT $2 OFFSET $3", args...)
	list, err := collect(rs, err, scanReceiver)
	return list, translate(nounReceiver, err)
}

// limitOf is a limit as SQL has it: 0 and less mean none, which each engine writes in its own way, so that a number nobody reaches stands for it.
func limitOf(n int) int {
	if n <= 0 {
		return math.MaxInt64
	}
	return n
}

// QueueSync implements webhook.Receivers.
func (s *Store) QueueSync(ctx context.Context, domain string, connectionID int64) error {
	return s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		var id int64
		err := tx.queryRow(ctx, "SELECT c.id FROM connections c JOIN users u ON u.id = c.user_id WHERE c.id = $1 AND u.domain = $2",
			connectionID, domain).Scan(&id)
		if err == nil {
			enqueue(tx, syncer.SyncArgs{ConnectionID: id})
		}
		return err
	})
}

// InsertTest implements webhook.Receivers. It is in the line of no user, so that nothing else waits for it.
func (s *Store) InsertTest(ctx context.Context, r webhook.Receiver, body string, now time.Time) (webhook.Delivery, error) {
	var d webhook.Delivery
	err := s.write(ctx, nounReceiver, func(ctx context.Context, tx *writeTx) (err error) {
		e := webhook.Event{Domain: r.Domain, Name: webhook.Test, Created: now}
		if err := deliver(ctx, tx, e, webhook.Test, r.ID, []string{body}, false); err != nil {
			return err
		}
		d, err = scanDelivery(tx.queryRow(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE webhook_id = $1 ORDER BY id DESC LIMIT 1", r.ID))
		return err
	})
	return d, err
}

// deliveryWhere is the condition of a filter; every value is a parameter.
func deliveryWhere(f webhook.DeliveryFilter) (string, []any) {
	q, args := " WHERE webhook_id = $1", []any{f.ReceiverID}
	where := func(condition string, value any) {
		args = append(args, value)
		q += " AND " + condition + "$" + strconv.Itoa(len(args))
	}
	if f.UserID != 0 {
		where("user_id = ", f.UserID)
	}
	if f.ConnectionID != 0 {
		where("connection_id = ", f.ConnectionID)
	}
	if f.State != "" {
		where("state = ", string(f.State))
	}
	if f.From != nil {
		where("created >= ", micros(*f.From))
	}
	if f.To != nil {
		where("created < ", micros(*f.To))
	}
	return q, args
}

// errWiped is why nothing was put back.
func errWiped() error {
	return fault.New(fault.Conflict, "Nothing of it can be delivered again: it still waits, or its body was wiped.")
}
