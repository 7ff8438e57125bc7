package powens

import (
	"context"
	"net/http"
	"strconv"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/web/respond"
)

type link struct {
	Href string `json:"href"`
}

type links struct {
	Self *link `json:"self"`
	Prev *link `json:"prev"`
	Next *link `json:"next"`
}

type transactionList struct {
	Transactions  []transactionObject `json:"transactions"`
	FirstDate     *string             `json:"first_date"`
	LastDate      *string             `json:"last_date"`
	ResultMinDate *string             `json:"result_min_date"`
	ResultMaxDate *string             `json:"result_max_date"`
	Links         links               `json:"_links"`
}

// transactions is GET /users/{id|me}/transactions, and the same for one connection or account: date descending, then id.
func (h *Handler) transactions(q *request) error {
	ctx := q.Request().Context()
	t, err := h.readTransactionQuery(q)
	if err != nil {
		return err
	}
	if err := h.needAccount(ctx, t); err != nil {
		return err
	}
	page, more, err := h.page(ctx, t)
	if err != nil {
		return err
	}
	out := transactionList{Transactions: make([]transactionObject, 0, len(page))}
	accounts, err := h.expandedAccounts(ctx, q.userID, t.expand)
	if err != nil {
		return err
	}
	for i := range page {
		out.Transactions = append(out.Transactions, expandTransaction(&page[i], t.expand, accounts))
	}
	if len(page) > 0 {
		out.ResultMinDate, out.ResultMaxDate = text(date(t.dateOf(&page[len(page)-1]))), text(date(t.dateOf(&page[0])))
	}
	if err := h.bounds(ctx, t, &out); err != nil {
		return err
	}
	out.Links = h.links(q, t, page, more)
	return respond.JSON(q, http.StatusOK, out)
}

// needAccount answers noAccount to a user who has shared no account in the scope: an empty list would read as "no movements".
func (h *Handler) needAccount(ctx context.Context, t *transactionQuery) error {
	accounts, err := h.Reader.UserAccounts(ctx, t.filter.UserID, t.filter.ConnectionID, false)
	if err != nil {
		return absent(err)
	}
	for _, a := range accounts {
		if t.filter.AccountID == 0 || a.ID == t.filter.AccountID {
			return nil
		}
	}
	return fault.New(fault.Conflict, "At least one enabled bank account is required.").WithCode("noAccount")
}

// page reads one page, and whether there is more behind it in the direction that it was read in.
func (h *Handler) page(ctx context.Context, t *transactionQuery) (page []bank.Transaction, more bool, err error) {
	f := t.filter
	f.Limit++
	page, err = h.Reader.Transactions(ctx, f)
	if err != nil {
		return nil, false, absent(err)
	}
	if more = len(page) > t.filter.Limit; !more {
		return page, false, nil
	}
	if t.from == backward {
		// Read backwards, the one too many is the farthest and so the first.
		return page[1:], true, nil
	}
	return page[:t.filter.Limit], true, nil
}

// bounds finds the newest and the oldest date in the scope.
func (h *Handler) bounds(ctx context.Context, t *transactionQuery, out *transactionList) error {
	f := bank.TransactionFilter{
		UserID: t.filter.UserID, ConnectionID: t.filter.ConnectionID, AccountID: t.filter.AccountID, Deleted: t.filter.Deleted,
		ByApplicationDate: t.filter.ByApplicationDate, Limit: 1,
	}
	newest, err := h.Reader.Transactions(ctx, f)
	if err != nil {
		return absent(err)
	}
	f.Before = &farEnd
	oldest, err := h.Reader.Transactions(ctx, f)
	if err != nil {
		return absent(err)
	}
	if len(newest) > 0 {
		out.LastDate = text(date(t.dateOf(&newest[0])))
	}
	if len(oldest) > 0 {
		out.FirstDate = text(date(t.dateOf(&oldest[0])))
	}
	return nil
}

// links makes the addresses of this page and its neighbours, from our configured address: clients refuse links to another
// host, and a Host header must not choose one.
func (h *Handler) links(q *request, t *transactionQuery, page []bank.Transaction, more bool) links {
	to := func(cursor string) *link {
		return &link{h.PublicURL + q.Request().URL.EscapedPath() + "?" + t.query(t.filter.Limit, cursor)}
	}
	beside := func(d direction, of *bank.Transaction) *link {
		return to(h.cursorText(t.binding, d, bank.TransactionCursor{Date: t.dateOf(of), ID: of.ID}))
	}
	l := links{Self: to(q.Query["cursor"])}
	if t.filter.Offset > 0 {
		l.Self.Href += "&offset=" + strconv.Itoa(t.filter.Offset)
	}
	if len(page) == 0 {
		return l
	}
	if more && t.from != backward || t.from == backward {
		l.Next = beside(forward, &page[len(page)-1])
	}
	if more && t.from == backward || t.from == forward || t.filter.Offset > 0 {
		l.Prev = beside(backward, &page[0])
	}
	return l
}

// transaction is GET /users/{id|me}/transactions/{tid}.
func (h *Handler) transaction(q *request) error {
	id, err := pathID(q.Param("transaction"), "id_transaction")
	if err != nil {
		return err
	}
	expand, err := q.expand()
	if err != nil {
		return err
	}
	t, err := h.Reader.Transaction(q.Request().Context(), q.userID, id)
	if err != nil {
		return absent(err)
	}
	return h.showTransaction(q, &t, expand)
}

func (h *Handler) showTransaction(q *request, t *bank.Transaction, expand expansion) error {
	accounts, err := h.expandedAccounts(q.Request().Context(), q.userID, expand)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, expandTransaction(t, expand, accounts))
}

// expandedAccounts reads the accounts that transactions are to show inside, if they are.
func (h *Handler) expandedAccounts(ctx context.Context, userID int64, expand expansion) (map[int64]*bank.Account, error) {
	if !expand.has("account") {
		return nil, nil
	}
	accounts, err := h.Reader.UserAccounts(ctx, userID, 0, false)
	if err != nil {
		return nil, absent(err)
	}
	out := make(map[int64]*bank.Account, len(accounts))
	for i := range accounts {
		out[accounts[i].ID] = &accounts[i]
	}
	return out, nil
}
