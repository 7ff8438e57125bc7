package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"passerelle/internal/queue"
)

const nounQueue = "event queue"

// InsertQueue implements queue.Store.
func (s *Store) InsertQueue(ctx context.Context, q queue.Queue, most int) (queue.Queue, error) {
	err := s.write(ctx, nounQueue, func(ctx context.Context, tx *writeTx) error {
		made := q.ID
		var created, expires int64
		err := tx.queryRow(ctx, `INSERT INTO queues (id, domain, client_id, user_id, session_id, events, created, expires_at)
			SELECT $1, domain, $2, id, $3, 1, $4, $5 FROM users WHERE id = $6
			ON CONFLICT (session_id) WHERE session_id <> '' DO UPDATE SET events = queues.events RETURNING id, domain, created, expires_at`,
			q.ID, q.ClientID, q.Session, micros(q.Created), micros(q.ExpiresAt), q.UserID).Scan(&q.ID, &q.Domain, &created, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(nounUser)
		}
		if err != nil {
			return err
		}
		if q.Created, q.ExpiresAt = fromMicros(created), fromMicros(expires); q.ID != made {
			return nil // the session has it already
		}
		if err := insertQueueEvents(ctx, tx, []told{{q.ID, 1}}, queue.Event{Name: queue.Opened, Created: q.Created}); err != nil {
			return err
		}
		// Ids grow with time, so that they tell the order where two were opened at once.
		const alike = "user_id = $1 AND client_id = $2 AND (session_id = '') = ($3 = '')"
		_, err = tx.exec(ctx, "DELETE FROM queues WHERE "+alike+" AND id NOT IN (SELECT id FROM queues WHERE "+alike+
			" ORDER BY created DESC, id DESC LIMIT $4)", q.UserID, q.ClientID, q.Session, most)
		return err
	})
	return q, err
}

// Queue implements queue.Store.
func (s *Store) Queue(ctx context.Context, id string) (queue.Queue, error) {
	var q queue.Queue
	var created, expires int64
	err := s.read.queryRow(ctx, "SELECT id, domain, client_id, user_id, session_id, created, expires_at FROM queues WHERE id = $1", id).
		Scan(&q.ID, &q.Domain, &q.ClientID, &q.UserID, &q.Session, &created, &expires)
	q.Created, q.ExpiresAt = fromMicros(created), fromMicros(expires)
	return q, translate(nounQueue, err)
}

// QueueEvents implements queue.Store.
func (s *Store) QueueEvents(ctx context.Context, id string, after int64, limit int) ([]queue.Event, error) {
	rs, err := s.read.query(ctx, `SELECT seq, name, attempt_id, connector_uuid, source, connection_id, group_id, details, created
		FROM queue_events WHERE queue_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, id, after, limit)
	list, err := collect(rs, err, func(r row) (queue.Event, error) {
		var e queue.Event
		var name, details string
		var created int64
		err := r.Scan(&e.Seq, &name, &e.AttemptID, &e.ConnectorUUID, &e.Source, &e.ConnectionID, &e.GroupID, &details, &created)
		if err != nil {
			return e, err
		}
		e.Name, e.Created = queue.Name(name), fromMicros(created)
		return e, fromJSON(details, &e.Details)
	})
	return list, translate(nounQueue, err)
}

// DeleteQueue implements queue.Store.
func (s *Store) DeleteQueue(ctx context.Context, id string) error {
	return s.write(ctx, nounQueue, func(ctx context.Context, tx *writeTx) error {
		rs, err := tx.query(ctx, "DELETE FROM queues WHERE id = $1 RETURNING user_id", id)
		users, err := collect(rs, err, scanID)
		tx.told = append(tx.told, users...) // who waits at it need wait no more
		return err
	})
}

// SetQueueNews gives who is told, after the commit, that queues of a user have something new. For the wiring, before requests come.
// It is called on the writer's goroutine and must wait for nothing.
func (s *Store) SetQueueNews(tell func(userID int64)) { s.commits.queueNews.Store(&tell) }

// forgetQueues deletes queues that are over, at most limit, and says how many went.
func forgetQueues(ctx context.Context, tx *writeTx, now time.Time, limit int) (int64, error) {
	return tx.exec(ctx, "DELETE FROM queues WHERE id IN (SELECT id FROM queues WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)", micros(now), limit)
}
