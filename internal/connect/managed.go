package connect

import (
	"context"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// fillManaged adds the connections that a page is about. Where the one in question was removed meanwhile, elsewhere, the manage
// flow's overview takes the place of its page.
func (s *Service) fillManaged(ctx context.Context, v *View) error {
	a := v.Attempt
	switch v.Page {
	case PageDone, PageCancelled, PageExpired:
		return nil
	case PageConnection, PageRemoval:
		err := s.fillOne(ctx, v)
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		v.Page, v.Connector, v.Source, v.Sources = PageOverview, nil, bank.Source{}, nil
		fallthrough
	case PageOverview, PageKnown:
		list, err := s.Connections.Connections(ctx, a.UserID)
		if err != nil {
			return err
		}
		if v.Page == PageKnown {
			list = slices.DeleteFunc(list, func(c bank.Connection) bool { return c.ConnectorUUID != a.ConnectorUUID })
		}
		list = slices.DeleteFunc(list, s.lapsed)
		if v.Page == PageKnown && v.Connector != nil {
			v.Left = s.left(a, v.Connector, list)
		}
		v.Connections, err = s.managed(ctx, a.UserID, v.Client, list)
		if a.Request.Widget != nil {
			v.Connections = joined(v.Connections)
		}
		if err == nil && v.Page == PageOverview {
			v.Programs, err = s.programs(ctx, a.UserID)
		}
		return err
	}
	if a.Public.Mode == ModeNew || a.ConnectionID == 0 {
		return nil
	}
	// A reconnect of what is gone says so at its end; its pages do without.
	if err := s.fillOne(ctx, v); !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}

// fillOne adds the connection that the attempt is about, and what its removal would take.
func (s *Service) fillOne(ctx context.Context, v *View) error {
	a := v.Attempt
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if err != nil {
		return err
	}
	ways := []bank.Connection{c}
	whole := a.Request.Widget != nil && (v.Page == PageConnection || v.Page == PageRemoval)
	if whole {
		if ways, err = s.waysOf(ctx, a, c); err != nil {
			return err
		}
	}
	list, err := s.managed(ctx, a.UserID, v.Client, ways)
	if err != nil {
		return err
	}
	if whole {
		list = joined(list)
	}
	v.Managed = &list[0]
	if v.Page != PageRemoval {
		return nil
	}
	removal, err := s.extent(ctx, a.UserID, *v.Managed)
	v.Removal = &removal
	return err
}

// managed gathers what the pages say of connections, with two questions to the store however many there are.
func (s *Service) managed(ctx context.Context, userID int64, client grant.Client, list []bank.Connection) ([]Managed, error) {
	if len(list) == 0 {
		return nil, nil
	}
	of := int64(0)
	if len(list) == 1 {
		of = list[0].ID
	}
	accounts, err := s.Connections.UserAccounts(ctx, userID, of, true)
	if err != nil {
		return nil, err
	}
	ends, err := s.Store.ConsentEnds(ctx, userID, client.ID)
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	out := make([]Managed, 0, len(list))
	for _, c := range list {
		m := Managed{Connection: c, ConsentUntil: c.ConsentUntil, CanRenew: s.renewable(c)}
		if found, ok := s.Directory.ByUUID(c.ConnectorUUID); ok {
			m.Connector = found
			src, enabled := found.Source(c.Source)
			m.CanReset = enabled && src.Auth != bank.AuthWebauth && s.Kinds.Ready(found) && len(fieldsOf(found, c.Source)) > 0
		}
		for _, acc := range accounts {
			if acc.ConnectionID == c.ID {
				m.Accounts = append(m.Accounts, acc)
			}
		}
		if end, ok := ends[c.ID]; ok {
			m.ConsentUntil = earliest(m.ConsentUntil, end)
		}
		m.RenewSoon = m.ConsentUntil != nil && !now.Before(m.ConsentUntil.Add(-bank.RenewalNotice))
		out = append(out, m)
	}
	return out, nil
}

func earliest(a *time.Time, b time.Time) *time.Time {
	if a == nil || b.Before(*a) {
		return &b
	}
	return a
}
