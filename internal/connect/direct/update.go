package direct

import (
	"context"
	"fmt"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// Update is what a client backend posts on a connection.
type Update struct {
	UserID       int64
	ConnectionID int64
	// Source is another way in than the connection's; empty means the same.
	Source string
	// Values answer what is asked, or are identifiers; what nobody asked for is left out.
	Values map[string]bank.Secret
	// Resume waits for an approval elsewhere; RefreshAuth renews the consent before it ends.
	Resume, RefreshAuth bool
	Settings            Settings
	PSU                 connector.PSU
	Background          bool
}

// settles says whether nothing but settings is given.
func (in Update) settles() bool {
	return len(in.Values) == 0 && in.Source == "" && !in.Resume && !in.RefreshAuth
}

// work is what a talk does.
type work func(context.Context) error

// Update goes on with a connection by the loop of its states: it answers what is asked, waits for an approval, takes new
// identifiers, or, with nothing given, forces what the state calls for. The connection that it gives says what comes next.
func (s *Service) Update(ctx context.Context, in Update) (bank.Connection, error) {
	if _, err := s.Store.OpenConnection(ctx, in.UserID, in.ConnectionID); err != nil {
		return bank.Connection{}, err
	}
	if !in.Settings.none() {
		c, err := s.Set(ctx, in.UserID, in.ConnectionID, in.Settings)
		if err != nil || in.settles() {
			return c, err
		}
	}
	if t := s.talking(in.ConnectionID); t != nil && in.Resume && t.userID == in.UserID {
		// Somebody is at it already: whoever resumes waits for the same.
		if !in.Background {
			s.await(ctx, t)
		}
		return s.outcome(ctx, t)
	}
	t, err := s.claim(ctx, in.UserID, in.ConnectionID, in.PSU)
	if err != nil {
		return bank.Connection{}, err
	}
	do, err := s.plan(ctx, t, in)
	if err != nil || do == nil {
		s.release(t)
		return t.record.Connection, err
	}
	return s.run(ctx, t, in.Background, !in.Resume, do)
}

// plan decides what a call does with the connection as it stands; nil is nothing.
func (s *Service) plan(ctx context.Context, t *talk, in Update) (work, error) {
	p, err := s.prepare(t, in.Source)
	if err != nil {
		return nil, err
	}
	live := len(p.State) > 0 && t.record.Connection.Pending(s.Clock())
	fields := taken(t.entry, t.source.Name)
	switch {
	case in.Resume:
		if !live || !p.Waiting {
			return nil, nil
		}
		return func(ctx context.Context) error { return s.resume(ctx, t, p, in.Background) }, nil
	case in.RefreshAuth:
		return s.renewal(ctx, t)
	case live && !p.Waiting && gives(in.Values, t.record.Connection.Asked):
		return s.answers(ctx, t, p, in.Values)
	case gives(in.Values, fields) || in.Source != "":
		return s.anew(ctx, t, p, live, fields, in.Values)
	case live && !p.Waiting && len(in.Values) > 0:
		// Something was answered, under a name that nobody asked for.
		_, err := check(t.record.Connection.Asked, nil)
		return nil, err
	case live:
		return nil, nil
	}
	return s.forced(ctx, t, p)
}

// prepare finds what the talk is about: what is pending, and the connector, source and mode of going on.
func (s *Service) prepare(t *talk, source string) (p pending, err error) {
	c := t.record.Connection
	if p, err = decode(t.record.Pending); err != nil {
		return p, fmt.Errorf("connection %d: %w", c.ID, err)
	}
	if t.entry, t.kind, err = s.known(c); err != nil {
		return p, err
	}
	switch {
	case source != "":
		t.source, err = chosen(t.entry, source, nil)
	case p.Source != "":
		t.source, err = own(t.entry, p.Source)
	default:
		t.source, err = own(t.entry, c.Source)
	}
	t.mode = connector.ModeReconnect
	if !t.finished() || t.source.Name != c.Source {
		t.mode = connector.ModeConnect
	}
	return p, err
}

// answers hands what was asked for to the bank.
func (s *Service) answers(ctx context.Context, t *talk, p pending, values map[string]bank.Secret) (work, error) {
	answers, err := check(t.record.Connection.Asked, values)
	if err != nil {
		return nil, err
	}
	if err := s.takeCode(ctx, t, p); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		step, failed := s.advance(ctx, t, p, connector.Event{Kind: connector.EventAnswers, Answers: answers})
		return s.apply(ctx, t, p, step, failed)
	}, nil
}

// anew begins with new identifiers; what waited is called off.
func (s *Service) anew(ctx context.Context, t *talk, p pending, live bool, fields []bank.Field, values map[string]bank.Secret) (w work, err error) {
	if t.values, err = identifiers(t, fields, p, values); err != nil {
		return nil, err
	}
	if err := s.take(ctx, t); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if live {
			s.cancel(ctx, t, p)
		}
		return s.open(ctx, t)
	}, nil
}

// identifiers are what a new beginning is made with: all that the source asks for, of which a connection that worked before
// has in its session what is not typed again.
func identifiers(t *talk, fields []bank.Field, p pending, given map[string]bank.Secret) (map[string]bank.Secret, error) {
	if t.mode == connector.ModeConnect {
		return check(fields, p.secrets(given))
	}
	typed := slices.DeleteFunc(slices.Clone(fields), func(f bank.Field) bool { return given[f.Name].IsZero() })
	return check(typed, given)
}

// gives says whether a value is given for one of the fields.
func gives(values map[string]bank.Secret, fields []bank.Field) bool {
	return slices.ContainsFunc(fields, func(f bank.Field) bool { return !values[f.Name].IsZero() })
}

// renewal asks for strong authentication before the bank does.
func (s *Service) renewal(ctx context.Context, t *talk) (work, error) {
	if t.source.Name != bank.SourceOpenAPI {
		return nil, fault.New(fault.Invalid, "The parameter refresh_auth is for connections through the source openapi.").WithField("refresh_auth")
	}
	t.mode = connector.ModeRenew
	if !t.finished() {
		t.mode = connector.ModeConnect
	}
	if err := s.take(ctx, t); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return s.open(ctx, t) }, nil
}

// forced is what an empty call does: what the state calls for, as far as it can be done without new values. A wrong or expired
// password is never sent again, and what needs a browser waits for it.
func (s *Service) forced(ctx context.Context, t *talk, p pending) (work, error) {
	c := t.record.Connection
	switch c.State {
	case bank.StateOK, bank.StateWrongpass, bank.StatePasswordExpired, bank.StateWebauthRequired:
		return nil, nil
	}
	if t.finished() && reads(c.State) && len(p.Values) == 0 {
		if err := s.attendable(ctx, c.ID, t.psu); err != nil {
			return nil, err
		}
		if err := s.pace(ctx, c); err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return s.read(ctx, t) }, nil
	}
	if t.mode == connector.ModeReconnect {
		t.values = p.secrets(nil)
	} else {
		var err error
		if t.values, err = check(taken(t.entry, t.source.Name), p.secrets(nil)); err != nil {
			return nil, err
		}
	}
	if err := s.take(ctx, t); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return s.open(ctx, t) }, nil
}

// reads says whether a state is left by reading again, without the end user.
func reads(state bank.ConnectionState) bool {
	switch state {
	case bank.StateOK, bank.StateWebsiteUnavailable, bank.StateRateLimiting, bank.StateBug, bank.StateActionNeeded, bank.StateNotSupported:
		return true
	}
	return false
}
