package syncer

import (
	"context"
	"fmt"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/failpoint"
)

// Accounts reads a connection's accounts into the store while the end user is there, so that they can choose which to share.
// Errors of the bank are *connector.Error; the connection's state is left alone, since the visit decides what comes next.
func (s *Service) Accounts(ctx context.Context, connectionID int64, psu connector.PSU) error {
	unlock, err := s.Lock(ctx, connectionID)
	if err != nil {
		return err
	}
	defer unlock()
	sub, err := s.open(ctx, connectionID)
	if err != nil {
		return err
	}
	return s.accounts(ctx, sub, psu)
}

// accounts pulls the accounts alone and saves them.
func (s *Service) accounts(ctx context.Context, sub *subject, psu connector.PSU) error {
	sink := &accountSink{}
	ours, banks := s.pull(ctx, sub, sub.input(psu, s.Clock()), sink)
	if ours != nil {
		return ours
	}
	if banks != nil {
		return banks
	}
	_, err := s.saveAccounts(ctx, sub, sink.accounts)
	return err
}

// saveAccounts saves what the bank lists and gives all that is known of the connection.
func (s *Service) saveAccounts(ctx context.Context, sub *subject, list []bank.Account) ([]bank.Account, error) {
	for i := range list {
		list[i].UserID = sub.connection.UserID
		list[i].ConnectionID = sub.connection.ID
		list[i].Source = sub.connection.Source
	}
	var all []bank.Account
	err := failpoint.Around(ctx, failpoint.SyncAccounts, func() (err error) {
		all, err = s.Store.SaveAccounts(ctx, sub.connection.ID, list, s.Clock())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("save the accounts of connection %d: %w", sub.connection.ID, err)
	}
	return all, nil
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
	s.accounts = append(s.accounts, a.Clean())
	return nil
}

// Transaction implements connector.Sink. None was asked for.
func (s *accountSink) Transaction(context.Context, string, bank.Transaction) error { return nil }

func protocolError(format string, args ...any) error {
	return &connector.Error{Code: connector.CodeProtocol, Cause: fmt.Errorf(format, args...)}
}
