package connect

import (
	"context"
	"errors"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// firstReading is when a new connection is due to be read if the visit never came to the choice of accounts, which queues a
// reading at once: later than the visit can stand still (IdleAfterAuthentication).
const firstReading = 2 * IdleAfterAuthentication

// save keeps what a bank's yes made: user, connection and sealed session, due to be read, in one transaction with the
// attempt's move. Only then are accounts read, so that a crash from here on loses nothing the bank gave. A reconnect changes the
// connection that is there, by the same one transaction: a crash leaves the old one or the mended one.
func (s *Service) save(ctx context.Context, a *Attempt, p *private, done *connector.Done, psu connector.PSU) error {
	c, err := s.connectorOf(a)
	if err != nil {
		return err
	}
	if err := legal(a.Request.Flow, a.Phase, PhaseFetching); err != nil {
		return err
	}
	if err := done.Session.Check(); err != nil {
		s.takeBack(ctx, c, a.Source, done.Session)
		return s.refused(ctx, a, p, connector.AsError(err))
	}
	s.forgive(ctx, a, p)
	now := s.Clock()
	lease, due := now.Add(leaseTime), now.Add(firstReading)
	saved := *a // so that a refusal finds the attempt as it was
	saved.Phase, saved.Private, saved.LeaseUntil = PhaseFetching, nil, &lease
	saved.Public.Error, saved.Public.Deadline = nil, nil
	saved.Public.AuthenticatedAt, saved.Public.WaitKind, saved.Public.WaitSince = &now, WaitAccounts, &now
	s.touch(&saved)
	in := SaveConnection{
		Attempt: &saved, FromStep: a.Step, Session: Private(done.Session), Now: now,
		Connection: bank.Connection{
			UserID: a.UserID, ConnectorUUID: c.UUID, ConnectorID: c.ID, ConnectorName: c.Name, Source: a.Source,
			OwnerKey: done.OwnerKey, NextTry: &due, Active: true, Created: now, ByAPI: a.Request.Flow == FlowWebauth,
		},
	}
	if a.Public.Mode != ModeNew {
		in.Connection.ID = a.ConnectionID
	}
	if !done.ConsentUntil.IsZero() {
		in.Connection.ConsentUntil = &done.ConsentUntil
	}
	if a.UserID == 0 {
		expires := now.Add(grant.TemporaryUserLifetime)
		in.NewUser = &grant.User{Domain: a.Domain, Created: now, ExpiresAt: &expires}
	}
	if err := s.keepYes(ctx, in); err != nil {
		s.takeBack(ctx, c, a.Source, done.Session)
		return s.notSaved(ctx, a, p, err)
	}
	*a = saved
	s.wake(ctx, a.ID)
	defer s.heartbeat(ctx, a)()
	return s.fetch(ctx, a, psu)
}

// Deadlines of keeping a bank's yes. It is kept even when the time for asking the bank is used up.
const (
	turnDeadline = 15 * time.Second
	saveDeadline = 30 * time.Second
)

// keepYes stores what a bank's yes made. The consent that the old session stood for is not ended at the bank, though a reconnect may
// have brought a new one. Nobody can tell from here whether it did: some banks prove the same consent again (Open Banking UK), and
// to end "the old one" ends the connection that was just mended; where a consent is an OAuth grant, revoking one token of it may
// revoke all that the client has of that customer (RFC 7009 section 2.1); and Berlin Group banks end the former recurring consent
// themselves when the new one is given. What is left over lets nobody read, since its session is gone with this write, and ends
// by itself after 180 days at most. A connector kind that knows its bank to keep the two apart must say so in Done before this changes.
//
// A reading of the same connection that is under way would write the old session over the
// new one when it ends, and the state that it found; so its end is waited for. Not for long: a yes that is lost is worse.
func (s *Service) keepYes(ctx context.Context, in SaveConnection) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveDeadline)
	defer cancel()
	ids, err := s.formerly(ctx, in.Connection)
	if err != nil {
		return err
	}
	turn, stop := context.WithTimeout(ctx, turnDeadline)
	defer stop()
	for _, id := range ids {
		unlock, err := s.Accounts.Lock(turn, id)
		if err != nil {
			s.Log.WarnContext(ctx, "a connection is mended while it is being read", "connection", id, "error", err)
			continue
		}
		defer unlock()
	}
	return failpoint.Around(ctx, failpoint.ConnectSave, func() error { return s.Store.SaveConnection(ctx, in) })
}

