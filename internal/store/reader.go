package store

import (
	"context"
	"slices"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// Connections implements bank.Reader.
func (s *Store) Connections(ctx context.Context, userID int64) ([]bank.Connection, error) {
	rs, err := s.read.query(ctx, "SELECT "+connectionColumns+" FROM connections WHERE user_id = $1 ORDER BY id", userID)
	list, err := collect(rs, err, scanConnection)
	return list, translate(nounConnection, err)
}

// Connection implements bank.Reader.
func (s *Store) Connection(ctx context.Context, userID, id int64) (bank.Connection, error) {
	if seeded.ForeignConnection {
		c, err := scanConnection(s.read.queryRow(ctx, "SELECT "+connectionColumns+" FROM connections WHERE id = $1", id))
		return c, translate(nounConnection, err)
	}
	c, err := scanConnection(s.read.queryRow(ctx, "SELECT "+connectionColumns+" FROM connections WHERE id = $1 AND user_id = $2", id, userID))
	return c, translate(nounConnection, err)
}

// UserAccounts implements bank.Reader. A foreign connection is fault.NotFound, as an absent one is.
func (s *Store) UserAccounts(ctx context.Context, userID, connectionID int64, all bool) ([]bank.Account, error) {
	q := "SELECT " + accountColumns + " FROM accounts WHERE user_id = $1 AND deleted_at IS NULL"
	args := []any{userID}
	if connectionID != 0 {
		q += " AND connection_id = $2"
		args = append(args, connectionID)
	}
	if !all {
		q += " AND disabled_at IS NULL"
	}
	rs, err := s.read.query(ctx, q+" ORDER BY id", args...)
	list, err := collect(rs, err, scanAccount)
	if err != nil {
		return nil, translate(nounAccount, err)
	}
	// Only an empty list leaves open whether the connection is there, so only then a second look is paid for.
	if len(list) == 0 && connectionID != 0 {
		_, err = s.Connection(ctx, userID, connectionID)
	}
	return list, err
}

// Account implements bank.Reader.
func (s *Store) Account(ctx context.Context, userID, id int64, all bool) (bank.Account, error) {
	q := "SELECT " + accountColumns + " FROM accounts WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"
	if !all {
		q += " AND disabled_at IS NULL"
	}
	a, err := scanAccount(s.read.queryRow(ctx, q, id, userID))
	return a, translate(nounAccount, err)
}

// Transaction implements bank.Reader.
func (s *Store) Transaction(ctx context.Context, userID, id int64) (bank.Transaction, error) {
	t, err := oneTransaction(ctx, s.read, userID, id)
	return t, translate(nounTransaction, err)
}

// Transactions implements bank.Reader. A foreign or disabled account and a foreign connection are fault.NotFound;
// with Unlisted a disabled one is none.
func (s *Store) Transactions(ctx context.Context, f bank.TransactionFilter) ([]bank.Transaction, error) {
	q, args := transactionQuery(f)
	rs, err := s.read.query(ctx, q, args...)
	list, err := collect(rs, err, scanTransaction)
	if err != nil {
		return nil, translate(nounTransaction, err)
	}
	if f.Before != nil {
		slices.Reverse(list)
	}
	if len(list) > 0 {
		return list, nil
	}
	return nil, s.scoped(ctx, f)
}

// scoped looks whether what an empty list was narrowed to is there at all, and shared. Only then a second look is paid for.
func (s *Store) scoped(ctx context.Context, f bank.TransactionFilter) error {
	if f.AccountID != 0 && f.Unlisted {
		_, err := s.ChannelAccounts(ctx, f.UserID, f.AccountID)
		return err
	}
	if f.AccountID != 0 {
		if _, err := s.Account(ctx, f.UserID, f.AccountID, false); err != nil {
			return err
		}
	}
	if f.ConnectionID != 0 {
		_, err := s.Connection(ctx, f.UserID, f.ConnectionID)
		return err
	}
	return nil
}
