package linxo

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// accounts is GET /accounts: a user's, oldest first unless sort says otherwise.
func (h *Handler) accounts(q *request) error {
	userID, err := q.user()
	if err != nil {
		return err
	}
	want, err := readAccountFilter(q)
	if err != nil {
		return err
	}
	ctx := q.Request().Context()
	all, err := h.Reader.ChannelAccounts(ctx, userID, 0)
	if err != nil {
		return err
	}
	of := 0
	var kept []bank.ChannelAccount
	for i := range all {
		if want.connection != 0 && all[i].GroupID != want.connection {
			continue
		}
		of++
		if want.keeps(&all[i]) {
			kept = append(kept, all[i])
		}
	}
	if want.connection != 0 && of == 0 {
		// Only then it is open whether the connection is there at all.
		if _, err := h.Reader.Channels(ctx, userID, want.connection); err != nil {
			return absentAs("connection_id", err)
		}
	}
	if len(want.order) > 0 {
		slices.SortStableFunc(kept, want.compare)
	}
	list := []accountObject{}
	for _, a := range cut(kept, want.paging) {
		list = append(list, newAccount(q.version, &a))
	}
	return showList(q, "accounts", list)
}

// account is GET /accounts/{id}.
func (h *Handler) account(q *request) error {
	_, a, err := h.accountInPath(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newAccount(q.version, &a))
}

// accountInPath reads the account that the path names, and says whose it is; another user's is absent.
func (h *Handler) accountInPath(q *request) (userID int64, a bank.ChannelAccount, err error) {
	if userID, err = q.user(); err != nil {
		return 0, a, err
	}
	id, err := parseID(q.Param("id"), "id")
	if err != nil {
		return 0, a, err
	}
	a, err = h.oneAccount(q, userID, id)
	return userID, a, err
}

func (h *Handler) oneAccount(q *request, userID, id int64) (bank.ChannelAccount, error) {
	list, err := h.Reader.ChannelAccounts(q.Request().Context(), userID, id)
	if err != nil {
		return bank.ChannelAccount{}, absent(err)
	}
	return list[0], nil
}

// accountFilter is what narrows and orders a list of accounts.
type accountFilter struct {
	types      []accountType
	statuses   []accountStatus
	usages     []accountUsage
	words      string
	connection int64
	order      []accountOrder
	paging     paging
}

type accountOrder struct {
	by   func(a, b *bank.ChannelAccount) int
	down bool
}

// accountOrders are what accounts can be sorted by.
var accountOrders = map[string]func(a, b *bank.ChannelAccount) int{
	"name": func(a, b *bank.ChannelAccount) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	},
	"creation_date": func(a, b *bank.ChannelAccount) int { return a.Created.Compare(b.Created) },
}

func readAccountFilter(q *request) (f accountFilter, err error) {
	if f.types, err = words(q, "type", accountTypes); err != nil {
		return f, err
	}
	if f.statuses, err = words(q, "status", accountStatuses); err != nil {
		return f, err
	}
	if f.usages, err = words(q, "usage", accountUsages); err != nil {
		return f, err
	}
	if f.words, err = q.text("q"); err != nil {
		return f, err
	}
	f.words = strings.ToLower(f.words)
	if s := q.Query["connection_id"]; s != "" {
		if f.connection, err = parseID(s, "connection_id"); err != nil {
			return f, err
		}
	}
	if f.order, err = q.accountOrder(); err != nil {
		return f, err
	}
	f.paging, err = q.paging(usualLimit)
	return f, err
}

// accountOrder reads sort: names separated by commas, each with - before it, or :asc or :desc behind it.
func (q *request) accountOrder() ([]accountOrder, error) {
	s := q.Query["sort"]
	if s == "" {
		return nil, nil
	}
	var out []accountOrder
	for part := range strings.SplitSeq(s, ",") {
		name, way, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ":")
		name, minus := strings.CutPrefix(name, "-")
		by, known := accountOrders[name]
		if !known || way != "" && way != "asc" && way != "desc" || minus && way != "" || len(out) == len(accountOrders) {
			return nil, params.ErrValue("sort", "must be name or creation_date, each with - before it or :desc behind it to turn it round")
		}
		out = append(out, accountOrder{by, minus || way == "desc"})
	}
	return out, nil
}

// keeps says whether an account is asked for. What its owner has not shared is found by what is shown of it alone.
func (f *accountFilter) keeps(a *bank.ChannelAccount) bool {
	status := statusOfAccount(a)
	hidden := status == accountPending
	switch {
	case len(f.types) > 0 && !slices.Contains(f.types, typeOf(a.Type)):
		return false
	case len(f.statuses) > 0 && !slices.Contains(f.statuses, status):
		return false
	case len(f.usages) > 0 && (hidden || !slices.Contains(f.usages, usageOf(a.Usage))):
		return false
	case f.words == "" || holds(a.Name, f.words):
		return true
	}
	return !hidden && (holds(a.Number, f.words) || holds(a.IBAN, f.words))
}

func holds(text, folded string) bool { return strings.Contains(strings.ToLower(text), folded) }

// compare orders two accounts; those that are alike stay in the order of their ids.
func (f *accountFilter) compare(a, b bank.ChannelAccount) int {
	for _, o := range f.order {
		n := o.by(&a, &b)
		if o.down {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}
