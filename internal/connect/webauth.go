package connect

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// beginWebauth readies a new visit that leads straight to a bank's own page: for a client application that asks for everything
// else itself. The values that the bank's page wants to know come with the request; they are no secrets, for they stood in an
// address.
func (s *Service) beginWebauth(ctx context.Context, a *Attempt) (*pending, error) {
	var wanted []string
	if id := a.Request.ConnectionID; id != 0 {
		conn, err := s.Connections.Connection(ctx, a.UserID, id)
		if err != nil {
			return nil, err
		}
		inspect(a, conn)
		a.Public.Mode = ModeReconnect
		wanted = []string{conn.Source}
	} else {
		c, ok := s.onlyConnector(a)
		if !ok {
			return nil, fault.New(fault.Invalid, "There is no such connector, or it cannot be connected here.").WithField("connector_uuid")
		}
		a.ConnectorUUID = c.UUID
	}
	c, err := s.connectorOf(a)
	if err != nil {
		return nil, err
	}
	src, ok := webauthSource(c, append(slices.Clone(a.Request.Sources), wanted...))
	if !ok {
		return nil, fault.New(fault.Invalid, "This connector has no page of the bank's to be sent to: create the connection with its fields.").WithField("source")
	}
	a.Source, a.Phase = src.Name, PhaseWorking
	fields := slices.DeleteFunc(fieldsOf(c, src.Name), func(f bank.Field) bool { return f.Secret })
	values := map[string]bank.Secret{}
	for _, f := range fields {
		if v := a.Request.Prefill[c.UUID+"."+f.Name]; v != "" {
			values[f.Name] = bank.NewSecret(v)
		}
	}
	accepted, wrong := check(fields, values)
	for _, f := range fields {
		if why, bad := wrong[f.Name]; bad && (a.Public.Mode == ModeNew || why != "required") {
			return nil, fault.New(fault.Invalid, "The value of %s is missing or not acceptable.", f.Name).WithField(f.Name)
		}
	}
	return &pending{Begin: true, Answers: reveal(accepted), Again: true}, nil
}

// webauthSource finds a source that leads to the bank's own page: one that is wanted, else the first.
func webauthSource(c *bank.Connector, wanted []string) (bank.Source, bool) {
	for _, name := range wanted {
		if src, ok := c.Source(name); ok && src.Auth == bank.AuthWebauth {
			return src, true
		}
	}
	for _, src := range c.EnabledSources() {
		if src.Auth == bank.AuthWebauth {
			return src, true
		}
	}
	return bank.Source{}, false
}

// webauthAgain leads to the bank's page anew.
func (s *Service) webauthAgain(ctx context.Context, a *Attempt, psu connector.PSU) error {
	forget(a)
	from := a.Phase
	event, err := s.beginWebauth(ctx, a)
	a.Phase = from
	if err != nil {
		return s.gone(ctx, a, err)
	}
	return s.work(ctx, a, event, psu)
}
