package syncer

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Accounts reads a connection's accounts into the store while the end user is there, so that they can choose which to share.
// Errors of the bank are *connector.Error; the connection's state is left alone, since the visit decides what comes next.
func (s *Service) Accounts(ctx context.Context, connectionID int64, psu connector.PSU) error {
	unlock, err := s.locks.lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	sub, err := s.open(ctx, connectionID)
	if err != nil {
		return err
	}
	_, err = s.accounts(ctx, sub, psu)
	return err
}

// accounts pulls the accounts alone and saves them; it gives the enabled ones that the bank still lists.
func (s *Service) accounts(ctx context.Context, sub *subject, psu connector.PSU) ([]bank.Account, error) {
	sink := &accountSink{}
	ours, banks := s.pull(ctx, sub, sub.input(psu, s.Clock()), sink)
	if ours != nil {
		return nil, ours
	}
	if banks != nil {
		return nil, banks
	}
	for i := range sink.accounts {
		sink.accounts[i].UserID = sub.connection.UserID
		sink.accounts[i].ConnectionID = sub.connection.ID
		sink.accounts[i].Source = sub.connection.Source
	}
	all, err := s.Store.SaveAccounts(ctx, sub.connection.ID, sink.accounts, s.Clock())
	if err != nil {
		return nil, fmt.Errorf("save the accounts of connection %d: %w", sub.connection.ID, err)
	}
	var shared []bank.Account
	for _, a := range all {
		if a.Disabled == nil && a.Deleted == nil {
			shared = append(shared, a)
		}
	}
	return shared, nil
}

// mostAccounts is more than any login has; a bank that lists more is sending something else.
const mostAccounts = 1000

// accountSink gathers the accounts of one pull, so that they can be written at once: the store marks those not listed.
type accountSink struct {
	accounts []bank.Account
	seen     map[string]bool
}

// Account implements connector.Sink. The same key twice in one pull keeps the first.
func (s *accountSink) Account(_ context.Context, a bank.Account) error {
	if a.Key == "" {
		return protocolError("an account without a key")
	}
	if len(s.accounts) >= mostAccounts {
		return protocolError("more than %d accounts in one login", mostAccounts)
	}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	if s.seen[a.Key] {
		return nil
	}
	s.seen[a.Key] = true
	s.accounts = append(s.accounts, cleanAccount(a))
	return nil
}

// Transaction implements connector.Sink. None was asked for.
func (s *accountSink) Transaction(context.Context, string, bank.Transaction) error { return nil }

func protocolError(format string, args ...any) error {
	return &connector.Error{Code: connector.CodeProtocol, Cause: fmt.Errorf(format, args...)}
}
