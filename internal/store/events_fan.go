package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/webhook"
)

// SetRenderer gives the words of bodies in webhook.Dialect. For the wiring, before requests come. Without one, bodies hold ids alone.
func (s *Store) SetRenderer(r webhook.Renderer) { s.SetDialect(webhook.Dialect, r) }

// SetDialect gives the words of bodies in a dialect. For the wiring, before requests come.
func (s *Store) SetDialect(dialect string, r webhook.Renderer) {
	all := map[string]webhook.Renderer{}
	if old := s.commits.renderers.Load(); old != nil {
		maps.Copy(all, *old)
	}
	all[dialect] = r
	s.commits.renderers.Store(&all)
}

// target is a receiver as far as the making of deliveries knows it.
type target struct {
	id             int64
	event, dialect string
}

// fan makes the deliveries of events that were caused together. It remembers what it read for the event before: ten accounts
// that were found with one reading concern one connection.
type fan struct {
	of      webhook.Event
	targets []target
	known   *facts
}

// receivers reads who may want to hear of an event.
func (f *fan) receivers(ctx context.Context, tx *writeTx, e webhook.Event) error {
	if f.of.Domain == e.Domain && f.of.UserID == e.UserID {
		return nil
	}
	rs, err := tx.query(ctx, `SELECT id, event, dialect FROM webhooks w WHERE domain = $1 AND deleted_at IS NULL AND disabled = ''
		AND (user_id IS NULL OR user_id = $2) AND (client_id IS NULL
		OR EXISTS (SELECT 1 FROM people WHERE user_id = $2 AND client_id = w.client_id)
		OR EXISTS (SELECT 1 FROM tokens WHERE user_id = $2 AND client_id = w.client_id)
		OR EXISTS (SELECT 1 FROM codes WHERE user_id = $2 AND client_id = w.client_id)) ORDER BY id`, e.Domain, e.UserID)
	f.targets, err = collect(rs, err, func(r row) (t target, err error) {
		err = r.Scan(&t.id, &t.event, &t.dialect)
		return t, err
	})
	f.of, f.known = e, nil
	return err
}

// facts reads what is known of an event.
func (f *fan) facts(ctx context.Context, tx *writeTx, e webhook.Event) (*facts, error) {
	k := f.known
	if k != nil && k.Event.ConnectionID == e.ConnectionID && k.Event.Connection == nil && e.Connection == nil && !k.pushes &&
		e.Name != webhook.ConnectionSynced {
		k.Event = e
		return k, nil
	}
	var err error
	f.known, err = gather(ctx, tx, e)
	return f.known, err
}

// out makes the deliveries of an event: one for each receiver and body. What goes out together with it, in other words, goes
// before it.
func (f *fan) out(ctx context.Context, tx *writeTx, e webhook.Event) error {
	if err := f.receivers(ctx, tx, e); err != nil {
		return err
	}
	var g *facts
	var err error
	for _, name := range append(webhook.Derived(e.Name), e.Name) {
		derived := name != e.Name
		wanting := slices.DeleteFunc(slices.Clone(f.targets), func(t target) bool {
			// Whoever wants every event hears of each thing once.
			return t.event != name && (t.event != webhook.Every || derived)
		})
		if len(wanting) == 0 {
			continue
		}
		if g == nil {
			if g, err = f.facts(ctx, tx, e); err != nil {
				return err
			}
		}
		if err := g.tell(ctx, tx, name, wanting); err != nil {
			return err
		}
	}
	if g == nil || !g.pushes {
		return nil
	}
	_, err = tx.exec(ctx, "UPDATE connections SET last_push = $1 WHERE id = $2", micros(e.Created), e.ConnectionID)
	return err
}

// tell makes the deliveries of an event under a name, the bodies once for each dialect.
func (g *facts) tell(ctx context.Context, tx *writeTx, name string, wanting []target) error {
	bodies := map[string][]string{}
	for _, t := range wanting {
		said, done := bodies[t.dialect]
		if !done {
			var err error
			if t.dialect == webhook.DialectLinxo && g.Connection != nil && g.Channels == nil {
				if g.Channels, err = channelsOf(ctx, tx, g.Event.UserID, groupOf(g.Connection)); err != nil {
					return err
				}
			}
			if said, err = tx.render(t.dialect, name, &g.Facts); err != nil {
				return err
			}
			bodies[t.dialect] = said
		}
		if err := deliver(ctx, tx, g.Event, name, t.id, said, g.held); err != nil {
			return err
		}
	}
	return nil
}

