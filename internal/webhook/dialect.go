package webhook

import (
	"context"

	"passerelle/internal/fault"
)

// checkDialect holds a receiver against what its dialect tells of.
func checkDialect(r Receiver) error {
	switch {
	case r.Dialect == Dialect:
		return nil
	case r.Dialect != DialectLinxo:
		return fault.New(fault.Invalid, "The parameter dialect must be powens or linxo.").WithField("dialect")
	case r.Event != ConnectionSynced:
		return fault.New(fault.Invalid, "The parameter event must be %s: this dialect tells of nothing else.", ConnectionSynced).WithField("event")
	case r.ClientID == 0:
		return missing("client_id")
	}
	return nil
}

// Of is the service for the receivers of one dialect: those of others are as absent. What it registers is of that dialect. It
// delivers nothing and counts for itself.
func (s *Service) Of(dialect string) *Service {
	return &Service{
		Store: dialectStore{s.Store, dialect}, Client: s.Client, CheckURL: s.CheckURL, Tokens: s.Tokens, Clock: s.Clock, Rand: s.Rand,
		Jitter: s.Jitter, Version: s.Version, Log: s.Log,
	}
}

// dialectStore shows the receivers of one dialect.
type dialectStore struct {
	Store

	dialect string
}

// InsertReceiver implements Receivers.
func (s dialectStore) InsertReceiver(ctx context.Context, r Receiver) (Receiver, error) {
	r.Dialect = s.dialect
	return s.Store.InsertReceiver(ctx, r)
}

// Receiver implements Receivers. All changes begin with it.
func (s dialectStore) Receiver(ctx context.Context, domain string, id int64) (Receiver, error) {
	r, err := s.Store.Receiver(ctx, domain, id)
	if err == nil && r.Dialect != s.dialect {
		return Receiver{}, fault.New(fault.NotFound, "There is no such webhook.")
	}
	return r, err
}

// ListReceivers implements Receivers.
func (s dialectStore) ListReceivers(ctx context.Context, f ReceiverFilter) ([]Receiver, error) {
	f.Dialect = s.dialect
	return s.Store.ListReceivers(ctx, f)
}
