package connect

import (
	"context"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/grant"
)

// firstReading is when a new connection is due to be read if the visit never came to the choice of accounts, which queues a
// reading at once: later than the visit can stand still (IdleAfterAuthentication).
const firstReading = 2 * IdleAfterAuthentication

// save keeps what a bank's yes made: user, connection and sealed session, due to be read, in one transaction with the
// attempt's move. Only then are accounts read, so that a crash from here on loses nothing the bank gave.
func (s *Service) save(ctx context.Context, a *Attempt, done *connector.Done, psu connector.PSU) error {
	c, err := s.connectorOf(a)
	if err != nil {
		return err
	}
	now := s.Clock()
	lease, due := now.Add(leaseTime), now.Add(firstReading)
	a.Private, a.LeaseUntil = nil, &lease
	a.Public.Error, a.Public.Deadline = nil, nil
	a.Public.AuthenticatedAt, a.Public.WaitKind, a.Public.WaitSince = &now, WaitAccounts, &now
	in := SaveConnection{
		Attempt: a, FromStep: a.Step, Session: Private(done.Session), Now: now,
		Connection: bank.Connection{
			UserID: a.UserID, ConnectorUUID: c.UUID, ConnectorID: c.ID, ConnectorName: c.Name, Source: a.Source,
			OwnerKey: done.OwnerKey, NextTry: &due, Active: true, Created: now,
		},
	}
	if !done.ConsentUntil.IsZero() {
		in.Connection.ConsentUntil = &done.ConsentUntil
	}
	if a.UserID == 0 {
		expires := now.Add(grant.TemporaryUserLifetime)
		in.NewUser = &grant.User{Domain: a.Domain, Created: now, ExpiresAt: &expires}
	}
	if err := legal(a.Phase, PhaseFetching); err != nil {
		return err
	}
	a.Phase = PhaseFetching
	s.touch(a)
	if err := s.Store.SaveConnection(ctx, in); err != nil {
		s.takeBack(ctx, c, a.Source, done.Session)
		return err
	}
	s.wake(ctx, a.ID)
	defer s.heartbeat(ctx, a)()
	return s.fetch(ctx, a, psu)
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

// fetch reads the accounts that the end user will choose from.
func (s *Service) fetch(ctx context.Context, a *Attempt, psu connector.PSU) error {
	if err := s.Accounts.Accounts(ctx, a.ConnectionID, psu); err != nil {
		return s.refused(ctx, a, &private{}, connector.AsError(err))
	}
	accounts, err := s.Store.Accounts(ctx, a.ConnectionID)
	if err != nil {
		return err
	}
	if len(present(accounts)) == 0 {
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
