package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"passerelle/internal/webhook"
)

const nounDelivery = "delivery"

const deliveryColumns = `id, webhook_id, event_id, event, user_id, connection_id, state, tries, since, next_try, created, ended`

func scanDelivery(r row) (webhook.Delivery, error) { return scanDeliveryBody(r, nil) }

// scanDeliveryBody reads a delivery and, where it was selected, its body.
func scanDeliveryBody(r row, body *string) (webhook.Delivery, error) {
	var d webhook.Delivery
	var state string
	var since, created int64
	var next, ended sql.NullInt64
	dest := []any{
		&d.ID, &d.ReceiverID, &d.EventID, &d.Event, &d.UserID, &d.ConnectionID, &state, &d.Tries, &since, &next, &created, &ended,
	}
	if body != nil {
		dest = append(dest, body)
	}
	err := r.Scan(dest...)
	d.State, d.Since, d.Created = webhook.State(state), fromMicros(since), fromMicros(created)
	d.NextTry, d.Ended = fromNullMicros(next), fromNullMicros(ended)
	return d, err
}

// letGoAfter is how long after its lease a delivery is taken from a living process: its clock may go wrong by as much, and a delivery
// that comes twice has one id.
const letGoAfter = 15 * time.Minute

// Claim implements webhook.Line. The next_try of what is claimed moves to the end of the lease, so that a process that dies
// leaves it due again. Several who claim at one moment may be one more than there are slots, which bounds and does not decide.
func (s *Store) Claim(ctx context.Context, receiverID int64, now time.Time, lease time.Duration) (webhook.Claim, bool, error) {
	c := webhook.Claim{Until: now.Add(lease).UTC().Truncate(time.Microsecond)}
	ok := false
	err := s.writeLoosely(ctx, nounDelivery, func(ctx context.Context, tx *writeTx) (err error) {
		ok = false // what an earlier run of this claimed is undone
		c.Receiver, err = scanReceiver(tx.queryRow(ctx, "SELECT "+receiverColumns+` FROM webhooks
			WHERE id = $1 AND deleted_at IS NULL AND disabled = ''`, receiverID))
		if errors.Is(err, sql.ErrNoRows) || err == nil && c.Receiver.RetryAt != nil && c.Receiver.RetryAt.After(now) {
			return nil
		}
		if err != nil {
			return err
		}
		slots := webhook.MostUnderWay
		if c.Receiver.Failures > 0 {
			slots = 1
		}
		var body string
		// What a living process has under way is left to it, whatever the clocks say, unless it has forgotten it.
		c.Delivery, err = scanDeliveryBody(tx.queryRow(ctx, `UPDATE deliveries SET lease_until = $3, next_try = $3, held_by = $5
			WHERE id = (`+s.firstDue("$5", "$6")+`)
			AND state = 'waiting' AND next_try <= $2
			AND (SELECT count(*) FROM deliveries WHERE webhook_id = $1 AND lease_until > $2) < $4
			RETURNING `+deliveryColumns+", body", receiverID, micros(now), micros(c.Until), slots, tx.holder(ctx),
			micros(now.Add(-letGoAfter))), &body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		c.Delivery.Body, ok = body, true
		return s.completeClaim(ctx, tx, &c)
	})
	return c, ok && err == nil, err
}

// firstDue finds what is due first for a receiver, $1, at a time, $2: along an index in that order, for all that waited while a receiver
// was away is due at one moment.
func (s *Store) firstDue(own, forgotten string) string {
	return `SELECT id FROM deliveries WHERE webhook_id = $1 AND next_try <= $2 AND (lease_until IS NULL OR held_by IS NULL
		OR held_by = ` + own + ` OR lease_until <= ` + forgotten + ` OR NOT ` + living("deliveries.held_by") + `) ORDER BY next_try, id` + s.nextOne()
}

// completeClaim reads what else a try needs. While a receiver rests, one try at a time finds out whether it is back.
func (s *Store) completeClaim(ctx context.Context, tx *writeTx, c *webhook.Claim) error {
	if webhook.Broken(c.Receiver.Failures) {
		if _, err := tx.exec(ctx, "UPDATE webhooks SET retry_at = $1 WHERE id = $2", micros(c.Until), c.Receiver.ID); err != nil {
			return err
		}
	}
	var compress, user int64
	err := tx.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM domain_config WHERE domain = $1 AND value IN ('1', 'true')
		AND name IN ('webhooks.compressions.enabled', 'webhooks.compression.enabled')), EXISTS (SELECT 1 FROM users WHERE id = $2)`,
		c.Receiver.Domain, c.Delivery.UserID).Scan(&compress, &user)
	if err != nil {
		return err
	}
	c.Compress, c.HasUser = compress != 0, user != 0
	if c.Receiver.AuthID == 0 {
		return nil
	}
	a, err := s.scanAuth(tx.queryRow(ctx, "SELECT "+authColumns+" FROM webhook_auths WHERE id = $1", c.Receiver.AuthID))
	c.Auth = &a
	return err
}

// EndTry implements webhook.Line.
func (s *Store) EndTry(ctx context.Context, t webhook.Tried) error {
	return s.write(ctx, nounDelivery, func(ctx context.Context, tx *writeTx) error {
		var next, ended any
		if t.State == webhook.Waiting {
			next = micros(t.NextTry)
		} else {
			ended = micros(t.Now)
		}
		n, err := tx.exec(ctx, `UPDATE deliveries SET state = $1, tries = tries + 1, lease_until = NULL, held_by = NULL, next_try = $2, ended = $3
			WHERE id = $4 AND lease_until = $5 AND state = 'waiting'`, string(t.State), next, ended, t.Claim.Delivery.ID, micros(t.Claim.Until))
		if err != nil || n == 0 {
			return err
		}
		l := t.Log
		_, err = tx.exec(ctx, `INSERT INTO delivery_logs (delivery_id, webhook_id, sent, answered, status, problem, answer, next_try)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			l.DeliveryID, l.ReceiverID, micros(l.Sent), nullMicros(l.Answered), l.Status, l.Problem, l.Answer, nullMicros(l.NextTry))
		if err != nil {
			return err
		}
		if t.State == webhook.Waiting {
			enqueueDelivery(tx, t.Claim.Receiver.ID, t.NextTry)
		} else if err := wakeNext(ctx, tx, t.Claim.Delivery, t.Now); err != nil {
			return err
		}
		return noteReceiver(ctx, tx, t)
	})
}

