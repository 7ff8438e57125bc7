package direct

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// Remove ends a user's connection, at its bank too. One whose bank is being talked to is connectionLocked.
func (s *Service) Remove(ctx context.Context, userID, id int64) error {
	if _, err := s.Store.OpenConnection(ctx, userID, id); err != nil {
		return err
	}
	if s.talking(id) != nil {
		return errLocked()
	}
	limited, cancel := context.WithTimeout(ctx, removeDeadline)
	defer cancel()
	err := s.Reader.RemoveConnection(limited, userID, id)
	var known *fault.Error
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil && !errors.As(err, &known) {
		return errLocked()
	}
	if err != nil {
		return fmt.Errorf("remove connection %d: %w", id, err)
	}
	return nil
}

// RemoveAll ends all of a user's connections.
func (s *Service) RemoveAll(ctx context.Context, userID int64) error {
	list, err := s.Store.Connections(ctx, userID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := s.Remove(ctx, userID, c.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// Set changes what a client backend may set.
func (s *Service) Set(ctx context.Context, userID, id int64, set Settings) (bank.Connection, error) {
	if err := s.Store.SetConnection(ctx, userID, id, set, s.Clock()); err != nil {
		return bank.Connection{}, err
	}
	rec, err := s.Store.OpenConnection(ctx, userID, id)
	return rec.Connection, err
}

// Webauth is a wish to send an end user through a bank's own page.
type Webauth struct {
	UserID int64
	// ConnectorUUID or ConnectorID names the connector of a new connection; ConnectionID an existing one.
	ConnectorUUID string
	ConnectorID   int64
	ConnectionID  int64
	Source        string
}

// WebauthSource says through which source the end user is sent, and checks that it makes sense: the source leads through a
// browser, and an existing connection waits for it, or its consent ends soon.
func (s *Service) WebauthSource(ctx context.Context, in Webauth) (*bank.Connector, string, error) {
	var entry *bank.Connector
	name := in.Source
	if in.ConnectionID != 0 {
		rec, err := s.Store.OpenConnection(ctx, in.UserID, in.ConnectionID)
		if err != nil {
			return nil, "", err
		}
		c := rec.Connection
		if c.State == bank.StateOK && !c.RenewSoon(s.Clock()) {
			return nil, "", fault.New(fault.Conflict, "The connection is up to date: there is nothing to authorise.").
				WithCode(codeInvalid).WithField("id_connection")
		}
		if entry, _, err = s.known(c); err != nil {
			return nil, "", err
		}
		if own, ok := entry.Source(c.Source); ok && name == "" && own.Auth == bank.AuthWebauth {
			name = c.Source
		}
	} else {
		var err error
		if entry, err = s.named(in.ConnectorUUID, in.ConnectorID); err != nil {
			return nil, "", err
		}
	}
	for _, src := range entry.EnabledSources() {
		if src.Auth == bank.AuthWebauth && (name == "" || src.Name == name) {
			return entry, src.Name, nil
		}
	}
	return nil, "", errValue("source", "must be a source of the connector whose auth_mechanism is webauth")
}
