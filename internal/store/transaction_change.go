package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// ChangeTransaction implements bank.Writer.
func (s *Store) ChangeTransaction(ctx context.Context, userID, id int64, c bank.TransactionChange, now time.Time) (bank.Transaction, error) {
	columns, args, err := transactionChange(c)
	if err != nil {
		return bank.Transaction{}, translate(nounTransaction, err)
	}
	var out bank.Transaction
	err = s.write(ctx, nounTransaction, func(ctx context.Context, tx *writeTx) (err error) {
		// Whose it is and whether it is shared is looked at in the same transaction as it is changed in.
		if out, err = oneTransaction(ctx, tx, userID, id); err != nil || len(columns) == 0 {
			return err
		}
		n := len(args)
		set := strings.Join(columns, ", ") + ", last_update = $" + strconv.Itoa(n+1)
		if _, err = tx.exec(ctx, "UPDATE transactions SET "+set+" WHERE id = $"+strconv.Itoa(n+2), append(args, micros(now), id)...); err != nil {
			return err
		}
		out, err = oneTransaction(ctx, tx, userID, id)
		return err
	})
	if err != nil {
		return bank.Transaction{}, err
	}
	return out, nil
}

// transactionChange gives the columns to set, each with its placeholder, and their values.
func transactionChange(c bank.TransactionChange) (columns []string, args []any, err error) {
	set := func(column string, value any) {
		args = append(args, value)
		columns = append(columns, column+" = $"+strconv.Itoa(len(args)))
	}
	if c.Wording != nil {
		set("custom_wording", *c.Wording)
	}
	if c.Comment != nil {
		set("comment", *c.Comment)
	}
	if c.ApplicationDate != nil {
		set("application_date", nullMicros(*c.ApplicationDate))
	}
	if c.Active != nil {
		set("active", flag(*c.Active))
	}
	if c.Categories != nil {
		text := ""
		if len(*c.Categories) > 0 {
			if text, err = toJSON(*c.Categories); err != nil {
				return nil, nil, err
			}
		}
		set("categories", text)
	}
	return columns, args, nil
}

// oneTransaction reads one movement of an enabled account of the user.
func oneTransaction(ctx context.Context, e executor, userID, id int64) (bank.Transaction, error) {
	return scanTransaction(e.queryRow(ctx, "SELECT "+transactionColumns+` FROM transactions t
		JOIN accounts a ON a.id = t.account_id WHERE t.id = $1 AND t.user_id = $2 AND a.disabled_at IS NULL AND a.deleted_at IS NULL`,
		id, userID))
}
