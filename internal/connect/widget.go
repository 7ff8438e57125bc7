package connect

import (
	"cmp"
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// NoAutoSync says that a connection made with this request is read when somebody asks, and never by itself.
func (r Request) NoAutoSync() bool { return r.Widget != nil && r.Widget.NoAutoSync }

// Countries narrow the picker, ISO 3166-1 alpha-2 in lower case; none means all.
func (r Request) Countries() []string {
	if r.Widget != nil && len(r.Widget.Countries) > 0 {
		return r.Widget.Countries
	}
	if r.Country == "" {
		return nil
	}
	return []string{r.Country}
}

// group lists the ways in of one of a user's logins, oldest first; none is fault.NotFound.
func (s *Service) group(ctx context.Context, userID, id int64) ([]bank.Connection, error) {
	list, err := s.Connections.Connections(ctx, userID)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c bank.Connection) bool { return c.GroupID != id })
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such connection.")
	}
	return list, nil
}

// named finds the connection that a visit is opened on, and notes it. In Linxo's dialect a login is named, which may have several
// ways in: the one that the request's sources name is meant, else one that the end user can mend, else the first.
func (s *Service) named(ctx context.Context, a *Attempt) (bank.Connection, error) {
	if a.Request.Widget == nil {
		return s.Connections.Connection(ctx, a.UserID, a.Request.ConnectionID)
	}
	list, err := s.group(ctx, a.UserID, a.Request.ConnectionID)
	if err != nil {
		return bank.Connection{}, err
	}
	at := max(0, slices.IndexFunc(list, func(c bank.Connection) bool { return Managed{Connection: c}.Repairable() }))
	if i := slices.IndexFunc(list, func(c bank.Connection) bool { return slices.Contains(a.Request.Sources, c.Source) }); i >= 0 {
		at = i
	}
	a.Public.Opened = list[at].ID
	return list[at], nil
}

// opened is the connection that a visit was opened on; 0 for none.
func opened(a *Attempt) int64 {
	if a.Request.Widget == nil {
		return a.Request.ConnectionID
	}
	return a.Public.Opened
}

// emptyWay says which way in a visit asks for that its login has not: one that the connector offers and through which nothing was
// connected. To reconnect through it adds a connection to the group; none that is there is moved to it.
func (s *Service) emptyWay(ctx context.Context, a *Attempt, c bank.Connection) (bank.Source, bool, error) {
	if a.Request.Widget == nil || len(a.Request.Sources) == 0 {
		return bank.Source{}, false, nil
	}
	entry, ok := s.Directory.ByUUID(c.ConnectorUUID)
	if !ok || !s.Kinds.Ready(entry) {
		return bank.Source{}, false, nil
	}
	list, err := s.group(ctx, a.UserID, c.GroupID)
	if err != nil {
		return bank.Source{}, false, err
	}
	for _, name := range a.Request.Sources {
		if slices.ContainsFunc(list, func(o bank.Connection) bool { return o.Source == name }) {
			return bank.Source{}, false, nil
		}
		if src, ok := entry.Source(name); ok {
			return src, true, nil
		}
	}
	return bank.Source{}, false, nil
}

// addWay begins a connection through a way in that a login has not.
func (s *Service) addWay(a *Attempt, c bank.Connection, src bank.Source) (*pending, error) {
	forget(a)
	a.ConnectorUUID, a.Source = c.ConnectorUUID, src.Name
	entry, err := s.connectorOf(a)
	if err != nil {
		return nil, err
	}
	if len(fieldsOf(entry, src.Name)) > 0 {
		a.Phase = PhaseCredentials
		return nil, nil
	}
	a.Phase = PhaseWorking
	return &pending{Begin: true}, nil
}

// beginAccounts readies a new visit that chooses again which accounts are shared. Where none are known they are read first.
func (s *Service) beginAccounts(ctx context.Context, a *Attempt) error {
	c, err := s.named(ctx, a)
	if err != nil {
		return err
	}
	inspect(a, c)
	a.Public.Mode = ModeAccounts
	accounts, err := s.selectable(ctx, a)
	if err != nil {
		return err
	}
	if a.Phase = PhaseSelecting; len(present(accounts)) == 0 {
		s.toFetch(a)
		a.Phase = PhaseFetching
	}
	return nil
}

