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
	currency, coming, loan, disabled_at, deleted_at, last_update, created, custom_name, custom_usage, display, bookmarked, closed_at, removed_at`

func scanAccount(r row) (bank.Account, error) {
	var a bank.Account
	var kind, usage, balance string
	var coming, loan sql.NullString
	var disabled, deleted, last, closed, removed sql.NullInt64
	var created, display, bookmarked int64
	var customUsage string
	err := r.Scan(&a.ID, &a.UserID, &a.ConnectionID, &a.Key, &a.Source, &a.Number, &a.IBAN, &a.Name, &a.OriginalName, &kind,
		&usage, &a.Owner, &balance, &a.Balance.Currency, &coming, &loan, &disabled, &deleted, &last, &created,
		&a.CustomName, &customUsage, &display, &bookmarked, &closed, &removed)
	if err != nil {
		return a, err
	}
	a.Type, a.Usage, a.Created = bank.AccountType(kind), bank.Usage(usage), fromMicros(created)
	a.CustomUsage, a.Display, a.Bookmarked = bank.Usage(customUsage), display != 0, bookmarked != 0
	if a.CustomName != "" {
		a.Name = a.CustomName
	}
	if a.CustomUsage != "" {
		a.BankUsage, a.Usage = a.Usage, a.CustomUsage
	}
	a.Disabled, a.Deleted, a.LastUpdate = fromNullMicros(disabled), fromNullMicros(deleted), fromNullMicros(last)
	a.Closed, a.Removed = fromNullMicros(closed), fromNullMicros(removed)
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

// SaveAccounts implements syncer.Store. Accounts that are new are added as disabled, with the event ACCOUNT_FOUND; known ones are
// refreshed, and whether they are shared stays as the end user decided; those that the bank lists no more are marked. Of one that was
// archived or removed nothing is taken over.
func (s *Store) SaveAccounts(ctx context.Context, connectionID int64, accounts []bank.Account, now time.Time) ([]bank.Account, error) {
	var all []bank.Account
	err := s.write(ctx, nounConnection, func(ctx context.Context, tx *writeTx) error {
		event := webhook.Event{ConnectionID: connectionID, Created: now}
		var agreed int64
		if err := tx.queryRow(ctx, "SELECT c.user_id, u.domain, c.consent_all FROM connections c JOIN users u ON u.id = c.user_id WHERE c.id = $1", connectionID).
			Scan(&event.UserID, &event.Domain, &agreed); err != nil {
			return err
		}
		known, err := accountsOf(ctx, tx, connectionID)
		if err != nil {
			return err
		}
		gone := make(map[string]bank.Account, len(known))
		for _, a := range known {
			gone[a.Key] = a
		}
		var events []webhook.Event
		var fresh []any
		seen := make(map[string]bool, len(accounts))
		for _, a := range accounts {
			if _, old := gone[a.Key]; old || seen[a.Key] {
				err = refreshAccount(ctx, tx, connectionID, a, now)
			} else {
				var found webhook.Event
				if found, err = addAccount(ctx, tx, a, event); err == nil {
					events, fresh = append(events, found), append(fresh, found.AccountID)
				}
			}
			if err != nil {
				return err
			}
			seen[a.Key] = true
			delete(gone, a.Key)
		}
		for _, a := range gone {
			if a.Deleted != nil || a.Closed != nil {
				continue
			}
			if _, err := tx.exec(ctx, "UPDATE accounts SET deleted_at = $1 WHERE id = $2", micros(now), a.ID); err != nil {
				return err
			}
		}
		if agreed != 0 {
			enabled, err := agreedBefore(ctx, tx, event, fresh)
			if err != nil {
				return err
			}
			events = append(events, enabled...)
		}
		event.Name = webhook.AccountsFetched
		if err := insertEvent(ctx, tx, append(events, event)...); err != nil {
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

// addAccount adds an account as disabled and gives its event.
func addAccount(ctx context.Context, tx *writeTx, a bank.Account, event webhook.Event) (webhook.Event, error) {
	values, err := accountValues(event.ConnectionID, a, event.Created)
	if err != nil {
		return event, err
	}
	if event.Payload, err = toJSON(map[string]any{"type": a.Type}); err != nil {
		return event, err
	}
	event.Name = webhook.AccountFound
	err = tx.queryRow(ctx, `INSERT INTO accounts (connection_id, key, source, number, iban, name, original_name, type, usage, owner,
		balance, currency, coming, loan, last_update, disabled_at, created, user_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $15, $16) RETURNING id`,
		append(values, event.UserID)...).Scan(&event.AccountID)
	return event, err
}

// refreshAccount takes over what the bank says of a known account.
func refreshAccount(ctx context.Context, tx *writeTx, connectionID int64, a bank.Account, now time.Time) error {
	values, err := accountValues(connectionID, a, now)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE accounts SET source = $3, number = $4, iban = $5, name = $6, original_name = $7, type = $8,
		usage = $9, owner = $10, balance = $11, currency = $12, coming = $13, loan = $14, last_update = $15, deleted_at = NULL
		WHERE connection_id = $1 AND key = $2 AND closed_at IS NULL AND removed_at IS NULL`, values...)
	return err
}

// accountValues are the columns that the bank fills, in the order of both statements.
func accountValues(connectionID int64, a bank.Account, now time.Time) ([]any, error) {
	var loan any
	if a.Loan != nil {
		encoded, err := toJSON(a.Loan)
		if err != nil {
			return nil, err
		}
		loan = encoded
	}
	return []any{
		connectionID, a.Key, a.Source, a.Number, a.IBAN, a.Name, a.OriginalName, string(a.Type), string(a.Usage), a.Owner,
		amount(a.Balance.Amount), a.Balance.Currency, nullAmount(a.Coming), loan, micros(now),
	}, nil
}
