package connect

import (
	"context"
	"slices"

	"passerelle/internal/bank"
)

// once leaves each account of several ways into a login there once: the one that is shared, else the first that no client application
// deleted.
func once(accounts []bank.Account) []bank.Account {
	rank := func(acc bank.Account) int {
		switch {
		case acc.Disabled == nil:
			return 0
		case acc.Removed == nil:
			return 1
		}
		return 2
	}
	best := make(map[string]bank.Account, len(accounts))
	for _, acc := range accounts {
		if b, ok := best[acc.Key]; !ok || rank(acc) < rank(b) {
			best[acc.Key] = acc
		}
	}
	return slices.DeleteFunc(accounts, func(acc bank.Account) bool { return acc.Disabled != nil && acc.ID != best[acc.Key].ID })
}

// markTwins says of those choices that are shared through another way into the same login already: an account is read through one
// way alone, so that nobody counts it twice. There is nothing to choose about them here.
func (s *Service) markTwins(ctx context.Context, a *Attempt, choices []AccountChoice) error {
	list, err := s.Connections.Connections(ctx, a.UserID)
	if err != nil {
		return err
	}
	own := slices.IndexFunc(list, func(c bank.Connection) bool { return c.ID == a.ConnectionID })
	if own < 0 {
		return nil
	}
	login := list[own].GroupID
	list = slices.DeleteFunc(list, func(c bank.Connection) bool { return c.GroupID != login })
	if len(list) < 2 {
		return nil
	}
	for _, way := range list {
		accounts, err := s.Store.Accounts(ctx, way.ID)
		if err != nil {
			return err
		}
		for i := range choices {
			c := &choices[i]
			twin := func(acc bank.Account) bool { return acc.Key == c.Account.Key && acc.Disabled == nil }
			if c.Account.Disabled != nil && c.Account.ConnectionID != way.ID && slices.ContainsFunc(accounts, twin) {
				c.Through, c.Selectable, c.Ticked = way.Source, false, false
			}
		}
	}
	return nil
}

// allTwins says that nothing is to be chosen because what could be is shared through another way into the same login.
func allTwins(choices []AccountChoice) bool {
	return slices.ContainsFunc(choices, func(c AccountChoice) bool { return c.Through != "" }) &&
		!slices.ContainsFunc(choices, func(c AccountChoice) bool { return c.Selectable })
}
