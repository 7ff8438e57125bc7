package store

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/queue"
	"passerelle/internal/webhook"
)

// BeginSync implements syncer.Store. It writes nothing where nobody follows the user.
func (s *Store) BeginSync(ctx context.Context, connectionID int64, now time.Time) error {
	rs, err := s.read.query(ctx, "SELECT user_id FROM connections WHERE id = $1 AND "+followed("connections.user_id", "$2"), connectionID, micros(now))
	users, err := collect(rs, err, scanID)
	if err != nil || len(users) == 0 {
		return translate(nounConnection, err)
	}
	return s.write(ctx, nounQueue, func(ctx context.Context, tx *writeTx) error {
		return tellQueues(ctx, tx, users[0], queue.Event{Name: queue.SyncStarted, ConnectionID: connectionID, Created: now})
	})
}

// tellEvent tells the queues of an event's user what follows from it. What a visit does is told by its moves (tellMove).
func tellEvent(ctx context.Context, tx *writeTx, e webhook.Event) error {
	out := queue.Event{ConnectionID: e.ConnectionID, Created: e.Created}
	var err error
	switch e.Name {
	case webhook.AccountsFetched:
		out.Name = queue.ListAccounts
		out.Details.Accounts, err = listedAccounts(ctx, tx, e.ConnectionID)
	case webhook.ConnectionDeleted:
		out.Name, err = deletedName(ctx, tx, e.Connection)
		if c := e.Connection; c != nil {
			out.ConnectorUUID, out.Source, out.GroupID = c.ConnectorUUID, c.Source, groupOf(c)
		}
	case webhook.ConnectionSynced:
		if e.Refused {
			return nil
		}
		return tellSynced(ctx, tx, e, out)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return tellQueues(ctx, tx, e.UserID, out)
}

// tellSynced tells that a reading has ended, and before it what it failed with that the end user can mend.
func tellSynced(ctx context.Context, tx *writeTx, e webhook.Event, out queue.Event) error {
	var how struct {
		State bank.ConnectionState `json:"state"`
	}
	if err := fromJSON(e.Payload, &how); err != nil {
		return err
	}
	if err := completeQueueEvent(ctx, tx, &out); err != nil {
		return err
	}
	out.Details.State = &how.State
	if why := queue.Failure(how.State, out.Source); how.State != bank.StateOK && why != queue.ConnectionFailed {
		failed := out
		failed.Name = why
		if err := tellQueues(ctx, tx, e.UserID, failed); err != nil {
			return err
		}
	}
	fresh, err := freshSinceLast(ctx, tx, e.ConnectionID)
	if err != nil {
		return err
	}
	out.Name, out.Details.NewTransactions = queue.SyncEnded, &fresh
	return tellQueues(ctx, tx, e.UserID, out)
}

// listedAccounts are the accounts that a connection's bank lists, but for those that a client application deleted and those that are
// shared through another way into the same login.
func listedAccounts(ctx context.Context, tx *writeTx, connectionID int64) ([]int64, error) {
	rs, err := tx.query(ctx, "SELECT id FROM accounts WHERE connection_id = $1 AND deleted_at IS NULL AND removed_at IS NULL AND NOT "+
		twinned("accounts")+" ORDER BY id", connectionID)
	return collect(rs, err, scanID)
}

// freshSinceLast says whether there are movements that came after the reading before this one had ended: also those of a reading
// between the two that was cut short. This one stands in the log already.
func freshSinceLast(ctx context.Context, tx *writeTx, connectionID int64) (bool, error) {
	var fresh int64
	err := tx.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM accounts a JOIN transactions t ON t.account_id = a.id WHERE a.connection_id = $1
		AND t.deleted_at IS NULL AND t.created > coalesce((SELECT finished FROM connection_logs WHERE connection_id = $1
		ORDER BY id DESC LIMIT 1 OFFSET 1), 0))`, connectionID).Scan(&fresh)
	return fresh != 0, err
}

// deletedName tells the end of one way in from that of the whole login.
func deletedName(ctx context.Context, tx *writeTx, c *bank.Connection) (queue.Name, error) {
	if c == nil {
		return queue.ConnectionDeleted, nil
	}
	var others int64
	err := tx.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM connections WHERE user_id = $1 AND group_id = $2 AND id <> $3)",
		c.UserID, groupOf(c), c.ID).Scan(&others)
	if others != 0 {
		return queue.ChannelDeleted, err
	}
	return queue.ConnectionDeleted, err
}

// groupOf is the id that a login's connections share.
func groupOf(c *bank.Connection) int64 {
	if c.GroupID != 0 {
		return c.GroupID
	}
	return c.ID
}