// wakeNext makes the next delivery in a line due.
func wakeNext(ctx context.Context, tx *writeTx, d webhook.Delivery, now time.Time) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET next_try = $1 WHERE id = (SELECT id FROM deliveries WHERE webhook_id = $2
		AND user_id = $3 AND connection_id = $4 AND state = 'waiting' ORDER BY id LIMIT 1) AND next_try IS NULL`,
		micros(now), d.ReceiverID, d.UserID, d.ConnectionID)
	return err
}

// noteReceiver writes down what a try says of the receiver as a whole. One that rested and is back gets at once what waited
// for it.
func noteReceiver(ctx context.Context, tx *writeTx, t webhook.Tried) error {
	r := t.Claim.Receiver
	if t.Weight > 0 {
		_, err := tx.exec(ctx, `UPDATE webhooks SET failures = failures + $1, failing = coalesce(failing, $2), retry_at = coalesce($3, retry_at),
			disabled = CASE WHEN $4 <> '' THEN $4 ELSE disabled END WHERE id = $5`,
			t.Weight, micros(t.Now), nullMicros(t.RetryAt), t.Disable, r.ID)
		if t.RetryAt != nil && t.Disable == "" {
			enqueueDelivery(tx, r.ID, *t.RetryAt)
		}
		return err
	}
	if r.Failures == 0 && r.Failing == nil {
		return nil
	}
	if _, err := tx.exec(ctx, "UPDATE webhooks SET failures = 0, failing = NULL, retry_at = NULL WHERE id = $1", r.ID); err != nil {
		return err
	}
	if !webhook.Broken(r.Failures) {
		return nil
	}
	return bringForward(ctx, tx, r.ID, t.Now)
}

// bringForward makes all that waits for a receiver due now.
func bringForward(ctx context.Context, tx *writeTx, receiverID int64, now time.Time) error {
	_, err := tx.exec(ctx, "UPDATE deliveries SET next_try = $1 WHERE webhook_id = $2 AND next_try > $1 AND lease_until IS NULL",
		micros(now), receiverID)
	enqueueDelivery(tx, receiverID, time.Time{})
	return err
}

// QueueDue implements webhook.Line. It writes nothing where nothing is due.
func (s *Store) QueueDue(ctx context.Context, now time.Time) (int, error) {
	rs, err := s.read.query(ctx, `SELECT w.id FROM webhooks w WHERE w.deleted_at IS NULL AND w.disabled = ''
		AND (w.retry_at IS NULL OR w.retry_at <= $1) AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id AND d.next_try <= $1)`, micros(now))
	ids, err := collect(rs, err, scanID)
	if err != nil || len(ids) == 0 {
		return 0, translate(nounDelivery, err)
	}
	return len(ids), s.write(ctx, nounDelivery, func(_ context.Context, tx *writeTx) error {
		for _, id := range ids {
			enqueueDelivery(tx, id, time.Time{})
		}
		return nil
	})
}
