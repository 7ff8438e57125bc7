package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/failpoint"
)

// Remover deletes connections and accounts, and says what is read no more. internal/store implements it.
type Remover interface {
	Errands
	Eraser
	// DeleteConnection removes one of a user's connections with everything read through it, and notes the event
	// CONNECTION_DELETED and an errand to its bank where that knows of it, in one transaction; a foreign or absent one is fault.NotFound.
	DeleteConnection(ctx context.Context, userID, id int64, now time.Time) error
	// WaysOf lists the connections of one of a user's logins (bank.Connection.GroupID) by id, in that order; none is an empty list.
	WaysOf(ctx context.Context, userID, groupID int64) ([]int64, error)
	// DeleteGroup removes all ways into one of a user's logins, as DeleteConnection does with one, in one transaction with an errand for
	// each that its bank knows of, and says which connections they were; none is fault.NotFound.
	DeleteGroup(ctx context.Context, userID, groupID int64, now time.Time) ([]int64, error)
	// RemoveAccount removes one of a user's accounts in one transaction: its consent is withdrawn with the event ACCOUNT_DISABLED,
	// and what was read of it deleted but for its key and what it is called, so that no reading brings it back and the end user
	// may choose it again. Where it is the last of its connection that is neither removed nor gone at the bank nor shared through
	// another way into the same login, last is true and the connection is to be removed instead: nothing is changed but that what
	// another way could take over is withdrawn, with the event. A foreign, absent or removed one is fault.NotFound.
	RemoveAccount(ctx context.Context, userID, id int64, now time.Time) (connectionID int64, last bool, err error)
	// CloseAccount archives one of a user's shared accounts, or opens it again with a sync job in the same transaction; one that is
	// so already stays as it is. A foreign, absent or removed one is fault.NotFound, one that is not shared fault.Conflict.
	CloseAccount(ctx context.Context, userID, id int64, closed bool, now time.Time) error
	// SetAutoSync says of all ways into one of a user's logins whether they are read by themselves; none is fault.NotFound.
	SetAutoSync(ctx context.Context, userID, groupID int64, on bool, now time.Time) error
}

// revokeDeadline caps telling the bank. The end user's wish does not wait for a bank that is down.
const revokeDeadline = 10 * time.Second

// RemoveConnection ends a user's connection: it is deleted with everything read through it, and then the bank is told that the consent has
// ended: at once, or by the errand that the deletion wrote where this process ends first or the bank does not listen. One that was begun
// and not finished has nothing to take back. Owner checks come first, so that nobody can end another's consent. Where the session does not
// open, nobody can tell the bank, and the deletion is owed all the same (GDPR art. 17).
func (s *Service) RemoveConnection(ctx context.Context, userID, connectionID int64) error {
	unlock, err := s.Lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	return s.remove(ctx, userID, connectionID)
}

// RemoveGroup ends one of a user's logins (bank.Connection.GroupID): all ways in and everything read through them are deleted in one
// transaction, so that none is left when another is gone, and then each one's bank is told: at once, or by the errand that the deletion
// wrote where this process ends first or the bank does not listen. Locks are taken by id: two who remove
// the same login wait for each other.
func (s *Service) RemoveGroup(ctx context.Context, userID, groupID int64) error {
	ways, err := s.Remover.WaysOf(ctx, userID, groupID)
	if err != nil {
		return err
	}
	for _, id := range ways {
		unlock, err := s.Lock(ctx, id)
		if err != nil {
			return err
		}
		defer unlock()
	}
	var gone []int64
	err = failpoint.Around(ctx, failpoint.SyncRemove, func() (err error) {
		gone, err = s.Remover.DeleteGroup(ctx, userID, groupID, s.Clock())
		return err
	})
	if err != nil {
		return fmt.Errorf("delete the ways in of login %d: %w", groupID, err)
	}
	s.tellAll(ctx, gone)
	return nil
}

// RemoveAccount deletes what was read of one of a user's accounts and reads it no more. With the last account of a connection the
// connection goes too, and its bank is told that the consent has ended.
func (s *Service) RemoveAccount(ctx context.Context, userID, accountID int64) error {
	connectionID, last, err := s.Remover.RemoveAccount(ctx, userID, accountID, s.Clock())
	if err != nil {
		return fmt.Errorf("remove account %d: %w", accountID, err)
	}
	if !last {
		return nil
	}
	unlock, err := s.Lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	// A reading that was under way may have found others meanwhile.
	if connectionID, last, err = s.Remover.RemoveAccount(ctx, userID, accountID, s.Clock()); err != nil || !last {
		return err
	}
	return s.remove(ctx, userID, connectionID)
}

// CloseAccount archives one of a user's accounts, which keeps what was read and is read no more, or opens it again and has it read.
func (s *Service) CloseAccount(ctx context.Context, userID, accountID int64, closed bool) error {
	return s.Remover.CloseAccount(ctx, userID, accountID, closed, s.Clock())
}

// SetAutoSync says of all ways into one of a user's logins (bank.Connection.GroupID) whether they are read by themselves.
func (s *Service) SetAutoSync(ctx context.Context, userID, groupID int64, on bool) error {
	return s.Remover.SetAutoSync(ctx, userID, groupID, on, s.Clock())
}

// remove ends a connection whose lock is held.
func (s *Service) remove(ctx context.Context, userID, connectionID int64) error {
	sub, err := s.open(ctx, connectionID)
	sealed := errors.Is(err, ErrSession)
	if sub == nil && !sealed {
		return err
	}
	if err := failpoint.Around(ctx, failpoint.SyncRemove, func() error { return s.Remover.DeleteConnection(ctx, userID, connectionID, s.Clock()) }); err != nil {
		return fmt.Errorf("delete connection %d: %w", connectionID, err)
	}
	if sealed {
		s.Log.WarnContext(ctx, "the bank was not told that a consent ended", "connection", connectionID, "error", err)
		return nil
	}
	s.tellAll(ctx, []int64{connectionID})
	return nil
}
