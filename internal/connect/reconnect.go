package connect

import (
	"context"
	"slices"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// TriesKept is how long refused passwords count against a connection: whoever was refused MostTries times in a row waits this
// long, in this visit or another (RTS art. 4(3)(b) wants a temporary block after five).
const TriesKept = 15 * time.Minute

// CodeOtherLogin says that whoever signed in is not the one whose connection it is: nothing of it was changed.
const CodeOtherLogin connector.Code = "other_login"

// CodeGone says that the connection was removed meanwhile: there is nothing to mend any more.
const CodeGone connector.Code = "connection_gone"

// actionUserInput is the entry point of Linxo's widget that answers what a bank asks (Widget.Action).
const actionUserInput = "user_input"

// reconnection says which connection is to be proven again, and how.
type reconnection struct {
	connection bank.Connection
	mode       Mode
	// reset asks for everything again; sources are the ways in that are meant, the connection's own where none fits.
	reset   bool
	sources []string
}

// beginReconnect readies a new visit whose client application named the connection.
//
// A connection that lacks nothing (state null) is led to its bank all the same. Powens says of this flow that it goes "straight
// to the missing step or to the bank's page", and it is the only way there that a client application has: whoever calls it
// before a consent ends wants it prolonged, and ending at once would tell them success without anything having been done. So
// through a bank's own page it is a renewal; where identifiers are kept, the bank is signed in at again, which shows whether
// they still work.
func (s *Service) beginReconnect(ctx context.Context, a *Attempt) (*pending, error) {
	c, err := s.named(ctx, a)
	if err != nil {
		return nil, err
	}
	if idle(a, c) {
		a.Phase = PhaseDone
		return nil, nil
	}
	if src, empty, err := s.emptyWay(ctx, a, c); err != nil {
		return nil, err
	} else if empty {
		return s.addWay(a, c, src)
	}
	r := reconnection{connection: c, mode: ModeReconnect, reset: a.Request.Reset, sources: a.Request.Sources}
	if c.State == bank.StateOK && !r.reset && s.renewable(c) {
		r.mode = ModeRenew
	}
	var event *pending
	a.Phase, event, err = s.prepare(ctx, a, r)
	return event, err
}

// idle says that a visit of Linxo's dialect came to answer what a bank asks, and nothing is asked: nobody is signed in anew for that.
func idle(a *Attempt, c bank.Connection) bool {
	return a.Request.Widget != nil && a.Request.Widget.Action == actionUserInput && !Managed{Connection: c}.Repairable()
}

// reconnect moves an attempt that is under way to the first step of a reconnect.
func (s *Service) reconnect(ctx context.Context, a *Attempt, r reconnection, psu connector.PSU) error {
	to, event, err := s.prepare(ctx, a, r)
	if err != nil {
		return err
	}
	if event != nil {
		return s.work(ctx, a, event, psu)
	}
	return s.move(ctx, a, to, nil)
}

// again begins the reconnect of an attempt's connection anew, after something went wrong.
func (s *Service) again(ctx context.Context, a *Attempt, psu connector.PSU) error {
	c, err := s.Connections.Connection(ctx, a.UserID, a.ConnectionID)
	if err != nil {
		return s.gone(ctx, a, err)
	}
	r := reconnection{connection: c, mode: a.Public.Mode, reset: a.Public.Reset, sources: []string{a.Source}}
	return s.reconnect(ctx, a, r, psu)
}

// gone moves an attempt on whose connection was removed meanwhile, elsewhere; other errors pass.
func (s *Service) gone(ctx context.Context, a *Attempt, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	if a.Request.Flow == FlowManage {
		forget(a)
		return s.move(ctx, a, PhaseOverview, nil)
	}
	a.Public.Error, a.LeaseUntil = &Problem{Code: CodeGone}, nil
	return s.move(ctx, a, PhaseFailed, nil)
}

// prepare readies an attempt to prove again who the end user is, and says where that begins:
//
//	credentials   something must be typed: everything on a reset, where the session does not open, or through another source;
//	              else what the bank refused (wrongpass, passwordExpired) and what is never kept
//	working       nothing must be typed: the connector takes what it needs from the session; the event says so
//	failed        the connector has left the directory, or too many passwords were refused lately
func (s *Service) prepare(ctx context.Context, a *Attempt, r reconnection) (Phase, *pending, error) {
	conn := r.connection
	forget(a)
	a.ConnectionID, a.ConnectorUUID, a.Source = conn.ID, conn.ConnectorUUID, conn.Source
	a.Public.Mode, a.Public.Reset = r.mode, r.reset
	c, err := s.connectorOf(a)
	if err != nil || len(c.EnabledSources()) == 0 {
		a.Public.Error = &Problem{Code: connector.CodeNotSupported}
		return PhaseFailed, nil, nil
	}
	src, err := s.sourceOf(ctx, a.UserID, c, conn, r.sources)
	if err != nil {
		return "", nil, err
	}
	a.Source = src.Name
	standing, err := s.Store.Standing(ctx, conn.ID)
	if err != nil {
		return "", nil, err
	}
	tries, left := standing.TriesAt(s.Clock())
	if tries >= MostTries && src.Auth != bank.AuthWebauth {
		a.Public.Error = &Problem{Code: connector.CodeTooManyTries, RetryAfter: left}
		return PhaseFailed, nil, nil
	}
	a.Public.Tries = max(a.Public.Tries, tries) // the page warns before the last one
	known := len(standing.Session) > 0 && src.Name == conn.Source
	names, form := retyped(fieldsOf(c, src.Name), src, conn, r.reset || !known)
	if form {
		a.Public.Retyped = names
		return PhaseCredentials, nil, nil
	}
	return PhaseWorking, &pending{Begin: true, Stored: src.Auth != bank.AuthWebauth}, nil
}

// retyped says whether a reconnect needs a form, and which of its fields: none named means all. What was refused is asked for
// again, and what is never kept (one-time values); the rest is in the session.
func retyped(fields []bank.Field, src bank.Source, conn bank.Connection, all bool) (names []string, form bool) {
	if len(fields) == 0 {
		return nil, false
	}
	if all {
		return nil, true
	}
	refused := src.Auth != bank.AuthWebauth && (conn.State == bank.StateWrongpass || conn.State == bank.StatePasswordExpired)
	for _, f := range fields {
		asked := f.Secret || f.Type == bank.FieldPassword
		if len(conn.Asked) > 0 {
			asked = slices.ContainsFunc(conn.Asked, func(q bank.Field) bool { return q.Name == f.Name })
		}
		if f.Transient || refused && asked {
			names = append(names, f.Name)
		}
	}
	return names, refused || len(names) > 0
}

// sourceOf picks the way in: one that is wanted, if the connector has it, else the connection's own, else the first. One that
// another connection of the same login uses already is not taken: two would become one.
func (s *Service) sourceOf(ctx context.Context, userID int64, c *bank.Connector, conn bank.Connection, wanted []string) (bank.Source, error) {
	list, err := s.Connections.Connections(ctx, userID)
	if err != nil {
		return bank.Source{}, err
	}
	for _, name := range append(slices.Clone(wanted), conn.Source) {
		src, ok := c.Source(name)
		taken := slices.ContainsFunc(list, func(o bank.Connection) bool {
			return o.ID != conn.ID && o.ConnectorUUID == conn.ConnectorUUID && o.Source == name && o.OwnerKey != "" && o.OwnerKey == conn.OwnerKey
		})
		if ok && !taken {
			return src, nil
		}
	}
	return c.EnabledSources()[0], nil
}

// renewable says whether a bank's consent can be prolonged early: it is given on the bank's own page.
func (s *Service) renewable(conn bank.Connection) bool {
	c, ok := s.Directory.ByUUID(conn.ConnectorUUID)
	if !ok || !s.Kinds.Ready(c) {
		return false
	}
	src, ok := c.Source(conn.Source)
	return ok && src.Auth == bank.AuthWebauth
}

// asks lists the fields that the attempt's page asks for: those of its source, narrowed where a reconnect needs only some.
func asks(a *Attempt, c *bank.Connector) []bank.Field {
	fields := fieldsOf(c, a.Source)
	if len(a.Public.Retyped) == 0 {
		return fields
	}
	return slices.DeleteFunc(fields, func(f bank.Field) bool { return !slices.Contains(a.Public.Retyped, f.Name) })
}

// secretNames lists the fields of a form that a bank's no makes people type again.
func secretNames(fields []bank.Field, more ...string) (names []string) {
	for _, f := range fields {
		if f.Secret || f.Type == bank.FieldPassword || f.Transient || slices.Contains(more, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// forget makes an attempt forget the connection that it was about, and everything that was under way for it.
func forget(a *Attempt) {
	a.ConnectorUUID, a.Source, a.ConnectionID = "", "", 0
	a.Private, a.LeaseUntil = nil, nil
	p := &a.Public
	p.Error, p.DeniedAt, p.Deadline, p.Elsewhere, p.AuthenticatedAt = nil, nil, nil, false, nil
	p.Mode, p.Retyped, p.Reset = ModeNew, nil, false
}
