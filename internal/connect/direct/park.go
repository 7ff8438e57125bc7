package direct

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect"
)

// park stores what the bank left open, with how long it is kept: an unfinished connection goes away, a finished one is read
// again when nobody answers, so that a talk that was left never ends one that worked.
func (s *Service) park(ctx context.Context, t *talk, p pending, in Park) error {
	return s.parked(ctx, t, p, in, false)
}

// parkUnlessNew is park, but nothing is kept of a connection that has no row yet.
func (s *Service) parkUnlessNew(ctx context.Context, t *talk, p pending, in Park) error {
	return s.parked(ctx, t, p, in, true)
}

func (s *Service) parked(ctx context.Context, t *talk, p pending, in Park, unlessNew bool) error {
	kept, err := p.encode()
	if err != nil {
		return err
	}
	_, err = s.store(ctx, t, func(ctx context.Context) (int64, error) {
		if unlessNew && t.id == 0 {
			return 0, nil
		}
		now := s.Clock()
		in.UserID, in.ConnectionID, in.Seen, in.Connection = t.userID, t.id, t.record.Seen, t.row()
		in.Pending, in.Started, in.Now = kept, t.began, now
		if t.finished() {
			in.NextTry = again(in, t.record.Connection)
		} else {
			in.NextTry = nil
			expire := now.Add(lasts(in.State))
			if in.AskedUntil != nil && in.AskedUntil.After(expire) {
				expire = *in.AskedUntil
			}
			in.ExpireAt = &expire
		}
		return s.Store.ParkConnection(ctx, in)
	})
	if errors.Is(err, connect.ErrStale) {
		// A visit mended the connection meanwhile: what it stored is better than what was left open here.
		return errLocked()
	}
	return err
}

// lasts is how long an unfinished connection is kept in a state.
func lasts(state bank.ConnectionState) time.Duration {
	switch state {
	case bank.StateWebauthRequired:
		return browserLasts
	case bank.StateAdditionalInfo, bank.StateDecoupled, bank.StateValidating, bank.StateSCARequired, bank.StateWrongpass:
		return unfinishedLasts
	}
	return refusedLasts
}

// again is when a finished connection is read next. A question is over when nobody answered it; a wrong or expired password is
// never sent again; what only the end user can mend leaves the reading as it was, which goes on where the session still works.
func again(in Park, c bank.Connection) *time.Time {
	switch in.State {
	case bank.StateWrongpass, bank.StatePasswordExpired:
		return nil
	case bank.StateWebauthRequired, bank.StateSCARequired, bank.StateNotSupported:
		return c.NextTry
	}
	if in.NextTry != nil {
		return in.NextTry
	}
	if in.AskedUntil != nil {
		return in.AskedUntil
	}
	return c.NextTry
}
