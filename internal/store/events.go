package store

import (
	"context"
	"slices"

	"passerelle/internal/webhook"
)

// insertEvent writes events in the transaction that caused them, in the order given, and with each the deliveries to the receivers
// that want to hear of it. Where a domain has no receiver it costs no statement more than the log alone.
func insertEvent(ctx context.Context, tx *writeTx, events ...webhook.Event) error {
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
			if wanted[i] == 0 || e.Quiet {
				continue
			}
			e.ID = wanted[i]
			if err := f.out(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// logEvents inserts events, and gives for each its id where the domain has a receiver at all, else 0.
func logEvents(ctx context.Context, tx *writeTx, events []webhook.Event) ([]int64, error) {
	var args []any
	for _, e := range events {
		if e.Payload == "" {
			e.Payload = "{}"
		}
		args = append(args, e.Domain, e.Name, e.UserID, e.ConnectionID, e.AccountID, e.Payload, micros(e.Created))
	}
	type logged struct {
		id     int64
		wanted bool
	}
	rs, err := tx.query(ctx, "INSERT INTO events (domain, name, user_id, connection_id, account_id, payload, created) VALUES "+
		tuples(len(events), 7)+` RETURNING id, EXISTS (SELECT 1 FROM webhooks w WHERE w.domain = events.domain
		AND w.deleted_at IS NULL AND w.disabled = '')`, args...)
	rows, err := collect(rs, err, func(r row) (l logged, err error) {
		var wanted int64
		err = r.Scan(&l.id, &wanted)
		l.wanted = wanted != 0
		return l, err
	})
	if err != nil {
		return nil, err
	}
	// Ids are given in the order of the values; that of the answer is not promised.
	slices.SortFunc(rows, func(a, b logged) int { return int(a.id - b.id) })
	ids := make([]int64, len(events))
	for i, l := range rows {
		if l.wanted {
			ids[i] = l.id
		}
	}
	return ids, nil
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
