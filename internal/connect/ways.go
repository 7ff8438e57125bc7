package connect

import (
	"cmp"
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// In Linxo's dialect the ways into one login are one connection: its pages show it as one, choose its accounts as one and remove it
// as one. What is mended or renewed is one way.

// joined makes one of the ways into each login, in the order in which they come.
func joined(list []Managed) []Managed {
	var out []Managed
	for _, m := range list {
		same := func(o Managed) bool { return o.Connection.GroupID == m.Connection.GroupID }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Ways = append(out[i].Ways, m)
			continue
		}
		out = append(out, Managed{Connection: m.Connection, Ways: []Managed{m}})
	}
	for i := range out {
		out[i] = login(out[i].Ways)
	}
	return out
}

// login tells of ways in as of one connection: it works if all do, else it stands as the worst does. An account that several ways
// list is one, which is shared where one of them shares it.
func login(ways []Managed) Managed {
	slices.SortStableFunc(ways, func(a, b Managed) int { return cmp.Compare(a.rank(), b.rank()) })
	out := ways[0]
	out.Ways, out.Accounts, out.ConsentUntil, out.RenewSoon = ways, nil, nil, false
	out.Connection.ConsentAll = true
	for _, m := range ways {
		for _, acc := range m.Accounts {
			out.Accounts = merge(out.Accounts, acc)
		}
		if len(m.Shared()) == 0 {
			continue
		}
		out.Connection.ConsentAll = out.Connection.ConsentAll && m.Connection.ConsentAll
		if m.ConsentUntil != nil {
			out.ConsentUntil = earliest(out.ConsentUntil, *m.ConsentUntil)
		}
		out.RenewSoon = out.RenewSoon || m.RenewSoon
	}
	return out
}

// rank sorts ways by who has to do something: the end user first, then others, then nobody.
func (m Managed) rank() int {
	switch {
	case m.Repairable():
		return 0
	case m.Connection.State != bank.StateOK:
		return 1
	}
	return 2
}

// merge adds an account to those of a login. Of two rows of one account the shared one stays.
func merge(list []bank.Account, acc bank.Account) []bank.Account {
	i := slices.IndexFunc(list, func(o bank.Account) bool { return acc.Key != "" && o.Key == acc.Key })
	switch {
	case i < 0:
		return append(list, acc)
	case list[i].Disabled != nil && acc.Disabled == nil:
		list[i] = acc
	}
	return list
}

// waysOf lists a connection and, in Linxo's dialect, the other ways into its login.
func (s *Service) waysOf(ctx context.Context, a *Attempt, c bank.Connection) ([]bank.Connection, error) {
	if a.Request.Widget == nil {
		return []bank.Connection{c}, nil
	}
	list, err := s.group(ctx, a.UserID, c.GroupID)
	return slices.DeleteFunc(list, s.lapsed), err
}

// wayOf is the way in that an action is about: the attempt's own, or another one of the same login, which the page named.
func (s *Service) wayOf(ctx context.Context, a *Attempt, act Act, own bank.Connection) (bank.Connection, error) {
	if act.Way == 0 || act.Way == own.ID {
		return own, nil
	}
	c, err := s.Connections.Connection(ctx, a.UserID, act.Way)
	switch {
	case fault.Is(err, fault.NotFound):
		return own, ErrStale
	case err != nil:
		return own, err
	case a.Request.Widget == nil || c.GroupID != own.GroupID:
		return own, fault.New(fault.Invalid, "The connection must be one of those shown.").WithField("connection")
	}
	inspect(a, c)
	return c, nil
}

// left are the ways into a connector that one of the user's logins there has not.
func (s *Service) left(a *Attempt, c *bank.Connector, known []bank.Connection) []bank.Source {
	if a.Request.Widget == nil || len(known) == 0 {
		return nil
	}
	logins := make(map[int64][]string)
	for _, k := range known {
		logins[k.GroupID] = append(logins[k.GroupID], k.Source)
	}
	return slices.DeleteFunc(slices.Clone(offered(a, c)), func(src bank.Source) bool {
		for _, has := range logins {
			if !slices.Contains(has, src.Name) {
				return false
			}
		}
		return true
	})
}

// atOpened says whether an attempt is at the connection that its visit was opened on: in Linxo's dialect whichever way into it.
func (s *Service) atOpened(ctx context.Context, a *Attempt) (bool, error) {
	if a.ConnectionID == opened(a) || a.Request.Widget == nil || opened(a) == 0 {
		return a.ConnectionID == opened(a), nil
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return c.GroupID == a.Request.ConnectionID, err
}

// extent counts what would go with a login, an account that several ways list once.
func (s *Service) extent(ctx context.Context, userID int64, m Managed) (Removal, error) {
	if len(m.Ways) == 0 {
		return s.Store.Extent(ctx, userID, m.Connection.ID)
	}
	out := Removal{Accounts: len(m.Accounts)}
	for _, way := range m.Ways {
		r, err := s.Store.Extent(ctx, userID, way.Connection.ID)
		if err != nil {
			return out, err
		}
		out.Transactions += r.Transactions
		if out.Oldest.IsZero() || !r.Oldest.IsZero() && r.Oldest.Before(out.Oldest) {
			out.Oldest = r.Oldest
		}
	}
	return out, nil
}

// removeConnection ends the attempt's connection: in Linxo's dialect the whole login.
func (s *Service) removeConnection(ctx context.Context, a *Attempt) error {
	if a.Request.Widget == nil {
		return s.Connections.RemoveConnection(ctx, a.UserID, a.ConnectionID)
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if err != nil {
		return err
	}
	return s.Connections.RemoveGroup(ctx, a.UserID, c.GroupID)
}