// scope lists the connections whose accounts a selection is about: the attempt's own, and where Linxo's dialect asks for the
// accounts of a login, all its ways in.
func (s *Service) scope(ctx context.Context, a *Attempt) ([]int64, error) {
	ids, alone := []int64{a.ConnectionID}, a.Request.Flow == FlowAccounts && len(a.Request.Sources) > 0
	if a.Request.Widget == nil || a.Public.Mode != ModeAccounts || alone {
		return ids, nil
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if fault.Is(err, fault.NotFound) {
		return ids, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := s.group(ctx, a.UserID, c.GroupID)
	if fault.Is(err, fault.NotFound) {
		return ids, nil
	}
	for _, c := range list {
		if c.ID != a.ConnectionID {
			ids = append(ids, c.ID)
		}
	}
	return ids, err
}

// selectable lists the accounts that a selection is about, those that the bank lists no more too.
func (s *Service) selectable(ctx context.Context, a *Attempt) ([]bank.Account, error) {
	ids, err := s.scope(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []bank.Account
	for _, id := range ids {
		list, err := s.Store.Accounts(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// offered are the sources that the end user may choose from: those that the request names, where the connector has one of them, and
// of these the ones that read an account type that is wanted, where one does.
func offered(a *Attempt, c *bank.Connector) []bank.Source {
	all := c.EnabledSources()
	if a.Request.Widget == nil || a.Request.Flow != FlowConnect {
		return all
	}
	some := fitting(all, func(src bank.Source) bool { return slices.Contains(a.Request.Sources, src.Name) })
	return fitting(some, func(src bank.Source) bool {
		wanted := a.Request.AccountTypes
		return len(wanted) == 0 || len(src.AccountTypes) == 0 ||
			slices.ContainsFunc(src.AccountTypes, func(t bank.AccountType) bool { return slices.Contains(wanted, t) })
	})
}

// fitting are the sources that fit; all where none does.
func fitting(all []bank.Source, fits func(bank.Source) bool) []bank.Source {
	some := slices.DeleteFunc(slices.Clone(all), func(src bank.Source) bool { return !fits(src) })
	if len(some) == 0 {
		return all
	}
	return some
}

// consentAll says whether the end user is asked for all accounts at once, those to come too. That is how Linxo's dialect asks where
// consent by account was not wished for; but nothing is ever widened behind the end user: who chose accounts before is asked by
// account again, and a request that leaves some out cannot promise all.
func (s *Service) consentAll(ctx context.Context, a *Attempt) (bool, error) {
	r := a.Request
	if r.Widget == nil || r.Widget.ConsentPerAccount || a.Public.Mode == ModeAccounts ||
		len(r.AccountTypes)+len(r.AccountUsages)+len(r.AccountIBANs) > 0 {
		return false, nil
	}
	if a.Public.Mode == ModeNew {
		return true, nil
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	return c.ConsentAll, err
}

// noteResult notes what was done to a connection, for the way back of Linxo's dialect. A login is new with its first way in. One that
// was removed meanwhile is left to whoever needs it.
func (s *Service) noteResult(ctx context.Context, a *Attempt) error {
	if a.Request.Widget == nil {
		return nil
	}
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	a.Public.Result, a.Public.Group = ResultUpdated, c.GroupID
	if a.Public.Mode == ModeNew && c.GroupID == c.ID && !c.Created.Before(a.Created) {
		a.Public.Result = ResultCreated
	}
	return nil
}

// noteRemoval notes that a way in was removed, after noteResult: the login is gone with the last.
func (s *Service) noteRemoval(ctx context.Context, a *Attempt) error {
	if a.Request.Widget == nil || a.Public.Group == 0 {
		return nil
	}
	a.Public.Result = ResultUpdated
	_, err := s.group(ctx, a.UserID, a.Public.Group)
	if fault.Is(err, fault.NotFound) {
		a.Public.Result = ResultDeleted
		return nil
	}
	return err
}

// widgetOutcome adds what Linxo's dialect tells. That the login is gone which the visit was opened on is asked of the store, so that
// a removal is told even when the process that made it died before it could say so.
func (s *Service) widgetOutcome(ctx context.Context, a *Attempt, o *Outcome) error {
	if a.Request.Widget == nil {
		return nil
	}
	o.Action, o.Result, o.Reading = a.Request.Widget.Action, a.Public.Result, a.Public.Reading
	o.GroupID = cmp.Or(a.Public.Group, a.Request.ConnectionID)
	if a.Phase == PhaseReading {
		o.Reading = ReadingLeft
	}
	if o.Flow != FlowManage || a.Request.ConnectionID == 0 {
		return nil
	}
	_, err := s.group(ctx, a.UserID, a.Request.ConnectionID)
	if o.Deleted = fault.Is(err, fault.NotFound); o.Deleted {
		o.GroupID, o.Result = a.Request.ConnectionID, ResultDeleted
		return nil
	}
	return err
}
