package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

const nounTransaction = "transaction"

// chunk is how many movements share a write: others wait for the writer no longer than that takes.
const chunk = 250

// SaveTransactions implements syncer.Store. A long list is stored in portions; whoever asks again after a failure between them
// completes it. An account that is absent is fault.NotFound.
func (s *Store) SaveTransactions(ctx context.Context, accountID int64, transactions []bank.Transaction, now time.Time) (int, error) {
	return s.savePortions(ctx, transactions, func(ctx context.Context, tx *writeTx, part []bank.Transaction) (int, error) {
		fresh, err := saveTransactions(ctx, tx, accountID, part, now)
		return len(fresh), err
	}, func([]bank.Transaction) {})
}

// savePortions stores a list in portions, of which each is noted once it is stored, and says how many were new.
func (s *Store) savePortions(ctx context.Context, list []bank.Transaction,
	save func(ctx context.Context, tx *writeTx, part []bank.Transaction) (int, error), stored func(part []bank.Transaction),
) (int, error) {
	fresh := 0
	for first := true; first || len(list) > 0; first = false {
		part := list[:min(chunk, len(list))]
		list = list[len(part):]
		var n int
		err := s.write(ctx, nounAccount, func(ctx context.Context, tx *writeTx) (err error) {
			n, err = save(ctx, tx, part)
			return err
		})
		if err != nil {
			return fresh, err
		}
		stored(part)
		fresh += n
	}
	return fresh, nil
}

// saveTransactions upserts movements by key and gives the places of those that were new. Unchanged ones are not written.
func saveTransactions(ctx context.Context, tx *writeTx, accountID int64, list []bank.Transaction, now time.Time) ([]int, error) {
	var userID int64
	var closed sql.NullInt64
	if err := tx.queryRow(ctx, "SELECT user_id, coalesce(disabled_at, closed_at) FROM accounts WHERE id = $1", accountID).Scan(&userID, &closed); err != nil {
		return nil, err
	}
	if closed.Valid {
		return nil, nil
	}
	var fresh []int
	for i, t := range list {
		if seeded.OverlapDoubled {
			t.Key += "@" + strconv.FormatInt(micros(now), 10)
		}
		var paid *decimal.Decimal
		var paidIn string
		if t.Original != nil {
			paid, paidIn = &t.Original.Amount, t.Original.Currency
		}
		rs, err := tx.query(ctx, upsertTransaction, userID, accountID, t.Key, micros(t.Date), nullMicros(t.ValueDate),
			nullMicros(t.RealDate), amount(t.Value.Amount), t.Value.Currency, string(t.Type), t.OriginalWording, t.Wording,
			t.Counterparty, flag(t.Coming), nullMicros(t.Deleted), micros(now), nullAmount(paid), paidIn)
		revisions, err := collect(rs, err, scanID)
		if err != nil {
			return nil, err
		}
		if len(revisions) == 1 && revisions[0] == 1 {
			fresh = append(fresh, i)
		}
	}
	return fresh, nil
}

// upsertTransaction gives the revision of the row: 1 for a new one, more for a changed one, none for one that is as it was.
const upsertTransaction = `INSERT INTO transactions (user_id, account_id, key, date, value_date, real_date, value, currency, type,
	original_wording, wording, counterparty, coming, deleted_at, last_update, created, revision, original_value, original_currency)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 1, $16, $17)
	ON CONFLICT (account_id, key) DO UPDATE SET date = excluded.date, value_date = excluded.value_date,
	real_date = excluded.real_date, value = excluded.value, currency = excluded.currency, type = excluded.type,
	original_wording = excluded.original_wording, wording = excluded.wording, counterparty = excluded.counterparty,
	coming = excluded.coming, deleted_at = excluded.deleted_at, last_update = excluded.last_update,
	original_value = excluded.original_value, original_currency = excluded.original_currency,
	revision = transactions.revision + 1
	WHERE transactions.date <> excluded.date OR transactions.value_date IS DISTINCT FROM excluded.value_date
	OR transactions.real_date IS DISTINCT FROM excluded.real_date OR transactions.value <> excluded.value
	OR transactions.currency <> excluded.currency OR transactions.type <> excluded.type
	OR transactions.original_wording <> excluded.original_wording OR transactions.wording <> excluded.wording
	OR transactions.counterparty <> excluded.counterparty OR transactions.coming <> excluded.coming
	OR transactions.original_value IS DISTINCT FROM excluded.original_value OR transactions.original_currency <> excluded.original_currency
	OR transactions.deleted_at IS DISTINCT FROM excluded.deleted_at RETURNING revision`

const transactionColumns = `t.id, t.user_id, t.account_id, t.key, t.date, t.value_date, t.real_date, t.value, t.currency, t.type,
	t.original_wording, t.wording, t.counterparty, t.coming, t.deleted_at, t.last_update, t.created, t.custom_wording, t.application_date,
	t.comment, t.active, t.categories, t.original_value, t.original_currency`

func scanTransaction(r row) (bank.Transaction, error) {
	var t bank.Transaction
	var date, coming, last, created, active int64
	var valueDate, realDate, deleted, application sql.NullInt64
	var value, kind, categories, paidIn string
	var paid sql.NullString
	err := r.Scan(&t.ID, &t.UserID, &t.AccountID, &t.Key, &date, &valueDate, &realDate, &value, &t.Value.Currency, &kind,
		&t.OriginalWording, &t.Wording, &t.Counterparty, &coming, &deleted, &last, &created, &t.CustomWording,
		&application, &t.Comment, &active, &categories, &paid, &paidIn)
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
	if paid.Valid {
		t.Original = &bank.Money{Currency: paidIn}
		if t.Original.Amount, err = fromAmount(paid.String); err != nil {
			return t, err
		}
	}
	t.Value.Amount, err = fromAmount(value)
	return t, err
}
