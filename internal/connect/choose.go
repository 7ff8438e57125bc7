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
	if len(r.ConnectorUUIDs)+len(r.ConnectorIDs) == 0 {
		return true
	}
	return slices.Contains(r.ConnectorUUIDs, c.UUID) || slices.Contains(r.ConnectorIDs, c.ID)
}

// choose enters a connector: to the choice of source, or straight on when there is only one.
func (s *Service) choose(ctx context.Context, a *Attempt, c *bank.Connector, act Act) error {
	a.ConnectorUUID, a.Source = c.UUID, ""
	a.ConnectionID = 0
	a.Private = nil
	a.Public.Error, a.Public.DeniedAt = nil, nil
	sources := c.EnabledSources()
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
	if !ok || !s.Kinds.Has(c.Kind) {
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

// Back leads to the picker again, from any page on which nothing is in flight. What was typed is forgotten.
func (s *Service) Back(ctx context.Context, act Act) error {
	a, err := s.act(ctx, act, PhaseUnlisted, PhaseSource, PhaseCredentials, PhaseAsking, PhaseAway, PhaseWaiting, PhasePicking, PhaseFailed)
	if err != nil {
		return err
	}
	s.tellCancelled(ctx, a)
	userID, connectionID := a.UserID, a.ConnectionID
	a.Private, a.LeaseUntil = nil, nil
	a.ConnectorUUID, a.Source, a.ConnectionID = "", "", 0
	a.Public.Error, a.Public.DeniedAt, a.Public.Deadline = nil, nil, nil
	a.Public.Elsewhere, a.Public.AuthenticatedAt = false, nil
	if err := s.move(ctx, a, PhasePicker, nil); err != nil {
		return err
	}
	return s.undo(ctx, a, userID, connectionID)
}
