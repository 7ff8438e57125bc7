package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"passerelle/internal/webhook"
)

// Deliveries implements webhook.Receivers.
func (s *Store) Deliveries(ctx context.Context, f webhook.DeliveryFilter) ([]webhook.Delivery, error) {
	q, args := deliveryWhere(f)
	n := len(args)
	rs, err := s.read.query(ctx, "SELECT "+deliveryColumns+" FROM deliveries"+q+" ORDER BY id DESC LIMIT $"+strconv.Itoa(n+1)+
		" OFFSET $"+strconv.Itoa(n+2), append(args, limitOf(f.Limit), f.Offset)...)
	list, err := collect(rs, err, scanDelivery)
	return list, translate(nounDelivery, err)
}

// DeliveryLogs implements webhook.Receivers.
func (s *Store) DeliveryLogs(ctx context.Context, receiverID int64, limit, offset int) ([]webhook.Log, error) {
	rs, err := s.read.query(ctx, `SELECT l.id, l.delivery_id, l.webhook_id, d.event, l.sent, l.answered, l.status, l.problem, l.answer, l.next_try
		FROM delivery_logs l JOIN deliveries d ON d.id = l.delivery_id WHERE l.webhook_id = $1 ORDER BY l.id DESC LIMIT $2 OFFSET $3`,
		receiverID, limitOf(limit), offset)
	list, err := collect(rs, err, func(r row) (l webhook.Log, err error) {
		var sent int64
		var answered, next sql.NullInt64
		err = r.Scan(&l.ID, &l.DeliveryID, &l.ReceiverID, &l.Event, &sent, &answered, &l.Status, &l.Problem, &l.Answer, &next)
		l.Sent, l.Answered, l.NextTry = fromMicros(sent), fromNullMicros(answered), fromNullMicros(next)
		return l, err
	})
	return list, translate(nounDelivery, err)
}

// Redeliver implements webhook.Receivers. What is put back has an older id than what waits in its line, and so comes next in it.
func (s *Store) Redeliver(ctx context.Context, f webhook.DeliveryFilter, now time.Time) (int, error) {
	q, args := deliveryWhere(f)
	return s.putBack(ctx, q, args, f.ReceiverID, now)
}

// RedeliverOne puts one ended delivery back to waiting. One that waits already, or whose body was wiped, is fault.Conflict.
func (s *Store) RedeliverOne(ctx context.Context, receiverID, id int64, now time.Time) error {
	n, err := s.putBack(ctx, " WHERE webhook_id = $1 AND id = $2", []any{receiverID, id}, receiverID, now)
	if err != nil || n > 0 {
		return err
	}
	var there int64
	err = s.read.queryRow(ctx, "SELECT id FROM deliveries WHERE webhook_id = $1 AND id = $2", receiverID, id).Scan(&there)
	if err != nil {
		return translate(nounDelivery, err)
	}
	return errWiped()
}

func (s *Store) putBack(ctx context.Context, where string, args []any, receiverID int64, now time.Time) (int, error) {
	var users []int64
	err := s.write(ctx, nounDelivery, func(ctx context.Context, tx *writeTx) error {
		at := "$" + strconv.Itoa(len(args)+1)
		rs, err := tx.query(ctx, "UPDATE deliveries SET state = 'waiting', tries = 0, since = "+at+", ended = NULL, next_try = NULL, lease_until = NULL"+
			where+" AND ended IS NOT NULL AND body <> '' RETURNING user_id", append(args, micros(now))...)
		if users, err = collect(rs, err, scanID); err != nil {
			return err
		}
		_, err = tx.exec(ctx, wakeReceiver, micros(now), receiverID)
		if err == nil && len(users) > 0 {
			enqueueDelivery(tx, receiverID, time.Time{})
		}
		return err
	})
	return len(users), err
}

// wakeReceiver makes the first of each line of a receiver due, unless another of the line is.
const wakeReceiver = `UPDATE deliveries SET next_try = $1 WHERE webhook_id = $2 AND state = 'waiting' AND next_try IS NULL
	AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = $2 AND d.user_id = deliveries.user_id
	AND d.connection_id = deliveries.connection_id AND d.state = 'waiting' AND (d.id < deliveries.id OR d.next_try IS NOT NULL))`

// DeliveryCounts implements webhook.Receivers.
func (s *Store) DeliveryCounts(ctx context.Context) (webhook.Counts, error) {
	type part struct {
		state webhook.State
		n     int64
	}
	rs, err := s.read.query(ctx, `SELECT 'waiting', count(*) FROM deliveries WHERE state = 'waiting'
		UNION ALL SELECT 'held', count(*) FROM deliveries WHERE ended IS NULL AND state = 'held'`)
	list, err := collect(rs, err, func(r row) (p part, err error) {
		var state string
		err = r.Scan(&state, &p.n)
		p.state = webhook.State(state)
		return p, err
	})
	out := make(webhook.Counts, len(list))
	for _, p := range list {
		out[p.state] = p.n
	}
	return out, translate(nounDelivery, err)
}
