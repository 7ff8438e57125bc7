package powens

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/fault"

	"passerelle/web/params"
)

// mostTransactions is how many transactions one answer lists.
const mostTransactions = 1000

// filters are the parameters that narrow a list of transactions, in the order in which links repeat them.
var filters = []string{
	"filter", "min_date", "max_date", "all", "deleted", "income", "wording", "search", "min_value", "max_value", "value", "last_update", "expand",
}

const (
	// mostFilterText caps the words that are looked for, in characters.
	mostFilterText = 200
	// mostFilterValues is how many exact amounts may be asked for at once.
	mostFilterValues = 10
)

// transactionQuery is a request for transactions, read once.
type transactionQuery struct {
	filter bank.TransactionFilter
	expand expansion
	// repeat are the parameters that links repeat, in their order, and binding what a cursor is bound to.
	repeat  []string
	values  map[string]string
	binding string
	from    direction
}

func (h *Handler) readTransactionQuery(q *request) (*transactionQuery, error) {
	if q.Query["limit"] == "" {
		return nil, params.ErrMissing("limit")
	}
	t := &transactionQuery{filter: bank.TransactionFilter{UserID: q.userID, ByApplicationDate: true}, values: map[string]string{}}
	var err error
	if t.filter.Limit, err = q.QueryNumber("limit", 1, mostTransactions, 0); err != nil {
		return nil, err
	}
	if t.filter.Offset, err = q.QueryNumber("offset", 0, mostOffset, 0); err != nil {
		return nil, err
	}
	switch q.Query["filter"] {
	case "", "application_date":
	case "date":
		t.filter.ByApplicationDate = false
	default:
		return nil, params.ErrValue("filter", "must be application_date or date")
	}
	if err := t.readContent(q); err != nil {
		return nil, err
	}
	if t.expand, err = q.expand(); err != nil {
		return nil, err
	}
	if err := h.scope(q, t); err != nil {
		return nil, err
	}
	return t, t.position(h, q.Query["cursor"])
}

// readContent reads what the transactions must be.
func (t *transactionQuery) readContent(q *request) error {
	f := &t.filter
	var err error
	if f.MinDate, err = q.day("min_date", false); err != nil {
		return err
	}
	if f.MaxDate, err = q.day("max_date", true); err != nil {
		return err
	}
	all, err := q.QueryFlag("all")
	if err != nil {
		return err
	}
	deleted, err := q.QueryFlag("deleted")
	if err != nil {
		return err
	}
	f.Deleted = all || deleted
	if _, has := q.Query["income"]; has {
		income, err := q.QueryFlag("income")
		if err != nil {
			return err
		}
		f.Income = &income
	}
	if f.Wording, err = q.queryText("wording", mostFilterText); err != nil {
		return err
	}
	if f.Search, err = q.queryText("search", mostFilterText); err != nil {
		return err
	}
	if f.MinValue, err = q.amount("min_value"); err != nil {
		return err
	}
	if f.MaxValue, err = q.amount("max_value"); err != nil {
		return err
	}
	if f.Values, err = q.amounts("value"); err != nil {
		return err
	}
	f.UpdatedAfter, err = q.moment("last_update")
	return err
}

// scope narrows the query to the connection or account in the path, and says what a cursor is bound to.
func (h *Handler) scope(q *request, t *transactionQuery) error {
	var err error
	if t.filter.ConnectionID, err = scopeConnection(q); err != nil {
		return err
	}
	if param := q.Param("account"); param != "" {
		id, err := pathID(param, "id_account")
		if err != nil {
			return err
		}
		if _, err := h.Reader.Account(q.Request().Context(), q.userID, id, true); err != nil {
			return absent(err)
		}
		t.filter.AccountID = id
	}
	for _, name := range filters {
		if s, has := q.Query[name]; has {
			t.repeat = append(t.repeat, name)
			t.values[name] = s
		}
	}
	t.binding = fmt.Sprintf("%d %d %d %s", q.userID, t.filter.ConnectionID, t.filter.AccountID, t.query(0, ""))
	return nil
}

// position reads the cursor, if there is one.
func (t *transactionQuery) position(h *Handler, cursor string) error {
	if cursor == "" {
		return nil
	}
	if t.filter.Offset != 0 {
		return fault.New(fault.Invalid, "The parameter offset must not be sent beside a cursor.").WithField("offset")
	}
	from, at, err := h.readCursor(t.binding, cursor)
	if err != nil {
		return err
	}
	t.from = from
	if from == backward {
		t.filter.Before = at
	} else {
		t.filter.After = at
	}
	return nil
}

// query renders the parameters of a link. The limit is not part of what a cursor is bound to: 0 leaves it out.
func (t *transactionQuery) query(limit int, cursor string) string {
	s := ""
	add := func(name, value string) {
		if s != "" {
			s += "&"
		}
		s += url.QueryEscape(name)
		if value != "" {
			s += "=" + url.QueryEscape(value)
		}
	}
	if limit > 0 {
		add("limit", strconv.Itoa(limit))
	}
	for _, name := range t.repeat {
		add(name, t.values[name])
	}
	if cursor != "" {
		add("cursor", cursor)
	}
	return s
}

// day reads a day, a month or a year; of the latter two its first day, or its last.
func (q *request) day(name string, last bool) (*time.Time, error) {
	s := q.Query[name]
	if s == "" {
		return nil, nil
	}
	for _, f := range []struct {
		layout              string
		years, months, days int
	}{{dateLayout, 0, 0, 0}, {"2006-01", 0, 1, -1}, {"2006", 1, 0, -1}} {
		if t, err := time.Parse(f.layout, s); err == nil {
			if last {
				t = t.AddDate(f.years, f.months, f.days)
			}
			return &t, nil
		}
	}
	return nil, params.ErrValue(name, "must be a day such as 2026-01-31, a month or a year")
}
