package connect

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// knownAt lists the connections that the attempt's user has to a connector. A new user has none: nobody is told what another
// person connected.
func (s *Service) knownAt(ctx context.Context, a *Attempt, uuid string) ([]bank.Connection, error) {
	if a.UserID == 0 {
		return nil, nil
	}
	list, err := s.Connections.Connections(ctx, a.UserID)
	return slices.DeleteFunc(list, func(c bank.Connection) bool { return c.ConnectorUUID != uuid || s.lapsed(c) }), err
}

// lapsed says whether a connection was begun, never finished and only waits to be cleared away.
func (s *Service) lapsed(c bank.Connection) bool {
	return c.ExpireAt != nil && !s.Clock().Before(*c.ExpireAt)
}

// ChooseKnown takes the end user's answer to "you are connected to this bank already", before any password is typed: to share
// other accounts of a connection, to make it work again, to take a way in that it has not (Linxo's dialect), or to make another one
// with another login.
func (s *Service) ChooseKnown(ctx context.Context, act Act, choice KnownChoice, connectionID int64) error {
	a, err := s.act(ctx, act, PhaseKnown)
	if err != nil {
		return err
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return err
	}
	if choice == KnownOther {
		return s.sources(ctx, a, c, act)
	}
	known, err := s.knownAt(ctx, a, c.UUID)
	if err != nil {
		return err
	}
	if left := s.left(a, c, known); choice == KnownWay && len(left) > 0 {
		if len(left) > 1 {
			return s.move(ctx, a, PhaseSource, nil)
		}
		return s.enter(ctx, a, c, left[0], act)
	}
	i := slices.IndexFunc(known, func(k bank.Connection) bool { return k.ID == connectionID })
	if i < 0 || choice != KnownAccounts && choice != KnownRepair {
		return fault.New(fault.Invalid, "This choice is not available: choose one of those shown.").WithField("choice")
	}
	inspect(a, known[i])
	a.Public.Mode = ModeAccounts
	accounts, err := s.selectable(ctx, a)
	if err != nil {
		return err
	}
	if choice == KnownRepair || len(present(accounts)) == 0 {
		return s.reconnect(ctx, a, reconnection{connection: known[i], mode: ModeReconnect}, act.PSU)
	}
	return s.move(ctx, a, PhaseSelecting, nil)
}
