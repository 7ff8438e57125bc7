package direct

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// Force is a wish to read a connection now.
type Force struct {
	UserID       int64
	ConnectionID int64
	// Unattended says that the end user is not there: such readings are counted.
	Unattended bool
	PSU        connector.PSU
	Background bool
}

// Force reads a connection now. With the end user there, a bank that asks for them is asked on, and the state says what
// comes next; a state that only they can end is given as it is. Without them, more readings in a day than the law allows are
// refused, and so is one right after another: both are faults with the code tooManySync.
func (s *Service) Force(ctx context.Context, in Force) (bank.Connection, error) {
	rec, err := s.Store.OpenConnection(ctx, in.UserID, in.ConnectionID)
	if err != nil {
		return bank.Connection{}, err
	}
	if in.Unattended {
		return s.forceUnattended(ctx, in, rec)
	}
	t, err := s.claim(ctx, in.UserID, in.ConnectionID, in.PSU)
	if err != nil {
		return bank.Connection{}, err
	}
	do, err := s.plannedForce(ctx, t)
	if err != nil || do == nil {
		s.release(t)
		return t.record.Connection, err
	}
	c, err := s.run(ctx, t, in.Background, true, do)
	if err == nil || fault.As(err).Code != codeWrongpass {
		return c, err
	}
	// What was refused is what we keep, where a session had ended: no value of the call was wrong, and the state tells, as it does
	// where the reading itself finds out.
	rec, err = s.Store.OpenConnection(ctx, in.UserID, in.ConnectionID)
	return rec.Connection, err
}

// plannedForce decides what a forced reading does with the connection as it stands; nil is nothing.
func (s *Service) plannedForce(ctx context.Context, t *talk) (work, error) {
	c := t.record.Connection
	if c.Pending(s.Clock()) {
		return nil, nil
	}
	p, err := s.prepare(t, "")
	if err != nil {
		return nil, err
	}
	if t.finished() && reads(c.State) && len(p.Values) == 0 {
		if err := s.attendable(ctx, c.ID, t.psu); err != nil {
			return nil, err
		}
		if err := s.pace(ctx, c); err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return s.read(ctx, t) }, nil
	}
	return s.forced(ctx, t, p)
}

// attendable refuses a forced reading above what is allowed in a day where the end user's address does not come along: banks
// take such a reading for one that nobody asked for, and a client backend could poll with it for ever.
func (s *Service) attendable(ctx context.Context, id int64, psu connector.PSU) error {
	if psu.IP != "" {
		return nil
	}
	until, err := s.attendedUntil(ctx, id)
	if err != nil || until.IsZero() {
		return err
	}
	return errTooMany(until.Sub(s.Clock()), "This connection was read as often as is allowed in a day. It is read by itself too.")
}

// attendedUntil says until when a connection may not be read by force; zero when it may be now.
func (s *Service) attendedUntil(ctx context.Context, id int64) (time.Time, error) {
	n, oldest, err := s.Store.AttendedReads(ctx, id, s.Clock().Add(-forcedWindow))
	if err != nil || n < mostForced {
		return time.Time{}, err
	}
	return oldest.Add(forcedWindow), nil
}

// pace claims a forced reading, or refuses it.
func (s *Service) pace(ctx context.Context, c bank.Connection) error {
	pause := or(s.ForcePause, defaultPause)
	ok, err := s.Store.ForceSync(ctx, c.UserID, c.ID, s.Clock(), pause)
	if err != nil {
		return err
	}
	if !ok {
		return errTooMany(pause, "This connection has just been read. Wait a moment before you force it again.")
	}
	return nil
}

// read reads a connection whose lock is held, while the end user is there. A bank that asks for them is asked what it wants.
func (s *Service) read(ctx context.Context, t *talk) error {
	said, err := s.Reader.Attended(ctx, t.id, t.psu)
	if err != nil || said == nil || said.Code.State() != bank.StateSCARequired || t.source.Auth == bank.AuthWebauth {
		return err
	}
	// The reading has written the connection, so it is read anew before what comes next is written.
	if t.record, err = s.Store.OpenConnection(ctx, t.userID, t.id); err != nil {
		return err
	}
	if err := s.take(ctx, t); err != nil {
		return err
	}
	return s.begin(ctx, t)
}

func (s *Service) forceUnattended(ctx context.Context, in Force, rec Record) (bank.Connection, error) {
	c := rec.Connection
	if len(rec.Session) == 0 || !reads(c.State) {
		return c, nil
	}
	t := &talk{userID: in.UserID, id: c.ID, record: rec, began: s.Clock(), done: make(chan struct{}), own: s.owner()}
	var err error
	if t.entry, t.kind, err = s.known(c); err != nil {
		return c, err
	}
	if _, err = own(t.entry, c.Source); err != nil {
		return c, err
	}
	until, err := s.Reader.SpentUntil(ctx, c.ID)
	if err != nil {
		return c, err
	}
	if !until.IsZero() {
		return c, errTooMany(until.Sub(s.Clock()), "This connection was read as often as is allowed in a day without its owner.")
	}
	if in.Background {
		if err := s.pace(ctx, c); err != nil {
			return c, err
		}
		return c, s.Store.QueueSyncs(ctx, []int64{c.ID}, true)
	}
	if !s.enter(c.ID, t) {
		return c, errLocked()
	}
	if err := s.admit(t); err != nil {
		s.leave(t)
		return c, err
	}
	if err := s.pace(ctx, c); err != nil {
		s.release(t)
		return c, err
	}
	return s.run(ctx, t, false, false, func(ctx context.Context) error { return s.Reader.Unattended(ctx, c.ID) })
}

// ForceAll queues readings of all of a user's connections that can be read now, and gives all of them as they stand. Those that
// wait for the end user, were just forced, or were read as often as is allowed, and those whose source is switched off, are left
// out.
func (s *Service) ForceAll(ctx context.Context, userID int64, unattended bool) ([]bank.Connection, error) {
	list, err := s.Store.Connections(ctx, userID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, c := range list {
		if !c.Active || c.ExpireAt != nil || !reads(c.State) {
			continue
		}
		if entry, ok := s.Directory.ByUUID(c.ConnectorUUID); ok && entry.SwitchedOff(c.Source) {
			continue
		}
		spent := s.attendedUntil
		if unattended {
			spent = s.Reader.SpentUntil
		}
		until, err := spent(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if !until.IsZero() {
			continue
		}
		ok, err := s.Store.ForceSync(ctx, userID, c.ID, s.Clock(), or(s.ForcePause, defaultPause))
		if err != nil {
			return nil, err
		}
		if ok {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return list, nil
	}
	return list, s.Store.QueueSyncs(ctx, ids, unattended)
}

// removeDeadline caps the removal of a connection: less than a request may take.
const removeDeadline = 20 * time.Second
