package store

import (
	"context"
	"database/sql"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/webhook"
)

const nounAccount = "account"

const accountColumns = `id, user_id, connection_id, key, source, number, iban, name, original_name, type, usage, owner, balance,
	currency, coming, loan, disabled_at, deleted_at, last_update, created`

func scanAccount(r row) (bank.Account, error) {
	var a bank.Account
	var kind, usage, balance string
	var coming, loan sql.NullString
	var disabled, deleted, last sql.NullInt64
	var created int64
	err := r.Scan(&a.ID, &a.UserID, &a.ConnectionID, &a.Key, &a.Source, &a.Number, &a.IBAN, &a.Name, &a.OriginalName, &kind,
		&usage, &a.Owner, &balance, &a.Balance.Currency, &coming, &loan, &disabled, &deleted, &last, &created)
	if err != nil {
		return a, err
	}
	a.Type, a.Usage, a.Created = bank.AccountType(kind), bank.Usage(usage), fromMicros(created)
	a.Disabled, a.Deleted, a.LastUpdate = fromNullMicros(disabled), fromNullMicros(deleted), fromNullMicros(last)
	if a.Balance.Amount, err = fromAmount(balance); err != nil {
		return a, err
	}
	if a.Coming, err = fromNullAmount(coming); err != nil {
		return a, err
	}
	if loan.Valid {
		a.Loan = new(bank.Loan)
		err = fromJSON(loan.String, a.Loan)
	}
	return a, err
}

// Accounts implements connect.Store. Accounts that the bank deleted are there too, with the time of it.
func (s *Store) Accounts(ctx context.Context, connectionID int64) ([]bank.Account, error) {
	list, err := accountsOf(ctx, s.read, connectionID)
	return list, translate(nounAccount, err)
}

func accountsOf(ctx context.Context, e executor, connectionID int64) ([]bank.Account, error) {
	rs, err := e.query(ctx, "SELECT "+accountColumns+" FROM accounts WHERE connection_id = $1 ORDER BY id", connectionID)
	return collect(rs, err, scanAccount)
}

// SaveAccounts implements syncer.Store.
func (s *Store) SaveAccounts(ctx context.Context, connectionID int64, accounts []bank.Account, now time.Time) ([]bank.Account, error) {
	var all []bank.Account
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		var userID int64
		if err := tx.queryRow(ctx, "SELECT user_id FROM connections WHERE id = $1", connectionID).Scan(&userID); err != nil {
			return err
		}
		domain, err := domainOf(ctx, tx, userID)
		if err != nil {
			return err
		}
		event := webhook.Event{Domain: domain, UserID: userID, ConnectionID: connectionID, Created: now}
		listed := make(map[string]bool, len(accounts))
		for _, a := range accounts {
			listed[a.Key] = true
			a.UserID, a.ConnectionID = userID, connectionID
			if err := saveAccount(ctx, tx, a, event); err != nil {
				return err
			}
		}
		if err := unlistAccounts(ctx, tx, connectionID, listed, now); err != nil {
			return err
		}
		event.Name = webhook.AccountsFetched
		if err := insertEvent(ctx, tx, event); err != nil {
			return err
		}
		all, err = accountsOf(ctx, tx, connectionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// saveAccount adds an account as disabled, with the event ACCOUNT_FOUND, or refreshes the known one of its key; whether it is
// shared stays as the end user decided.
func saveAccount(ctx context.Context, tx *writeTx, a bank.Account, event webhook.Event) error {
	now := micros(event.Created)
	var loan any
	if a.Loan != nil {
		encoded, err := toJSON(a.Loan)
		if err != nil {
			return err
		}
		loan = encoded
	}
	values := []any{
		a.ConnectionID, a.Key, a.Source, a.Number, a.IBAN, a.Name, a.OriginalName, string(a.Type), string(a.Usage), a.Owner,
		amount(a.Balance.Amount), a.Balance.Currency, nullAmount(a.Coming), loan, now,
	}
	rs, err := tx.query(ctx, `INSERT INTO accounts (connection_id, key, source, number, iban, name, original_name, type, usage, owner,
		balance, currency, coming, loan, last_update, disabled_at, created, user_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $15, $16)
		ON CONFLICT (connection_id, key) DO NOTHING RETURNING id`, append(values, a.UserID)...)
	added, err := collect(rs, err, scanID)
	if err != nil {
		return err
	}
	if len(added) == 1 {
		event.Name, event.AccountID = webhook.AccountFound, added[0]
		if event.Payload, err = toJSON(map[string]any{"type": a.Type}); err != nil {
			return err
		}
		return insertEvent(ctx, tx, event)
	}
	_, err = tx.exec(ctx, `UPDATE accounts SET source = $3, number = $4, iban = $5, name = $6, original_name = $7, type = $8,
		usage = $9, owner = $10, balance = $11, currency = $12, coming = $13, loan = $14, last_update = $15, deleted_at = NULL
		WHERE connection_id = $1 AND key = $2`, values...)
	return err
}

// unlistAccounts marks what the bank no longer lists.
func unlistAccounts(ctx context.Context, tx *writeTx, connectionID int64, listed map[string]bool, now time.Time) error {
	rs, err := tx.query(ctx, "SELECT key FROM accounts WHERE connection_id = $1 AND deleted_at IS NULL", connectionID)
	known, err := collect(rs, err, scanText)
	if err != nil {
		return err
	}
	for _, key := range known {
		if listed[key] {
			continue
		}
		_, err := tx.exec(ctx, "UPDATE accounts SET deleted_at = $1 WHERE connection_id = $2 AND key = $3", micros(now), connectionID, key)
		if err != nil {
			return err
		}
	}
	return nil
}
