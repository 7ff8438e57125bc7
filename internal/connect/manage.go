package connect

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// beginManage readies a new visit to a user's connections: all of them, or the one that was named if it is theirs. A name that
// says nothing shows the list, as Powens does.
func (s *Service) beginManage(ctx context.Context, a *Attempt) error {
	a.Phase = PhaseOverview
	if a.Request.ConnectionID == 0 {
		return nil
	}
	c, err := s.named(ctx, a)
	if fault.Is(err, fault.NotFound) {
		a.Request.ConnectionID = 0
		return nil
	}
	if err != nil {
		return err
	}
	a.Phase = PhaseInspecting
	inspect(a, c)
	return nil
}

// inspect makes a connection the one that the attempt is about.
func inspect(a *Attempt, c bank.Connection) {
	forget(a)
	a.ConnectionID, a.ConnectorUUID, a.Source = c.ID, c.ConnectorUUID, c.Source
}

// Inspect opens one of the user's connections. One that is gone meanwhile is ErrStale: the overview shows what is left. It may
// come from the page of another one, which the overview has taken the place of when that one is gone.
func (s *Service) Inspect(ctx context.Context, act Act, connectionID int64) error {
	a, err := s.act(ctx, act, PhaseOverview, PhaseInspecting, PhaseRemoving)
	if err != nil {
		return err
	}
	c, err := s.Connections.Connection(ctx, a.UserID, connectionID)
	if fault.Is(err, fault.NotFound) {
		return ErrStale
	}
	if err != nil {
		return err
	}
	inspect(a, c)
	return s.move(ctx, a, PhaseInspecting, nil)
}

// Add begins another connection: the terms first, unless they were accepted in this visit, then as in the connect flow.
func (s *Service) Add(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseOverview, PhaseInspecting, PhaseRemoving)
	if err != nil {
		return err
	}
	forget(a)
	a.Public.Added = true
	if a.Public.TermsAt == nil {
		return s.move(ctx, a, PhaseTerms, nil)
	}
	return s.pick(ctx, a, act)
}

// inspected loads an attempt that is on one connection's page, and that connection: the way into it that is meant.
func (s *Service) inspected(ctx context.Context, act Act) (*Attempt, bank.Connection, error) {
	a, err := s.act(ctx, act, PhaseInspecting)
	if err != nil {
		return nil, bank.Connection{}, err
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if fault.Is(err, fault.NotFound) {
		err = ErrStale // the page that shows it is the overview already
	}
	if err == nil {
		c, err = s.wayOf(ctx, a, act, c)
	}
	return a, c, err
}

// Repair makes a connection work again: what is missing is asked for, or everything on a reset.
func (s *Service) Repair(ctx context.Context, act Act, reset bool) error {
	a, c, err := s.inspected(ctx, act)
	if err != nil {
		return err
	}
	return s.reconnect(ctx, a, reconnection{connection: c, mode: ModeReconnect, reset: reset}, act.PSU)
}

// RenewConsent prolongs a bank's consent before it ends, on the bank's own page.
func (s *Service) RenewConsent(ctx context.Context, act Act) error {
	a, c, err := s.inspected(ctx, act)
	if err != nil {
		return err
	}
	if !s.renewable(c) {
		return fault.New(fault.Invalid, "This bank knows no consent that could be renewed.").WithField("connection")
	}
	return s.reconnect(ctx, a, reconnection{connection: c, mode: ModeRenew}, act.PSU)
}

// EditAccounts lets the end user choose again which accounts are shared, without asking the bank.
func (s *Service) EditAccounts(ctx context.Context, act Act) error {
	a, _, err := s.inspected(ctx, act)
	if err != nil {
		return err
	}
	a.Public.Mode = ModeAccounts
	accounts, err := s.selectable(ctx, a)
	if err != nil {
		return err
	}
	if len(present(accounts)) == 0 {
		return fault.New(fault.Invalid, "No accounts have been read from this bank yet.").WithField("connection")
	}
	return s.move(ctx, a, PhaseSelecting, nil)
}

// AskRemoval asks whether to remove a connection, and says what would go.
func (s *Service) AskRemoval(ctx context.Context, act Act) error {
	a, _, err := s.inspected(ctx, act)
	if err != nil {
		return err
	}
	return s.move(ctx, a, PhaseRemoving, nil)
}

// removalDeadline caps telling the bank and deleting.
const removalDeadline = 30 * time.Second

// Remove removes the connection that AskRemoval asked about; in Linxo's dialect all ways into it, or none. It is deleted before the attempt moves: a process that dies between
// the two leaves a visit that finds the connection gone, and never one that says so while it is there. A second click finds it
// gone and changes nothing. What was begun goes on when the browser leaves.
func (s *Service) Remove(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseRemoving)
	if err != nil {
		return err
	}
	deletion, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalDeadline)
	defer cancel()
	name := s.nameOf(ctx, a)
	if err := s.noteResult(ctx, a); err != nil {
		return err
	}
	last, err := s.atOpened(ctx, a)
	if err != nil {
		return err
	}
	err = s.removeConnection(deletion, a)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err := s.noteRemoval(deletion, a); err != nil {
		return err
	}
	forget(a)
	if last {
		a.Public.Removed = true
		return s.finish(deletion, a)
	}
	a.Public.Notice, a.Public.NoticeName = NoticeRemoved, name
	return s.move(deletion, a, PhaseOverview, nil)
}

