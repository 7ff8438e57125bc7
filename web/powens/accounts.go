package powens

import (
	"context"
	"net/http"

	"github.com/shopspring/decimal"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

// accounts is GET /users/{id|me}/accounts, and the same for one connection. With the flag all, disabled ones too.
func (h *Handler) accounts(q *request) error {
	ctx := q.Request().Context()
	all, err := q.queryFlag("all")
	if err != nil {
		return err
	}
	connectionID, err := scopeConnection(q)
	if err != nil {
		return err
	}
	accounts, err := h.Reader.UserAccounts(ctx, q.userID, connectionID, all)
	if err != nil {
		return absent(err)
	}
	connectors, err := h.connectorsOf(ctx, q.userID)
	if err != nil {
		return err
	}
	out := accountList{Accounts: make([]accountObject, 0, len(accounts)), Total: len(accounts)}
	balances, coming := sums{}, sums{}
	for i := range accounts {
		a := &accounts[i]
		out.Accounts = append(out.Accounts, newAccount(a, connectors[a.ConnectionID]))
		if a.Disabled != nil {
			continue
		}
		balances.add(a.Balance)
		if a.Coming != nil {
			coming.add(bank.Money{Amount: *a.Coming, Currency: a.Balance.Currency})
		}
	}
	out.Balances, out.ComingBalances = balances.numbers(), coming.numbers()
	// One sum over several currencies would be a number without a meaning.
	if len(balances) == 1 {
		for _, n := range out.Balances {
			out.Balance = &n
		}
	}
	return respond.JSON(q, http.StatusOK, out)
}

// account is GET /users/{id|me}/accounts/{aid}. A disabled one is absent without the flag all.
func (h *Handler) account(q *request) error {
	ctx := q.Request().Context()
	all, err := q.queryFlag("all")
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("account"), "id_account")
	if err != nil {
		return err
	}
	a, err := h.Reader.Account(ctx, q.userID, id, all)
	if err != nil {
		return absent(err)
	}
	connectors, err := h.connectorsOf(ctx, q.userID)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newAccount(&a, connectors[a.ConnectionID]))
}

// scopeConnection gives the id of the connection in the path; 0 when there is none. Whose it is the reader tells.
func scopeConnection(q *request) (int64, error) {
	param := q.Param("connection")
	if param == "" {
		return 0, nil
	}
	return pathID(param, "id_connection")
}

// connectorsOf finds the connector of each of a user's connections, where the directory still knows it.
func (h *Handler) connectorsOf(ctx context.Context, userID int64) (map[int64]*bank.Connector, error) {
	connections, err := h.Reader.Connections(ctx, userID)
	if err != nil {
		return nil, absent(err)
	}
	out := make(map[int64]*bank.Connector, len(connections))
	for _, c := range connections {
		if connector, ok := h.Directory.ByUUID(c.ConnectorUUID); ok {
			out[c.ID] = connector
		}
	}
	return out, nil
}

// sums adds up money by currency.
type sums map[string]decimal.Decimal

func (s sums) add(m bank.Money) {
	if m.Currency != "" {
		s[m.Currency] = s[m.Currency].Add(m.Amount)
	}
}