// formerly finds the connections that a bank's yes may change, by id: the one to be reconnected, and the one of the same login,
// which takes the place of one that was never finished. None when it makes a new one.
func (s *Service) formerly(ctx context.Context, c bank.Connection) (ids []int64, err error) {
	if c.ID != 0 {
		ids = append(ids, c.ID)
	}
	if c.UserID == 0 || c.OwnerKey == "" {
		return ids, nil
	}
	list, err := s.Connections.Connections(ctx, c.UserID)
	for _, o := range list {
		if o.ID != c.ID && o.ConnectorUUID == c.ConnectorUUID && o.Source == c.Source && o.OwnerKey == c.OwnerKey {
			ids = append(ids, o.ID)
		}
	}
	slices.Sort(ids) // so that two who mend the same two do not wait for each other
	return ids, err
}

// notSaved tells why what the bank gave could not be kept, where the end user can do something about it.
func (s *Service) notSaved(ctx context.Context, a *Attempt, p *private, err error) error {
	switch {
	case errors.Is(err, ErrOtherOwner):
		// Behind a challenge the password was given back already; whose it was is known only now.
		if p.last != nil && !p.last.Begin && p.last.Kind != connector.EventCallback {
			if _, err := s.Store.TakeTry(ctx, a.ConnectionID, MostTries, s.Clock()); err != nil {
				return err
			}
		}
		return s.refused(ctx, a, p, &connector.Error{Code: CodeOtherLogin})
	case a.Public.Mode != ModeNew && fault.Is(err, fault.NotFound):
		return s.gone(ctx, a, err)
	}
	return err
}

// takeBack ends a consent that the bank gave to an attempt which was cancelled meanwhile, or which could not be kept.
func (s *Service) takeBack(ctx context.Context, c *bank.Connector, source string, session connector.Opaque) {
	kind, ok := s.Kinds.Kind(c.Kind)
	if !ok {
		return
	}
	if err := kind.Revoke(ctx, connector.RevokeInput{Institution: Institution(c), Source: source, Session: session, Now: s.Clock()}); err != nil {
		s.Log.WarnContext(ctx, "consent could not be taken back", "connector", c.UUID, "error", err)
	}
}

// fetch reads the accounts that the end user will choose from. After a reconnect, and for a client application that asks its
// user itself, the connection stands without it: a bank that cannot be read now is read by the job that is queued.
func (s *Service) fetch(ctx context.Context, a *Attempt, psu connector.PSU) error {
	reading := s.Accounts.Accounts(ctx, a.ConnectionID, psu)
	accounts, err := s.Store.Accounts(ctx, a.ConnectionID)
	if err != nil {
		return err
	}
	choice, err := s.needsChoice(ctx, a, accounts)
	if err != nil {
		return err
	}
	some := len(present(accounts)) > 0
	switch {
	case reading != nil && choice && (a.Public.Mode == ModeNew || !some):
		return s.refused(ctx, a, &private{}, connector.AsError(reading))
	case reading != nil:
		s.Log.InfoContext(ctx, "accounts were not read after a reconnect", "attempt", a.ID, "connection", a.ConnectionID, "error", reading)
	}
	if !choice {
		return s.settled(ctx, a, accounts)
	}
	if !some {
		return s.refused(ctx, a, &private{}, &connector.Error{Code: CodeNoAccounts})
	}
	a.Public.Error, a.LeaseUntil, a.Public.WaitKind = nil, nil, ""
	return s.move(ctx, a, PhaseSelecting, nil)
}

// CodeNoAccounts says that the login has no account to share.
const CodeNoAccounts connector.Code = "no_accounts"

// present leaves out accounts that the bank no longer lists.
func present(accounts []bank.Account) []bank.Account {
	out := make([]bank.Account, 0, len(accounts))
	for _, acc := range accounts {
		if acc.Deleted == nil {
			out = append(out, acc)
		}
	}
	return out
}

// tellCancelled gives the bank the chance to forget an approval that is under way. Best effort, apart from the request.
func (s *Service) tellCancelled(ctx context.Context, a *Attempt) {
	p, err := open(a)
	if err != nil || len(p.State) == 0 {
		return
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return
	}
	kind, _ := s.Kinds.Kind(c.Kind)
	in := connector.AdvanceInput{Institution: Institution(c), Source: a.Source, State: p.State, Now: s.Clock(), Event: connector.Event{Kind: connector.EventCancel}}
	s.workers.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, err := kind.Advance(ctx, in); err != nil {
			s.Log.DebugContext(ctx, "the bank was not told of a cancellation", "attempt", a.ID, "error", err)
		}
	})
}
