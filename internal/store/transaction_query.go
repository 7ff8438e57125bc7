package store

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/seeded"
)

// The dates that a list can go by. Both stand at the head of an index, applied as the expression that it is here.
const (
	booked  = "t.date"
	applied = "coalesce(t.application_date, t.date)"
)

// listing puts a statement together from constants; every value is a parameter.
type listing struct {
	strings.Builder

	args []any
}

func (q *listing) where(before string, value any, after string) {
	q.args = append(q.args, value)
	q.WriteString(before + "$" + strconv.Itoa(len(q.args)) + after)
}

// transactionQuery makes the statement of a list. Before is asked for backwards, so that the limit takes the entries next to
// the position.
//
// The cross join keeps SQLite to the order written: movements along their index, which is the order of the list, and the few
// accounts looked up by id. Left to choose, it begins with the accounts and sorts all movements for each page.
func transactionQuery(f bank.TransactionFilter) (string, []any) {
	q := &listing{}
	at := booked
	if f.ByApplicationDate {
		at = applied
	}
	q.WriteString("SELECT " + transactionColumns + " FROM transactions t CROSS JOIN accounts a WHERE a.id = t.account_id")
	if f.AccountID != 0 && f.ByApplicationDate {
		// The index of the account's movements; the plus keeps the other one from being chosen.
		q.where(" AND t.account_id = ", f.AccountID, "")
		q.where(" AND +t.user_id = ", f.UserID, "")
	} else {
		q.where(" AND t.user_id = ", f.UserID, "")
		if f.AccountID != 0 {
			q.where(" AND +t.account_id = ", f.AccountID, "")
		}
	}
	if !seeded.WithdrawnListed {
		q.WriteString(" AND a.disabled_at IS NULL")
	}
	if !f.Unlisted {
		q.WriteString(" AND a.deleted_at IS NULL")
	}
	in(q, " AND +t.account_id IN (", f.AccountIDs, func(id int64) any { return id })
	in(q, " AND a.type IN (", f.AccountTypes, func(t bank.AccountType) any { return string(t) })
	if f.ConnectionID != 0 {
		q.where(" AND a.connection_id = ", f.ConnectionID, "")
	}
	if f.MinDate != nil {
		q.where(" AND "+at+" >= ", micros(*f.MinDate), "")
	}
	if f.MaxDate != nil {
		q.where(" AND "+at+" <= ", micros(*f.MaxDate), "")
	}
	q.kinds(f)
	q.content(f)
	q.position(f, at)
	return q.String(), q.args
}

// in keeps rows whose column is one of the values; none keeps all.
func in[T any](q *listing, before string, values []T, plain func(T) any) {
	for i, v := range values {
		after := ", "
		if i == len(values)-1 {
			after = ")"
		}
		q.where(before, plain(v), after)
		before = ""
	}
}

// kinds narrows the list by kind, standing, label and age.
func (q *listing) kinds(f bank.TransactionFilter) {
	if f.ID != 0 {
		q.where(" AND t.id = ", f.ID, "")
	}
	if f.Coming != nil {
		q.where(" AND t.coming = ", flag(*f.Coming), "")
	}
	if f.Upcoming != nil {
		not := " AND NOT "
		if *f.Upcoming {
			not = " AND "
		}
		q.where(not+"(t.coming = 1 AND t.type = ", string(bank.TransactionDeferredCard), ")")
	}
	switch {
	case f.Category == nil:
	case *f.Category == "":
		q.WriteString(" AND t.categories = ''")
	default:
		// The column is JSON of ours, its members in their order.
		code, _ := json.Marshal(*f.Category) //nolint:errchkjson // a text
		q.where(" AND substr(t.categories, 1, length(", `[{"code":`+string(code), ")) = ")
		q.where("", `[{"code":`+string(code), "")
	}
	if f.CreatedFrom != nil {
		q.where(" AND t.created >= ", micros(*f.CreatedFrom), "")
	}
}

// content narrows the list by what the movements are. None of it has an index: a user has thousands of movements, not
// millions.
func (q *listing) content(f bank.TransactionFilter) {
	if !f.Deleted {
		q.WriteString(" AND t.deleted_at IS NULL")
	}
	if f.UpdatedAfter != nil {
		q.where(" AND t.last_update > ", micros(*f.UpdatedAfter), "")
	}
	if f.Income != nil {
		// Nothing is neither in nor out; it is counted as in, so that the two halves are the whole.
		word := " < "
		if *f.Income {
			word = " >= "
		}
		q.where(" AND amount_key(t.value)"+word, amountKey("0"), "")
	}
	if f.MinValue != nil {
		q.where(" AND amount_key(t.value) >= ", amountKey(amount(*f.MinValue)), "")
	}
	if f.MaxValue != nil {
		q.where(" AND amount_key(t.value) <= ", amountKey(amount(*f.MaxValue)), "")
	}
	for i, v := range f.Values {
		before, after := " AND (amount_key(t.value) = ", ""
		if i > 0 {
			before = " OR amount_key(t.value) = "
		}
		if i == len(f.Values)-1 {
			after = ")"
		}
		q.where(before, amountKey(amount(v)), after)
	}
	const wording = "CASE t.custom_wording WHEN '' THEN t.wording ELSE t.custom_wording END"
	if f.Wording != "" {
		q.where(" AND holds("+wording+", ", fold(f.Wording), ") = 1")
	}
	if f.Search != "" {
		needle := fold(f.Search)
		q.where(" AND (holds("+wording+", ", needle, ") = 1")
		q.where(" OR holds(t.original_wording, ", needle, ") = 1")
		q.where(" OR holds(t.counterparty, ", needle, ") = 1")
		q.where(" OR holds(t.comment, ", needle, ") = 1)")
	}
}

// position goes to the place in the list, in its order.
func (q *listing) position(f bank.TransactionFilter, at string) {
	// The first comparison alone bounds the walk along the index.
	if f.After != nil {
		q.where(" AND "+at+" <= ", micros(f.After.Date), "")
		q.where(" AND ("+at+" < ", micros(f.After.Date), "")
		q.where(" OR t.id > ", f.After.ID, ")")
	}
	if f.Before != nil {
		q.where(" AND "+at+" >= ", micros(f.Before.Date), "")
		q.where(" AND ("+at+" > ", micros(f.Before.Date), "")
		q.where(" OR t.id < ", f.Before.ID, ")")
		q.WriteString(" ORDER BY " + at + ", t.id DESC")
	} else {
		q.WriteString(" ORDER BY " + at + " DESC, t.id")
	}
	if f.Limit > 0 || f.Offset > 0 {
		limit := int64(f.Limit)
		if limit <= 0 {
			limit = math.MaxInt64
		}
		q.where(" LIMIT ", limit, "")
	}
	if f.Offset > 0 {
		q.where(" OFFSET ", int64(f.Offset), "")
	}
}
