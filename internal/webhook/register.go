package webhook

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"passerelle/internal/fault"
)

// The dialects: whose words the bodies of a receiver are in.
const (
	// Dialect is Powens', which client backends register receivers in by themselves.
	Dialect = "powens"
	// DialectLinxo is Linxo's: one body for each reading of a connection, to receivers that the operator registers for a client
	// application. No access token goes with it: those of that dialect are made by the client backend.
	DialectLinxo = "linxo"
)

const (
	mostURL    = 2000
	mostParams = 4000
)

// NewReceiver is what a registration asks for.
type NewReceiver struct {
	Domain, Event, URL string
	// Dialect is Dialect where it is empty.
	Dialect                             string
	UserID, ClientID, ServiceID, AuthID int64
	Params                              Params
}

// Register registers a receiver.
func (s *Service) Register(ctx context.Context, n NewReceiver) (Receiver, error) {
	now := s.Clock()
	r := Receiver{
		Domain: n.Domain, Dialect: n.Dialect, Event: n.Event, URL: n.URL, UserID: n.UserID, ClientID: n.ClientID, ServiceID: n.ServiceID,
		AuthID: n.AuthID, Params: n.Params, Created: now, Updated: now,
	}
	if r.Dialect == "" {
		r.Dialect = Dialect
	}
	if err := s.checkReceiver(ctx, r); err != nil {
		return Receiver{}, err
	}
	made, err := s.Store.InsertReceiver(ctx, r)
	if err != nil {
		return Receiver{}, fmt.Errorf("register the receiver: %w", err)
	}
	return made, nil
}

// Change is what may be changed of a receiver; nil leaves a value as it is.
type Change struct {
	Event, URL                *string
	UserID, ServiceID, AuthID *int64
	Params                    *Params
	// Enabled rests a receiver or takes it up again, one that said that it is gone too.
	Enabled *bool
	// Deleted deletes it.
	Deleted bool
}

// Change changes a receiver and gives what it is now.
func (s *Service) Change(ctx context.Context, domain string, id int64, c Change) (Receiver, error) {
	r, err := s.Store.Receiver(ctx, domain, id)
	if err != nil {
		return Receiver{}, err
	}
	if r.Deleted != nil {
		return Receiver{}, fault.New(fault.NotFound, "There is no such webhook.")
	}
	if c.Deleted {
		if err := s.Store.DeleteReceiver(ctx, domain, id, s.Clock()); err != nil {
			return Receiver{}, err
		}
		return s.Store.Receiver(ctx, domain, id)
	}
	set(&r.Event, c.Event)
	set(&r.URL, c.URL)
	set(&r.UserID, c.UserID)
	set(&r.ServiceID, c.ServiceID)
	set(&r.AuthID, c.AuthID)
	set(&r.Params, c.Params)
	if c.Enabled != nil {
		switch {
		case *c.Enabled:
			r.Disabled = ""
		case r.Disabled == "":
			r.Disabled = DisabledByHand
		}
	}
	r.Updated = s.Clock()
	if err := s.checkReceiver(ctx, r); err != nil {
		return Receiver{}, err
	}
	if err := s.Store.UpdateReceiver(ctx, r); err != nil {
		return Receiver{}, err
	}
	return s.Store.Receiver(ctx, domain, id)
}

func set[T any](into *T, v *T) {
	if v != nil {
		*into = *v
	}
}

// checkReceiver checks what a client said of a receiver, and tells the field and the remedy.
func (s *Service) checkReceiver(ctx context.Context, r Receiver) error {
	if r.Event == "" {
		return fault.New(fault.Invalid, "The parameter event is missing.").WithField("event").WithCode("missingParameter")
	}
	if _, ok := KindOf(r.Event); !ok {
		return fault.New(fault.Invalid, "The parameter event is not the name of an event; GET /webhooks_events lists them.").WithField("event")
	}
	if err := checkDialect(r); err != nil {
		return err
	}
	if err := s.checkAddress(ctx, "url", r.URL); err != nil {
		return err
	}
	if len(r.Params.Given) > mostParams {
		return fault.New(fault.Invalid, "The parameter params is larger than %d bytes: send less.", mostParams).WithField("params")
	}
	if r.AuthID == 0 {
		return nil
	}
	if _, err := s.Store.Auth(ctx, r.Domain, r.AuthID); fault.Is(err, fault.NotFound) {
		return fault.New(fault.Invalid, "The parameter id_auth is not the id of an auth provider; GET /webhooks/auth lists them.").WithField("id_auth")
	} else if err != nil {
		return fmt.Errorf("look for the auth provider: %w", err)
	}
	return nil
}

// checkAddress refuses an address that no delivery could reach, while somebody is there to mend it. What a name leads to is
// looked at again at each delivery: it may change.
func (s *Service) checkAddress(ctx context.Context, field, address string) error {
	if address == "" {
		return fault.New(fault.Invalid, "The parameter %s is missing.", field).WithField(field).WithCode("missingParameter")
	}
	why := ""
	u, err := url.Parse(address)
	switch {
	case len(address) > mostURL:
		why = fmt.Sprintf("must be at most %d characters long", mostURL)
	case err != nil || u.Host == "" || u.Hostname() == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		why = "must be an absolute address such as https://app.example/hooks/connection-synced"
	case u.User != nil:
		why = "must not carry user information; register an auth provider instead"
	case u.Fragment != "" || strings.Contains(address, "#"):
		why = "must not have a fragment: it would never be sent"
	case u.Scheme != "https" && u.Scheme != "http":
		why = "must begin with https://"
	case s.CheckURL != nil:
		why = s.CheckURL(ctx, u)
	}
	if why != "" {
		return fault.New(fault.Invalid, "The parameter %s %s.", field, why).WithField(field)
	}
	return nil
}
