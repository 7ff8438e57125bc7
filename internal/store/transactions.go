package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

const nounTransaction = "transaction"

// chunk is how many movements share a write: others wait for the writer no longer than that takes.
const chunk = 250

// SaveTransactions implements syncer.Store. A long list is stored in portions; whoever asks again after a failure between them
// completes it. An account that is absent is fault.NotFound.
func (s *Store) SaveTransactions(ctx context.Context, accountID int64, transactions []bank.Transaction, now time.Time) (int, error) {
	fresh := 0
	for first := true; first || len(transactions) > 0; first = false {
		part := transactions[:min(chunk, len(transactions))]
		transactions = transactions[len(part):]
		var n int
		err := s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) (err error) {
			n, err = saveTransactions(ctx, tx, accountID, part, now)
			return err
		})
		if err != nil {
			return fresh, err
		}
		fresh += n
	}
	return fresh, nil
}

// saveTransactions upserts movements by key and says how many were new. Unchanged ones are not written.
func saveTransactions(ctx context.Context, tx *writeTx, accountID int64, list []bank.Transaction, now time.Time) (int, error) {
	var userID int64
	var closed sql.NullInt64
	if err := tx.queryRow(ctx, "SELECT user_id, coalesce(disabled_at, closed_at) FROM accounts WHERE id = $1", accountID).Scan(&userID, &closed); err != nil {
		return 0, err
	}
	if closed.Valid {
		return 0, nil
	}
	fresh := 0
	for _, t := range list {
		if seeded.OverlapDoubled {
			t.Key += "@" + strconv.FormatInt(micros(now), 10)
		}
		rs, err := tx.query(ctx, upsertTransaction, userID, accountID, t.Key, micros(t.Date), nullMicros(t.ValueDate),
			nullMicros(t.RealDate), amount(t.Value.Amount), t.Value.Currency, string(t.Type), t.OriginalWording, t.Wording,
			t.Counterparty, flag(t.Coming), nullMicros(t.Deleted), micros(now))
		revisions, err := collect(rs, err, scanID)
		if err != nil {
			return 0, err
		}
		if len(revisions) == 1 && revisions[0] == 1 {
			fresh++
		}
	}
	return fresh, nil
}

// upsertTransaction gives the revision of the row: 1 for a new one, more for a changed one, none for one that is as it was.
const upsertTransaction = `INSERT INTO transactions (user_id, account_id, key, date, value_date, real_date, value, currency, type,
	original_wording, wording, counterparty, coming, deleted_at, last_update, created, revision)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 1)
	ON CONFLICT (account_id, key) DO UPDATE SET date = excluded.date, value_date = excluded.value_date,
	real_date = excluded.real_date, value = excluded.value, currency = excluded.currency, type = excluded.type,
	original_wording = excluded.original_wording, wording = excluded.wording, counterparty = excluded.counterparty,
	coming = excluded.coming, deleted_at = excluded.deleted_at, last_update = excluded.last_update,
	revision = transactions.revision + 1
	WHERE transactions.date <> excluded.date OR transactions.value_date IS DISTINCT FROM excluded.value_date
	OR transactions.real_date IS DISTINCT FROM excluded.real_date OR transactions.value <> excluded.value
	OR transactions.currency <> excluded.currency OR transactions.type <> excluded.type
	OR transactions.original_wording <> excluded.original_wording OR transactions.wording <> excluded.wording
	OR transactions.counterparty <> excluded.counterparty OR transactions.coming <> excluded.coming
	OR transactions.deleted_at IS DISTINCT FROM excluded.deleted_at RETURNING revision`

const transactionColumns = `t.id, t.user_id, t.account_id, t.key, t.date, t.value_date, t.real_date, t.value, t.currency, t.type,
	t.original_wording, t.wording, t.counterparty, t.coming, t.deleted_at, t.last_update, t.created, t.custom_wording, t.application_date,
	t.comment, t.active, t.categories`

func scanTransaction(r row) (bank.Transaction, error) {
	var t bank.Transaction
	var date, coming, last, created, active int64
	var valueDate, realDate, deleted, application sql.NullInt64
	var value, kind, categories string
	err := r.Scan(&t.ID, &t.UserID, &t.AccountID, &t.Key, &date, &valueDate, &realDate, &value, &t.Value.Currency, &kind,
		&t.OriginalWording, &t.Wording, &t.Counterparty, &coming, &deleted, &last, &created, &t.CustomWording,
		&application, &t.Comment, &active, &categories)
	if err != nil {
		return t, err
	}
	t.Type, t.Coming, t.Active = bank.TransactionType(kind), coming != 0, active != 0
	t.ApplicationDate, t.SimplifiedWording = fromNullMicros(application), t.Wording
	if categories != "" {
		if err := fromJSON(categories, &t.Categories); err != nil {
			return t, err
		}
	}
	if t.CustomWording != "" {
		t.Wording = t.CustomWording
	}
	t.Date, t.LastUpdate, t.Created = fromMicros(date), fromMicros(last), fromMicros(created)
	t.ValueDate, t.RealDate, t.Deleted = fromNullMicros(valueDate), fromNullMicros(realDate), fromNullMicros(deleted)
	t.Value.Amount, err = fromAmount(value)
	return t, err
}
