package linxo

import (
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// transactions is GET /transactions: the movements of a user's shared accounts, newest first, and those of one day in the order in
// which they came.
func (h *Handler) transactions(q *request) error {
	userID, err := q.user()
	if err != nil {
		return err
	}
	f, some, err := readTransactionFilter(q)
	if err != nil {
		return err
	}
	f.UserID = userID
	if err := h.known(q, &f); err != nil {
		return err
	}
	list := []transactionObject{}
	if some {
		found, err := h.Reader.Transactions(q.Request().Context(), f)
		if err != nil {
			return absentAs(q.nameOfAccounts(), err)
		}
		for i := range found {
			list = append(list, newTransaction(q.version, &found[i]))
		}
	}
	return showList(q, "transactions", list)
}

// nameOfAccounts is the parameter that names the accounts.
func (q *request) nameOfAccounts() string {
	if q.Query["account_ids"] != "" {
		return "account_ids"
	}
	return "account_id"
}

// known refuses a list of accounts of which one is absent. A single one is looked at by the reader itself.
func (h *Handler) known(q *request, f *bank.TransactionFilter) error {
	if len(f.AccountIDs) == 0 {
		return nil
	}
	accounts, err := h.Reader.ChannelAccounts(q.Request().Context(), f.UserID, 0)
	if err != nil {
		return err
	}
	own := make(map[int64]bool, len(accounts))
	for i := range accounts {
		own[accounts[i].ID] = true
	}
	for _, id := range f.AccountIDs {
		if !own[id] {
			return absentAs(q.nameOfAccounts(), errAbsent())
		}
	}
	return nil
}

// transaction is GET /transactions/{id}.
func (h *Handler) transaction(q *request) error {
	userID, err := q.user()
	if err != nil {
		return err
	}
	id, err := parseID(q.Param("id"), "id")
	if err != nil {
		return err
	}
	found, err := h.Reader.Transactions(q.Request().Context(), bank.TransactionFilter{UserID: userID, ID: id, Unlisted: true, Limit: 1})
	if err != nil {
		return absent(err)
	}
	if len(found) == 0 {
		return errAbsent()
	}
	return respond.JSON(q, http.StatusOK, newTransaction(q.version, &found[0]))
}

// readTransactionFilter reads what narrows a list. False means that nothing can be found.
func readTransactionFilter(q *request) (f bank.TransactionFilter, some bool, err error) {
	f = bank.TransactionFilter{ByApplicationDate: true, Unlisted: true}
	p, err := q.paging(usualLimit)
	if err != nil {
		return f, false, err
	}
	f.Limit, f.Offset = p.limit, p.offset()
	if err = q.readAccounts(&f); err != nil {
		return f, false, err
	}
	if err = q.readAmounts(&f); err != nil {
		return f, false, err
	}
	if err = q.readDates(&f); err != nil {
		return f, false, err
	}
	category, err := q.text("category_id")
	if err != nil {
		return f, false, err
	}
	if category != "" {
		if category == uncategorized {
			category = ""
		}
		f.Category = &category
	}
	some, err = q.readKinds(&f)
	return f, some, err
}

// readAccounts reads which accounts: account_id of version 2.1, account_ids of version 3.
func (q *request) readAccounts(f *bank.TransactionFilter) error {
	ids, err := q.ids("account_ids")
	if err != nil {
		return err
	}
	one, err := q.ids("account_id")
	if err != nil {
		return err
	}
	switch {
	case len(ids) > 0 && len(one) > 0:
		return params.ErrValue("account_id", "must not be sent beside account_ids")
	case len(one) > 0:
		ids = one
	}
	if len(ids) == 1 {
		f.AccountID = ids[0]
	} else {
		f.AccountIDs = ids
	}
	types, err := words(q, "account_type", accountTypes)
	f.AccountTypes = typesOf(types)
	return err
}

// readAmounts reads bounds of the signed amount, both inclusive, and the amount itself.
func (q *request) readAmounts(f *bank.TransactionFilter) (err error) {
	if f.MinValue, err = q.money("min_amount"); err != nil {
		return err
	}
	if f.MaxValue, err = q.money("max_amount"); err != nil {
		return err
	}
	exact, err := q.money("amount")
	if exact != nil {
		f.Values = []decimal.Decimal{*exact}
	}
	return err
}

// readDates reads the days between which, both inclusive: of a moment the day in Paris counts. What was imported is cut exactly.
func (q *request) readDates(f *bank.TransactionFilter) error {
	for name, to := range map[string]**time.Time{"start_date": &f.MinDate, "end_date": &f.MaxDate} {
		at, err := q.moment(name)
		if err != nil {
			return err
		}
		if at != nil {
			day := dayOf(*at)
			*to = &day
		}
	}
	var err error
	f.CreatedFrom, err = q.moment("start_import_date")
	return err
}

// readKinds reads origin and status.
func (q *request) readKinds(f *bank.TransactionFilter) (some bool, err error) {
	from, err := words(q, "origin", origins)
	if err != nil {
		return false, err
	}
	included, err := words(q, "included_statuses", movementStatuses)
	if err != nil {
		return false, err
	}
	excluded, err := words(q, "excluded_statuses", movementStatuses)
	if err != nil {
		return false, err
	}
	var origin, status bool
	f.Upcoming, origin = byOrigin(from)
	f.Coming, status = byStatus(included, excluded)
	return origin && status, nil
}
