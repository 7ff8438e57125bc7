package direct

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/fault"
)

// Create is a wish for a new connection.
type Create struct {
	UserID int64
	// ConnectorUUID or ConnectorID names the connector.
	ConnectorUUID string
	ConnectorID   int64
	// Source is the way in; empty means the one that most values were given for, by priority among equals.
	Source string
	// Values may hold more than the connector's fields; what it does not know is left out.
	Values map[string]bank.Secret
	PSU    connector.PSU
	// Background answers at once, with the connection in the state validating.
	Background bool
}

// Create connects. The connection that it gives may wait for something, as its state says. Wrong credentials are a fault with
// the code wrongpass and leave nothing behind, unless the caller was answered before the bank was.
func (s *Service) Create(ctx context.Context, in Create) (bank.Connection, error) {
	entry, err := s.named(in.ConnectorUUID, in.ConnectorID)
	if err != nil {
		return bank.Connection{}, err
	}
	t := &talk{userID: in.UserID, entry: entry, psu: in.PSU, mode: connector.ModeConnect, began: s.Clock(), done: make(chan struct{}), own: s.owner()}
	if t.kind, err = s.kindOf(entry); err != nil {
		return bank.Connection{}, err
	}
	if t.source, err = chosen(entry, in.Source, in.Values); err != nil {
		return bank.Connection{}, err
	}
	if t.values, err = check(taken(entry, t.source.Name), in.Values); err != nil {
		return bank.Connection{}, err
	}
	if err := s.room(ctx, in.UserID); err != nil {
		return bank.Connection{}, err
	}
	if err := s.admit(t); err != nil {
		return bank.Connection{}, err
	}
	if err := s.take(ctx, t); err != nil {
		s.release(t)
		return bank.Connection{}, err
	}
	return s.run(ctx, t, in.Background, true, func(ctx context.Context) error { return s.open(ctx, t) })
}

// open asks the bank anew, or leaves it to a browser where that is how the source proves who somebody is: to ask the bank here
// would only leave a consent behind there that nobody comes for.
func (s *Service) open(ctx context.Context, t *talk) error {
	if t.source.Auth == bank.AuthWebauth {
		return s.park(ctx, t, pending{}, Park{State: bank.StateWebauthRequired})
	}
	return s.begin(ctx, t)
}

// named finds the connector that a client backend names. One that is not offered is as unknown.
func (s *Service) named(uuid string, id int64) (*bank.Connector, error) {
	field := "connector_uuid"
	var entry *bank.Connector
	var ok bool
	switch {
	case uuid != "":
		if entry, ok = s.Directory.ByUUID(uuid); ok && id != 0 && entry.ID != id {
			return nil, errValue("id_connector", "names another connector than connector_uuid")
		}
	case id != 0:
		field = "id_connector"
		entry, ok = s.Directory.ByID(id)
	default:
		return nil, fault.New(fault.Invalid, "The parameter connector_uuid or id_connector is missing.").WithField(field).WithCode(codeMissing)
	}
	if !ok || !s.Kinds.Offers(entry) {
		return nil, errValue(field, "is not a connector that new connections can be made to")
	}
	return entry, nil
}

// known finds the connector of a connection.
func (s *Service) known(c bank.Connection) (*bank.Connector, connector.Connector, error) {
	entry, ok := s.Directory.ByUUID(c.ConnectorUUID)
	if !ok {
		return nil, nil, errGone()
	}
	kind, err := s.kindOf(entry)
	return entry, kind, err
}

func (s *Service) kindOf(entry *bank.Connector) (connector.Connector, error) {
	kind, ok := s.Kinds.Kind(entry.Kind)
	if !ok {
		return nil, errGone()
	}
	return kind, nil
}

// errOff: an operator disabled the source. The connection is as it was, and goes on when it is enabled again.
func errOff() error {
	return fault.New(fault.Conflict, "The source of this connection is switched off: nothing is read through it until it is switched on again.").
		WithCode("notSupported")
}

func errGone() error {
	return fault.New(fault.Conflict, "The connector of this connection is not offered any more.").WithCode("notSupported")
}

// chosen finds the source.
func chosen(entry *bank.Connector, name string, values map[string]bank.Secret) (bank.Source, error) {
	if name != "" {
		src, ok := entry.Source(name)
		if !ok {
			return src, errValue("source", "is not a source of this connector that can be used")
		}
		return src, nil
	}
	sources := entry.EnabledSources()
	if len(sources) == 0 {
		return bank.Source{}, errGone()
	}
	slices.SortStableFunc(sources, func(a, b bank.Source) int { return a.Priority - b.Priority })
	best, most := sources[0], 0
	for _, src := range sources {
		n := 0
		for _, f := range fieldsOf(entry, src.Name) {
			if v, given := values[f.Name]; given && !v.IsZero() {
				n++
			}
		}
		if n > most {
			best, most = src, n
		}
	}
	return best, nil
}

// own finds the source of a connection, which nobody named: it may have been switched off meanwhile.
func own(entry *bank.Connector, name string) (bank.Source, error) {
	src, ok := entry.Source(name)
	switch {
	case ok:
		return src, nil
	case entry.SwitchedOff(name):
		return src, errOff()
	}
	return src, errGone()
}

// taken are the fields that a source takes values of: its own, and the choices of the others, which are no secrets and which it may
// understand. None of those is asked for.
func taken(entry *bank.Connector, source string) []bank.Field {
	out := fieldsOf(entry, source)
	for _, f := range entry.Fields {
		if f.Type == bank.FieldList && !f.Secret && !f.ForSource(source) {
			f.Required = false
			out = append(out, f)
		}
	}
	return out
}

// fieldsOf are what a source asks for.
func fieldsOf(entry *bank.Connector, source string) []bank.Field {
	var out []bank.Field
	for _, f := range entry.Fields {
		if f.ForSource(source) {
			out = append(out, f)
		}
	}
	return out
}
