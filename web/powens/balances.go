package powens

import (
	"encoding/json"
	"net/http"

	"passerelle/web/respond"
)

// balanceObject is what an account held when it was last read. The shape is ours: no public document shows Powens'.
type balanceObject struct {
	ID        int64           `json:"id"`
	IDAccount int64           `json:"id_account"`
	Date      *string         `json:"date"`
	Balance   json.Number     `json:"balance"`
	Coming    *json.Number    `json:"coming"`
	Currency  *currencyObject `json:"currency"`
}

// balances is GET /users/{id|me}/balances, and the same for a connection or an account: one entry for each shared account. We
// keep no history.
func (h *Handler) balances(q *request) error {
	ctx := q.Request().Context()
	connectionID, err := scopeConnection(q)
	if err != nil {
		return err
	}
	var accountID int64
	if param := q.Param("account"); param != "" {
		if accountID, err = pathID(param, "id_account"); err != nil {
			return err
		}
		// A disabled account has no balance to show, and is as absent.
		if _, err := h.Reader.Account(ctx, q.userID, accountID, false); err != nil {
			return absent(err)
		}
	}
	accounts, err := h.Reader.UserAccounts(ctx, q.userID, connectionID, false)
	if err != nil {
		return absent(err)
	}
	out := make([]balanceObject, 0, len(accounts))
	for i := range accounts {
		a := &accounts[i]
		if accountID != 0 && a.ID != accountID {
			continue
		}
		out = append(out, balanceObject{
			ID: a.ID, IDAccount: a.ID, Date: optionalDate(a.LastUpdate), Balance: respond.Number(a.Balance.Amount),
			Coming: respond.OptionalNumber(a.Coming), Currency: newCurrency(a.Balance.Currency),
		})
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"balances": out, "total": len(out)})
}

// none makes the handler of a list that is always empty here: documents and investments are out of scope, and a client that
// looks for them finds none rather than an error. Whether the connection or account in the path is the user's is looked at.
func none(key string) func(h *Handler, q *request) error {
	return func(h *Handler, q *request) error {
		ctx := q.Request().Context()
		connectionID, err := scopeConnection(q)
		if err != nil {
			return err
		}
		if connectionID != 0 {
			if _, err := h.Reader.Connection(ctx, q.userID, connectionID); err != nil {
				return absent(err)
			}
		}
		if param := q.Param("account"); param != "" {
			id, err := pathID(param, "id_account")
			if err != nil {
				return err
			}
			if _, err := h.Reader.Account(ctx, q.userID, id, true); err != nil {
				return absent(err)
			}
		}
		return respond.JSON(q, http.StatusOK, map[string]any{key: []struct{}{}, "total": 0})
	}
}
