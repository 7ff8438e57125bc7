package store

import (
	"context"
	"slices"

	"passerelle/internal/seeded"
	"passerelle/internal/webhook"
)

// insertEvent writes events in the transaction that caused them, in the order given, and with each the deliveries to the receivers
// that want to hear of it, and what the queues of its user are told. Where a domain has no receiver, and the user no queue, it costs no
// statement more than the log alone.
func insertEvent(ctx context.Context, tx *writeTx, events ...webhook.Event) error {
	if seeded.EventDoubled {
		events = append(slices.Clone(events), events...)
	}
	var f fan
	for len(events) > 0 {
		part := events[:min(mostRows, len(events))]
		events = events[len(part):]
		wanted, err := logEvents(ctx, tx, part)
		if err != nil {
			return err
		}
		for i, e := range part {
			if err := takeBack(ctx, tx, e); err != nil {
				return err
			}
			if wanted[i].followed {
				if err := tellEvent(ctx, tx, e); err != nil {
					return err
				}
			}
			if !wanted[i].wanted || e.Quiet {
				continue
			}
			e.ID = wanted[i].id
			if err := f.out(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// logged is an event in the log: its id, whether the domain has a receiver at all, and whether somebody follows its user.
type logged struct {
	id               int64
	wanted, followed bool
}

// logEvents inserts events and gives what became of each.
func logEvents(ctx context.Context, tx *writeTx, events []webhook.Event) ([]logged, error) {
	var args []any
	for _, e := range events {
		if e.Payload == "" {
			e.Payload = "{}"
		}
		args = append(args, e.Domain, e.Name, e.UserID, e.ConnectionID, e.AccountID, e.Payload, micros(e.Created))
	}
	rs, err := tx.query(ctx, "INSERT INTO events (domain, name, user_id, connection_id, account_id, payload, created) VALUES "+
		tuples(len(events), 7)+` RETURNING id, EXISTS (SELECT 1 FROM webhooks w WHERE w.domain = events.domain
		AND w.deleted_at IS NULL AND w.disabled = ''), `+followed("events.user_id", "events.created"), args...)
	rows, err := collect(rs, err, func(r row) (l logged, err error) {
		var wanted, followed int64
		err = r.Scan(&l.id, &wanted, &followed)
		l.wanted, l.followed = wanted != 0, followed != 0
		return l, err
	})
	if err != nil {
		return nil, err
	}
	// Ids are given in the order of the values; that of the answer is not promised.
	slices.SortFunc(rows, func(a, b logged) int { return int(a.id - b.id) })
	return rows, nil
}

// ReadEvents reads the log from behind an event on, oldest first, at most limit.
func (s *Store) ReadEvents(ctx context.Context, afterID int64, limit int) ([]webhook.Event, error) {
	rs, err := s.read.query(ctx, `SELECT id, domain, name, user_id, connection_id, account_id, payload, created FROM events
		WHERE id > $1 ORDER BY id LIMIT $2`, afterID, limit)
	list, err := collect(rs, err, func(r row) (webhook.Event, error) {
		var e webhook.Event
		var created int64
		err := r.Scan(&e.ID, &e.Domain, &e.Name, &e.UserID, &e.ConnectionID, &e.AccountID, &e.Payload, &created)
		e.Created = fromMicros(created)
		return e, err
	})
	return list, translate("event", err)
}
