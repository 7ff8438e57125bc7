package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/connector"
)

// Remover deletes connections. internal/store implements it.
type Remover interface {
	// DeleteConnection removes one of a user's connections with everything read through it, and notes the event
	// CONNECTION_DELETED, in one transaction; a foreign or absent one is fault.NotFound.
	DeleteConnection(ctx context.Context, userID, id int64, now time.Time) error
}

// revokeDeadline caps telling the bank. The end user's wish does not wait for a bank that is down.
const revokeDeadline = 10 * time.Second

// RemoveConnection ends a user's connection: the bank is told that the consent has ended, then the connection and everything
// read through it is deleted, whatever the bank said. One that was begun and not finished has nothing to take back. Owner checks come first, so that nobody can end another's consent. Where
// the session does not open, nobody can tell the bank, and the deletion is owed all the same (GDPR art. 17).
func (s *Service) RemoveConnection(ctx context.Context, userID, connectionID int64) error {
	unlock, err := s.locks.lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	sub, err := s.open(ctx, connectionID)
	sealed := errors.Is(err, ErrSession)
	if sub == nil && !sealed {
		return err
	}
	if err == nil && sub.connection.UserID == userID && !sub.unfinished() {
		s.revoke(ctx, sub)
	}
	if err := s.Remover.DeleteConnection(ctx, userID, connectionID, s.Clock()); err != nil {
		return fmt.Errorf("delete connection %d: %w", connectionID, err)
	}
	if sealed {
		s.Log.WarnContext(ctx, "the bank was not told that a consent ended", "connection", connectionID, "error", err)
	}
	return nil
}

// revoke tells the bank. That it could not be told is in the log: the operator may have to.
func (s *Service) revoke(ctx context.Context, sub *subject) {
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	err := sub.kind.Revoke(ctx, connector.RevokeInput{
		Institution: connector.Institution{UUID: sub.entry.UUID, Name: sub.entry.Name, Settings: sub.entry.Settings, Fields: sub.entry.Fields},
		Source:      sub.connection.Source,
		Session:     sub.session,
		Now:         s.Clock(),
	})
	if err != nil {
		s.Log.WarnContext(ctx, "the bank was not told that a consent ended", "connection", sub.connection.ID,
			"connector", sub.connection.ConnectorUUID, "error", err)
	}
}
