package store

import (
	"context"
	"time"

	"passerelle/internal/webhook"
)

// takeBack takes back what an event makes untrue or unwanted of what was not sent yet, and what could be sent again: nobody is
// told anything of a connection or an account after the end user ended it (GDPR art. 7(3), 17).
func takeBack(ctx context.Context, tx *writeTx, e webhook.Event) error {
	switch e.Name {
	case webhook.ConnectionDeleted:
		_, err := tx.exec(ctx, `UPDATE deliveries SET body = '', state = CASE WHEN ended IS NULL THEN 'dropped' ELSE state END,
			next_try = NULL, lease_until = NULL, ended = coalesce(ended, $1) WHERE user_id = $2 AND connection_id = $3`,
			micros(e.Created), e.UserID, e.ConnectionID)
		return err
	case webhook.AccountDisabled:
		return takeBackAccount(ctx, tx, e)
	}
	return nil
}

// takeBackAccount takes an account out of the bodies that wait, and wipes those that were sent.
func takeBackAccount(ctx context.Context, tx *writeTx, e webhook.Event) error {
	type waiting struct {
		id                  int64
		name, body, dialect string
	}
	rs, err := tx.query(ctx, `SELECT id, event, body, (SELECT dialect FROM webhooks WHERE id = deliveries.webhook_id) FROM deliveries
		WHERE user_id = $1 AND connection_id = $2 AND body <> '' AND ended IS NULL`,
		e.UserID, e.ConnectionID)
	list, err := collect(rs, err, func(r row) (w waiting, err error) {
		err = r.Scan(&w.id, &w.name, &w.body, &w.dialect)
		return w, err
	})
	if err != nil {
		return err
	}
	dropped := false
	for _, w := range list {
		rest, ok := w.body, true
		if renderer := tx.renderers[w.dialect]; renderer != nil {
			if rest, ok, err = renderer.Without(w.name, w.body, []int64{e.AccountID}); err != nil {
				return err
			}
		}
		switch {
		case !ok:
			dropped = true
			_, err = tx.exec(ctx, "UPDATE deliveries SET body = '', state = 'dropped', next_try = NULL, lease_until = NULL, ended = $1 WHERE id = $2",
				micros(e.Created), w.id)
		case rest != w.body:
			_, err = tx.exec(ctx, "UPDATE deliveries SET body = $1 WHERE id = $2", rest, w.id)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.exec(ctx, "UPDATE deliveries SET body = '' WHERE user_id = $1 AND connection_id = $2 AND body <> '' AND ended IS NOT NULL",
		e.UserID, e.ConnectionID)
	if err != nil || !dropped {
		return err
	}
	return wakeLines(ctx, tx, e.UserID, e.Created)
}

// wakeLines makes the first of each of a user's lines due where none is, and queues the jobs.
func wakeLines(ctx context.Context, tx *writeTx, userID int64, now time.Time) error {
	rs, err := tx.query(ctx, `UPDATE deliveries SET next_try = $1 WHERE user_id = $2 AND state = 'waiting' AND next_try IS NULL
		AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = deliveries.webhook_id AND d.user_id = $2
		AND d.connection_id = deliveries.connection_id AND d.state = 'waiting' AND d.id < deliveries.id) RETURNING webhook_id`,
		micros(now), userID)
	receivers, err := collect(rs, err, scanID)
	for _, id := range receivers {
		enqueueDelivery(tx, id, time.Time{})
	}
	return err
}

// release lets go what was held for a temporary user who is permanent now.
func release(ctx context.Context, tx *writeTx, userID int64, now time.Time) error {
	n, err := tx.exec(ctx, "UPDATE deliveries SET state = 'waiting', since = $1 WHERE user_id = $2 AND state = 'held'", micros(now), userID)
	if err != nil || n == 0 {
		return err
	}
	return wakeLines(ctx, tx, userID, now)
}

// forgetUser deletes the deliveries of a user who is gone. Those that tell of a connection's end stay until they are sent where
// told is true: they hold ids alone, and their receiver may be another than that of USER_DELETED.
func forgetUser(ctx context.Context, tx *writeTx, userID int64, told bool, now time.Time) error {
	if !told {
		_, err := tx.exec(ctx, "DELETE FROM deliveries WHERE user_id = $1", userID)
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM deliveries WHERE user_id = $1 AND NOT (state = 'waiting' AND event = $2)", userID, webhook.ConnectionDeleted)
	if err != nil {
		return err
	}
	return wakeLines(ctx, tx, userID, now)
}

// Forget implements webhook.Line.
func (s *Store) Forget(ctx context.Context, now, bodies, logs time.Time, limit int) (int, error) {
	var sum int64
	err := s.write(ctx, nounDelivery, func(ctx context.Context, tx *writeTx) error {
		for _, step := range []struct {
			query string
			args  []any
		}{
			{"UPDATE deliveries SET body = '' WHERE id IN (SELECT id FROM deliveries WHERE ended <= $1 AND body <> '' LIMIT $2)", []any{micros(bodies), limit}},
			{"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended <= $1 LIMIT $2)", []any{micros(logs), limit}},
			{`UPDATE deliveries SET state = 'given_up', ended = $1, next_try = NULL, lease_until = NULL WHERE id IN
				(SELECT id FROM deliveries WHERE ended IS NULL AND state = 'waiting' AND since <= $2 LIMIT $3)`, []any{micros(now), micros(logs), limit}},
			{"DELETE FROM tokens WHERE kind = 'delivery' AND id IN (SELECT id FROM tokens WHERE kind = 'delivery' AND expires_at <= $1 LIMIT $2)", []any{micros(now), limit}},
		} {
			n, err := tx.exec(ctx, step.query, step.args...)
			if err != nil {
				return err
			}
			sum += n
		}
		for _, forget := range []func(context.Context, *writeTx, time.Time, int) (int64, error){forgetQueues, forgetGrants} {
			n, err := forget(ctx, tx, now, limit)
			if err != nil {
				return err
			}
			sum += n
		}
		return nil
	})
	return int(sum), err
}
