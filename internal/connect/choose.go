package connect

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// ChooseConnector takes the end user's choice in the picker.
func (s *Service) ChooseConnector(ctx context.Context, act Act, uuid string) error {
	a, err := s.act(ctx, act, PhasePicker)
	if err != nil {
		return err
	}
	c, ok := s.Directory.ByUUID(uuid)
	if !ok || !s.Offerable(c) || !s.wanted(a, c) {
		return fault.New(fault.Invalid, "This choice is not available: choose one from the list.").WithField("connector")
	}
	return s.choose(ctx, a, c, act)
}

// wanted says whether the entry request allows the connector.
func (s *Service) wanted(a *Attempt, c *bank.Connector) bool {
	r := a.Request
	if r.Widget != nil && len(r.Widget.Countries) > 0 && len(c.Countries) > 0 &&
		!slices.ContainsFunc(c.Countries, func(in string) bool { return slices.Contains(r.Widget.Countries, in) }) {
		return false
	}
	if len(r.ConnectorUUIDs)+len(r.ConnectorIDs) == 0 {
		return true
	}
	return slices.Contains(r.ConnectorUUIDs, c.UUID) || slices.Contains(r.ConnectorIDs, c.ID)
}

// choose enters a connector. Where the user has a connection to it already they are asked what they want, before any password:
// otherwise a second login to the same bank would be found out only after it was typed.
func (s *Service) choose(ctx context.Context, a *Attempt, c *bank.Connector, act Act) error {
	forget(a)
	a.ConnectorUUID = c.UUID
	known, err := s.knownAt(ctx, a, c.UUID)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		return s.move(ctx, a, PhaseKnown, nil)
	}
	return s.sources(ctx, a, c, act)
}

// sources leads to the choice of source, or straight on when there is only one.
func (s *Service) sources(ctx context.Context, a *Attempt, c *bank.Connector, act Act) error {
	sources := offered(a, c)
	if len(sources) > 1 {
		return s.move(ctx, a, PhaseSource, nil)
	}
	return s.enter(ctx, a, c, sources[0], act)
}

// ChooseSource takes the end user's choice of the way in.
func (s *Service) ChooseSource(ctx context.Context, act Act, source string) error {
	a, err := s.act(ctx, act, PhaseSource)
	if err != nil {
		return err
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return err
	}
	src, ok := c.Source(source)
	if !ok {
		return fault.New(fault.Invalid, "This way in is not available: choose one of those shown.").WithField("source")
	}
	return s.enter(ctx, a, c, src, act)
}

// enter asks for the fields of a source, or sends the browser off at once where there are none.
func (s *Service) enter(ctx context.Context, a *Attempt, c *bank.Connector, src bank.Source, act Act) error {
	a.Source = src.Name
	if len(fieldsOf(c, src.Name)) > 0 {
		return s.move(ctx, a, PhaseCredentials, nil)
	}
	return s.work(ctx, a, &pending{Begin: true}, act.PSU)
}

// connectorOf finds the connector that an attempt chose. One that has left the directory meanwhile is unavailable.
func (s *Service) connectorOf(a *Attempt) (*bank.Connector, error) {
	c, ok := s.Directory.ByUUID(a.ConnectorUUID)
	if !ok || !s.Kinds.Ready(c) {
		return nil, fault.New(fault.Unavailable, "This bank cannot be connected right now.")
	}
	return c, nil
}

// fieldsOf lists what a connector asks for through a source.
func fieldsOf(c *bank.Connector, source string) []bank.Field {
	out := make([]bank.Field, 0, len(c.Fields))
	for _, f := range c.Fields {
		if f.ForSource(source) {
			out = append(out, f)
		}
	}
	return out
}

// Back leads to the picker again, from any page on which nothing is in flight. What was typed is forgotten. In the manage flow it
// leads one page up, and in a reconnect to its form, where it has one: there is no other bank to choose.
func (s *Service) Back(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseUnlisted, PhaseKnown, PhaseSource, PhaseCredentials, PhaseAsking, PhaseAway, PhaseWaiting, PhasePicking,
		PhaseFailed, PhaseTerms, PhasePicker, PhaseSelecting, PhaseInspecting, PhaseRemoving)
	if err != nil {
		return err
	}
	switch a.Request.Flow {
	case FlowManage:
		// A connection that this visit has just made is agreed to or cancelled: Back would leave it in between.
		if a.Phase == PhaseSelecting && a.Public.Mode != ModeAccounts {
			return ErrStale
		}
		return s.upInManage(ctx, a)
	case FlowReconnect:
		return s.toForm(ctx, a)
	case FlowWebauth, FlowAccounts:
		return ErrStale
	}
	if a.Phase == PhaseTerms || a.Phase == PhasePicker || a.Phase == PhaseSelecting && a.Public.Mode != ModeAccounts {
		return ErrStale
	}
	return s.toPicker(ctx, a)
}

// toPicker leads to the picker, and undoes what was begun.
func (s *Service) toPicker(ctx context.Context, a *Attempt) error {
	s.tellCancelled(ctx, a)
	userID, connectionID := a.UserID, made(a)
	forget(a)
	if err := s.move(ctx, a, PhasePicker, nil); err != nil {
		return err
	}
	return s.undo(ctx, a, userID, connectionID)
}

// toForm leads a reconnect to its form again.
func (s *Service) toForm(ctx context.Context, a *Attempt) error {
	c, err := s.connectorOf(a)
	if err != nil || a.Phase == PhaseCredentials || a.Phase == PhaseSelecting || a.Public.AuthenticatedAt != nil || len(asks(a, c)) == 0 {
		return ErrStale
	}
	if src, ok := c.Source(a.Source); !ok || src.Auth == bank.AuthWebauth {
		return ErrStale
	}
	s.tellCancelled(ctx, a)
	a.Private, a.LeaseUntil = nil, nil
	a.Public.Error, a.Public.DeniedAt, a.Public.Deadline, a.Public.Elsewhere = nil, nil, nil, false
	if a.Public.Mode != ModeNew {
		a.Public.Retyped = secretNames(asks(a, c))
	}
	return s.move(ctx, a, PhaseCredentials, nil)
}
