package powens

import (
	"math"
	"net/http"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

// accounts is GET /users/{id|me}/accounts, and the same for one connection. With the flag all, disabled ones too. The sums are
// of all accounts, whatever part of them limit and offset show.
func (h *Handler) accounts(q *request) error {
	all, err := q.QueryFlag("all")
	if err != nil {
		return err
	}
	limit, err := q.QueryNumber("limit", 1, math.MaxInt32, math.MaxInt32)
	if err != nil {
		return err
	}
	offset, err := q.QueryNumber("offset", 0, math.MaxInt32, 0)
	if err != nil {
		return err
	}
	connectionID, err := scopeConnection(q)
	if err != nil {
		return err
	}
	accounts, err := h.Reader.UserAccounts(q.Request().Context(), q.userID, connectionID, all)
	if err != nil {
		return absent(err)
	}
	out := newAccountList(accounts)
	from := min(offset, len(out.Accounts))
	out.Accounts = out.Accounts[from:min(len(out.Accounts), from+limit)]
	return respond.JSON(q, http.StatusOK, out)
}

func newAccountList(accounts []bank.Account) accountList {
	out := accountList{Accounts: make([]accountObject, 0, len(accounts)), Total: len(accounts)}
	balances, coming := sums{}, sums{}
	for i := range accounts {
		a := &accounts[i]
		out.Accounts = append(out.Accounts, newAccount(a))
		if a.Disabled != nil {
			continue
		}
		balances.add(a.Balance)
		coming.add(bank.Money{Amount: comingBalance(a), Currency: a.Balance.Currency})
	}
	out.Balances, out.ComingBalances = balances.numbers(), coming.numbers()
	// One sum over several currencies would be a number without a meaning.
	if len(balances) == 1 {
		for _, n := range out.Balances {
			out.Balance = &n
		}
	}
	return out
}

// account is GET /users/{id|me}/accounts/{aid}, and the same below its connection. A disabled one is absent without the flag all.
func (h *Handler) account(q *request) error {
	all, err := q.QueryFlag("all")
	if err != nil {
		return err
	}
	connectionID, err := scopeConnection(q)
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("account"), "id_account")
	if err != nil {
		return err
	}
	a, err := h.Reader.Account(q.Request().Context(), q.userID, id, all)
	if err != nil {
		return absent(err)
	}
	if connectionID != 0 && a.ConnectionID != connectionID {
		return errAbsent()
	}
	return respond.JSON(q, http.StatusOK, newAccount(&a))
}

// scopeConnection gives the id of the connection in the path; 0 when there is none. Whose it is the reader tells.
func scopeConnection(q *request) (int64, error) {
	param := q.Param("connection")
	if param == "" {
		return 0, nil
	}
	return pathID(param, "id_connection")
}

// sums adds up money by currency.
type sums map[string]decimal.Decimal

func (s sums) add(m bank.Money) {
	if m.Currency != "" {
		s[m.Currency] = s[m.Currency].Add(m.Amount)
	}
}