// deliver makes the deliveries of bodies to one receiver, and queues its job. Of those in one line the first alone is due.
func deliver(ctx context.Context, tx *writeTx, e webhook.Event, name string, receiverID int64, bodies []string, held bool) error {
	state := webhook.Waiting
	if held {
		state = webhook.Held
	}
	for _, body := range bodies {
		_, err := tx.exec(ctx, `INSERT INTO deliveries (webhook_id, event_id, event, user_id, connection_id, body, state, since, created, next_try)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8, CASE WHEN $7 = 'waiting' AND NOT EXISTS (SELECT 1 FROM deliveries
			WHERE webhook_id = $1 AND user_id = $4 AND connection_id = $5 AND state = 'waiting') THEN $8 END`,
			receiverID, e.ID, name, e.UserID, e.ConnectionID, body, string(state), micros(e.Created))
		if err != nil {
			return err
		}
	}
	if !held && len(bodies) > 0 {
		enqueueDelivery(tx, receiverID, time.Time{})
	}
	return nil
}

// enqueueDelivery queues the job of a receiver, once in a transaction for each time.
func enqueueDelivery(tx *writeTx, receiverID int64, at time.Time) {
	args := webhook.DeliverArgs{ReceiverID: receiverID, At: at}
	for _, j := range tx.jobs {
		if j == args {
			return
		}
	}
	enqueue(tx, args)
}

// render asks the dialect for bodies; without one they hold ids alone.
func (t *writeTx) render(dialect, name string, f *webhook.Facts) ([]string, error) {
	if r := t.renderers[dialect]; r != nil {
		return r.Render(name, f)
	}
	body, err := toJSON(map[string]int64{"id_user": f.Event.UserID, "id_connection": f.Event.ConnectionID, "id_account": f.Event.AccountID})
	return []string{body}, err
}

// facts is what is known of an event, and what follows from it for its deliveries.
type facts struct {
	webhook.Facts

	// held says that the user is temporary, pushes that what is new goes out with this event.
	held, pushes bool
}

// mostAccountsToPush bounds the accounts whose movements are looked for.
const mostAccountsToPush = 1000

// gather reads what is known of an event, in its transaction.
func gather(ctx context.Context, tx *writeTx, e webhook.Event) (*facts, error) {
	g := &facts{Facts: webhook.Facts{Event: e, Connection: e.Connection}}
	var created int64
	var expires sql.NullInt64
	users, err := tx.query(ctx, "SELECT created, expires_at FROM users WHERE id = $1", e.UserID)
	_, err = collect(users, err, func(r row) (struct{}, error) { return struct{}{}, r.Scan(&created, &expires) })
	if err != nil {
		return nil, err
	}
	if created != 0 {
		g.UserCreated, g.held = fromMicros(created), expires.Valid
	}
	if e.ConnectionID == 0 || e.Connection != nil {
		return g, nil
	}
	rs, err := tx.query(ctx, "SELECT "+connectionColumns+" FROM connections WHERE id = $1", e.ConnectionID)
	list, err := collect(rs, err, scanConnection)
	if err != nil || len(list) == 0 {
		return g, err
	}
	g.Connection = &list[0]
	if g.Accounts, err = accountsOf(ctx, tx, e.ConnectionID); err != nil || e.Name != webhook.ConnectionSynced {
		return g, err
	}
	g.pushes = true
	return g, g.fresh(ctx, tx)
}

// channelsOf reads the ways into a login, as they stand in the transaction.
func channelsOf(ctx context.Context, tx *writeTx, userID, group int64) ([]bank.Channel, error) {
	rs, err := tx.query(ctx, channelQuery+" AND group_id = $2 ORDER BY id", userID, group)
	return collect(rs, err, scanChannel)
}

// fresh reads the movements that were read or changed since the last push, newest first. One that was written in the very
// microsecond of the last push goes out twice rather than never.
func (g *facts) fresh(ctx context.Context, tx *writeTx) error {
	var since int64
	if g.Connection.LastPush != nil {
		since = micros(*g.Connection.LastPush)
	}
	g.Transactions = map[int64][]bank.Transaction{}
	room := webhook.MostInEvent
	for _, a := range g.Accounts[:min(len(g.Accounts), mostAccountsToPush)] {
		if a.Disabled != nil || a.Deleted != nil {
			continue
		}
		took := 0
		if room > 0 {
			rs, err := tx.query(ctx, "SELECT "+transactionColumns+` FROM transactions t WHERE t.account_id = $1 AND t.last_update >= $2
				ORDER BY t.date DESC, t.id LIMIT $3`, a.ID, since, room)
			list, err := collect(rs, err, scanTransaction)
			if err != nil {
				return err
			}
			g.Transactions[a.ID], took = list, len(list)
		}
		if room -= took; room > 0 {
			continue
		}
		var n int
		if err := tx.queryRow(ctx, "SELECT count(*) FROM transactions WHERE account_id = $1 AND last_update >= $2", a.ID, since).Scan(&n); err != nil {
			return err
		}
		g.Omitted += n - took
	}
	return nil
}
