package direct

import (
	"context"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// counted says where a talk's password is counted.
type counted string

const (
	// onConnection: among the tries of a connection that worked, which the pages count too.
	onConnection counted = "connection"
	// onUser: among those of the user at the connector. A connection that its bank never said yes to has no owner, so each
	// new one would otherwise be a fresh start for whoever guesses.
	onUser counted = "user"
)

// take counts a password before it is sent, so that neither calls at once nor a killed process give more tries in a row than
// connect.MostTries; what was not refused is given back when the talk ends. Through a bank's own page nothing is sent that we
// know. It is asked before the talk begins, so that a call in the background is refused too.
func (s *Service) take(ctx context.Context, t *talk) error {
	if t.source.Auth == bank.AuthWebauth || t.counted != "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	now := s.Clock()
	if !t.finished() {
		again, err := s.Store.TakeCreation(ctx, t.userID, t.entry.UUID, connect.MostTries, now)
		if err != nil {
			return err
		}
		if !again.IsZero() {
			return errTries(again.Sub(now))
		}
		t.counted = onUser
		return nil
	}
	ok, err := s.Store.TakeTry(ctx, t.id, connect.MostTries, now)
	if err != nil {
		return err
	}
	if !ok {
		standing, err := s.Store.Standing(ctx, t.id)
		if err != nil {
			return err
		}
		_, left := standing.TriesAt(now)
		return errTries(left)
	}
	t.counted = onConnection
	return nil
}

// noteTry keeps what was counted of a password that was refused, or was another login's. One that was refused behind a
// challenge is counted here.
func (s *Service) noteTry(ctx context.Context, t *talk) {
	if t.counted == "" {
		if err := s.take(ctx, t); err != nil {
			s.Log.InfoContext(ctx, "a refused password was not counted", "connector", t.entry.UUID, "error", err)
		}
	}
	t.counted = ""
}

// giveBack takes back what was counted of a password that was not refused. A yes does not clear what was counted on the user:
// whoever has a login of their own could otherwise guess at another's without end.
func (s *Service) giveBack(ctx context.Context, t *talk) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeDeadline)
	defer cancel()
	var err error
	switch t.counted {
	case onUser:
		err = s.Store.GiveBackCreation(ctx, t.userID, t.entry.UUID)
	case onConnection:
		err = s.Store.GiveBackTry(ctx, t.id)
	}
	t.counted = ""
	if err != nil {
		s.Log.WarnContext(ctx, "a try stays counted", "connector", t.entry.UUID, "error", err)
	}
}