// nameOf is what the institution of the attempt's connection is called.
func (s *Service) nameOf(ctx context.Context, a *Attempt) string {
	if c, ok := s.Directory.ByUUID(a.ConnectorUUID); ok {
		return c.Name
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if err != nil {
		return ""
	}
	return c.ConnectorName
}

// Close ends the manage flow.
func (s *Service) Close(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseOverview, PhaseInspecting, PhaseRemoving)
	if err != nil {
		return err
	}
	return s.finish(ctx, a)
}

// abandon leaves a step of the manage flow, never the visit: for the connection that it was about, or for the overview where
// there is none yet. On the overview, and on the page of the one connection that the visit was opened on, nothing is left to
// abandon, and it closes the visit.
func (s *Service) abandon(ctx context.Context, a *Attempt) error {
	last, err := s.atOpened(ctx, a)
	if err != nil {
		return err
	}
	switch {
	case a.Phase == PhaseOverview, a.Phase == PhaseInspecting && last:
		return s.finish(ctx, a)
	case a.Phase == PhaseInspecting:
		forget(a)
		return s.move(ctx, a, PhaseOverview, nil)
	}
	return s.stepOut(ctx, a, NoticeAbandoned)
}

// stepOut leads from a step of the manage flow to the page that it began on. A connection that the step made and whose accounts
// were never agreed to goes with it.
func (s *Service) stepOut(ctx context.Context, a *Attempt, notice Notice) error {
	s.tellCancelled(ctx, a)
	if notice != "" {
		a.Public.Notice, a.Public.NoticeName = notice, s.nameOf(ctx, a)
	}
	userID, connectionID := a.UserID, int64(0)
	to := PhaseInspecting
	if a.Public.Added || a.ConnectionID == 0 {
		connectionID, to = made(a), PhaseOverview
		forget(a)
		a.Public.Added = false
	} else {
		inspect(a, bank.Connection{ID: a.ConnectionID, ConnectorUUID: a.ConnectorUUID, Source: a.Source})
	}
	if err := s.move(ctx, a, to, nil); err != nil {
		return err
	}
	return s.undo(ctx, a, userID, connectionID)
}

// upInManage leads one page up in the manage flow, saying nothing.
func (s *Service) upInManage(ctx context.Context, a *Attempt) error {
	switch a.Phase {
	case PhaseInspecting:
		forget(a)
		return s.move(ctx, a, PhaseOverview, nil)
	case PhaseTerms, PhasePicker:
		return s.stepOut(ctx, a, "")
	}
	if a.Public.Added {
		return s.toPicker(ctx, a)
	}
	return s.stepOut(ctx, a, "")
}

// mended says which notice tells of what the manage flow did.
func mended(a *Attempt) Notice {
	switch a.Public.Mode {
	case ModeReconnect:
		return NoticeRepaired
	case ModeRenew:
		return NoticeRenewed
	case ModeAccounts:
		return NoticeShared
	}
	return NoticeAdded
}
