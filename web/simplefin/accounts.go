package simplefin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

// set is an account set. Errors is version 1's word for errlist.
type set struct {
	Errlist     []problem    `json:"errlist"`
	Errors      []string     `json:"errors"`
	Connections []connection `json:"connections"`
	Accounts    []account    `json:"accounts"`
}

type connection struct {
	ConnID  string `json:"conn_id"`
	Name    string `json:"name"`
	OrgID   string `json:"org_id"`
	SfinURL string `json:"sfin_url"`
}

// org is version 1's word for an account's connection.
type org struct {
	Name    string `json:"name"`
	ID      string `json:"id"`
	SfinURL string `json:"sfin-url"`
}

type account struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	ConnID       string        `json:"conn_id"`
	Org          org           `json:"org"`
	Currency     string        `json:"currency"`
	Balance      string        `json:"balance"`
	BalanceDate  int64         `json:"balance-date"`
	Transactions []transaction `json:"transactions"`
}

type transaction struct {
	ID string `json:"id"`
	// Posted is 0 while the movement is pending.
	Posted      int64  `json:"posted"`
	Amount      string `json:"amount"`
	Description string `json:"description"`
	Payee       string `json:"payee,omitempty"`
	Transacted  int64  `json:"transacted_at,omitempty"`
	Pending     bool   `json:"pending,omitempty"`
}

// accounts is GET /simplefin/accounts: what the user shared, as it was read last. It never asks a bank.
func (h *Handler) accounts(c echo.Context) error {
	caller, err := h.caller(c)
	if err != nil {
		return err
	}
	q, err := readQuery(c.Request(), h.Clock().UTC())
	if err != nil {
		return err
	}
	out, err := h.set(c.Request().Context(), caller.UserID, q)
	if err != nil {
		return err
	}
	return respond.JSON(c, http.StatusOK, out)
}

func (h *Handler) set(ctx context.Context, userID int64, q query) (set, error) {
	out := set{Errlist: []problem{}, Errors: []string{}, Connections: []connection{}, Accounts: []account{}}
	connections, err := h.Reader.Connections(ctx, userID)
	if err != nil {
		return out, fmt.Errorf("read the connections: %w", err)
	}
	accounts, err := h.Reader.UserAccounts(ctx, userID, 0, false)
	if err != nil {
		return out, fmt.Errorf("read the accounts: %w", err)
	}
	shown := map[int64]bool{}
	for i := range accounts {
		if a := &accounts[i]; q.wants(number(a.ID)) {
			shown[a.ConnectionID] = true
		}
	}
	byID := map[int64]*bank.Connection{}
	for i := range connections {
		b := &connections[i]
		byID[b.ID] = b
		if !shown[b.ID] && len(q.accounts) > 0 {
			continue
		}
		out.Connections = append(out.Connections, h.connection(b))
		if p, ok := troubleOf(b); ok {
			out.tell(p)
		}
	}
	left := mostAnswer
	for i := range accounts {
		a, b := &accounts[i], byID[accounts[i].ConnectionID]
		if b == nil || !q.wants(number(a.ID)) {
			continue // made or ended between the two readings
		}
		v := h.account(a, b)
		if !q.balances {
			if v.Transactions, err = h.transactions(ctx, &out, a, q, min(left, mostTransactions)); err != nil {
				return out, err
			}
			left -= len(v.Transactions)
		}
		out.Accounts = append(out.Accounts, v)
	}
	return out, nil
}

func (h *Handler) connection(b *bank.Connection) connection {
	return connection{ConnID: number(b.ID), Name: b.ConnectorName, OrgID: b.ConnectorUUID, SfinURL: h.PublicURL + Path}
}

func (h *Handler) account(a *bank.Account, b *bank.Connection) account {
	read := a.Created
	for _, t := range []*time.Time{b.LastUpdate, a.LastUpdate} {
		if t != nil {
			read = *t
		}
	}
	return account{
		ID: number(a.ID), Name: a.Name, ConnID: number(b.ID), Org: org{Name: b.ConnectorName, ID: b.ConnectorUUID, SfinURL: h.PublicURL + Path},
		Currency: a.Balance.Currency, Balance: a.Balance.Amount.String(), BalanceDate: read.Unix(), Transactions: []transaction{},
	}
}

// transactions are the movements of an account, newest first, at most so many.
func (h *Handler) transactions(ctx context.Context, out *set, a *bank.Account, q query, most int) ([]transaction, error) {
	f := bank.TransactionFilter{UserID: a.UserID, AccountID: a.ID, MinDate: &q.from, Limit: most + 1}
	if !q.to.IsZero() {
		before := q.to.Add(-time.Second)
		f.MaxDate = &before
	}
	if !q.pending {
		booked := false
		f.Coming = &booked
	}
	list, err := h.Reader.Transactions(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the transactions: %w", err)
	}
	if len(list) > most {
		list = list[:most]
		msg := fmt.Sprintf("More than %d transactions: ask for a shorter time to see the older ones.", mostTransactions)
		if most < mostTransactions {
			msg = fmt.Sprintf("More than %d transactions in all accounts: ask for a shorter time, or for fewer accounts, to see the others.", mostAnswer)
		}
		out.tell(problem{Code: codeMissing, AccountID: number(a.ID), ConnID: number(a.ConnectionID), Msg: msg})
	}
	shown := make([]transaction, 0, len(list))
	for i := range list {
		t := &list[i]
		v := transaction{
			ID: number(t.ID), Posted: t.Date.Unix(), Amount: t.Value.Amount.String(), Payee: t.Counterparty, Pending: t.Coming,
			Description: strings.Join(strings.Fields(t.Wording), " "),
		}
		if t.RealDate != nil {
			v.Transacted = t.RealDate.Unix()
		}
		if t.Coming {
			v.Posted = 0
		}
		shown = append(shown, v)
	}
	return shown, nil
}

func number(id int64) string { return strconv.FormatInt(id, 10) }
