package store

import (
	"context"

	"passerelle/internal/webhook"
)

// insertEvent writes events in the transaction that caused them, in the order given.
func insertEvent(ctx context.Context, tx *writeTx, events ...webhook.Event) error {
	return insertRows(ctx, tx, "INSERT INTO events (domain, name, user_id, connection_id, account_id, payload, created) VALUES ", events,
		func(e webhook.Event) []any {
			if e.Payload == "" {
				e.Payload = "{}"
			}
			return []any{e.Domain, e.Name, e.UserID, e.ConnectionID, e.AccountID, e.Payload, micros(e.Created)}
		})
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
