package testbank

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// accountJSON is an account on the wire. Amounts are decimal strings with their sign.
type accountJSON struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Name     string         `json:"name"`
	Number   string         `json:"number"`
	IBAN     string         `json:"iban,omitempty"`
	Currency string         `json:"currency"`
	Balance  string         `json:"balance"`
	Coming   string         `json:"coming"`
	Usage    string         `json:"usage"`
	Owner    string         `json:"owner"`
	ParentID string         `json:"parent_id,omitempty"`
	Loan     *bank.LoanSpec `json:"loan,omitempty"`
	// UID is set where the account is known by it for ever.
	UID         string `json:"uid,omitempty"`
	BalanceDate string `json:"balance_date,omitempty"`
}

// transactionJSON is a movement on the wire. Dates are 2006-01-02; status is booked or pending.
type transactionJSON struct {
	ID           string `json:"id"`
	Date         string `json:"date"`
	ValueDate    string `json:"value_date"`
	Amount       string `json:"amount"`
	Currency     string `json:"currency"`
	Label        string `json:"label"`
	Memo         string `json:"memo,omitempty"`
	Reference    string `json:"reference,omitempty"`
	Type         string `json:"type"`
	Counterparty string `json:"counterparty,omitempty"`
	Status       string `json:"status"`
}

type hrefJSON struct {
	Href string `json:"href"`
}

type transactionsJSON struct {
	Transactions []transactionJSON   `json:"transactions"`
	Links        map[string]hrefJSON `json:"_links"`
}

func accountsFor(list []bank.Account) map[string][]accountJSON {
	out := make([]accountJSON, 0, len(list))
	for _, a := range list {
		out = append(out, accountJSON{
			ID: a.ID, Type: a.Type, Name: a.Name, Number: a.Number, IBAN: a.IBAN, Currency: a.Currency,
			Balance: a.BalanceText(), Coming: a.ComingText(), Usage: a.Usage, Owner: a.Owner,
			ParentID: a.ParentID, Loan: a.Loan, UID: a.UID, BalanceDate: a.BalanceDate,
		})
	}
	return map[string][]accountJSON{"accounts": out}
}

// transactionsFor renders a page with its relative link to the next one, which repeats the query's filters.
func transactionsFor(c echo.Context, p bank.Page) transactionsJSON {
	out := transactionsJSON{Transactions: make([]transactionJSON, 0, len(p.Movements)), Links: map[string]hrefJSON{}}
	for _, m := range p.Movements {
		status := "booked"
		if m.Pending {
			status = "pending"
		}
		out.Transactions = append(out.Transactions, transactionJSON{
			ID: m.ID, Date: m.Date.Format(time.DateOnly), ValueDate: m.ValueDate.Format(time.DateOnly),
			Amount: m.AmountText(), Currency: m.Currency, Label: m.Label, Memo: m.Memo, Reference: m.Reference,
			Type: m.Type, Counterparty: m.Counterparty, Status: status,
		})
	}
	if p.Next != "" {
		out.Links["next"] = hrefJSON{Href: nextHref(c, p.Next)}
	}
	return out
}

func nextHref(c echo.Context, cursor string) string {
	q := url.Values{}
	for k, v := range c.QueryParams() {
		q[k] = v
	}
	q.Set("after", cursor)
	return c.Request().URL.Path + "?" + q.Encode()
}

func readQuery(c echo.Context) (bank.Query, error) {
	q := bank.Query{After: c.QueryParam("after")}
	if raw := c.QueryParam("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 {
			return q, &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "limit is a number from 1."}
		}
		q.Limit = n
	}
	if raw := c.QueryParam("since"); raw != "" {
		day, err := time.Parse(time.DateOnly, raw)
		if err != nil {
			return q, &bank.Refusal{Code: bank.CodeInvalidRequest, Message: "since is a date such as 2025-01-31."}
		}
		q.Since = day
	}
	return q, nil
}

func (s *Server) siteAccounts(c echo.Context) error {
	id := cookie(c, sessionCookie)
	if err := s.slowVisit(c, id); err != nil {
		return err
	}
	if err := s.rereadVisit(c.Request().Context(), id); err != nil {
		return err
	}
	list, err := s.bank.SiteAccounts(id)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, accountsFor(list))
	}
	v, err := s.bank.Visit(id)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "accounts", page{Brand: v.Brand, Title: "Your accounts", Signed: true, Data: accountsData{Accounts: list, Login: v.Login}})
}

// accountsData fills the page of accounts. Login is the name that the customer has behind the scenes.
type accountsData struct {
	Accounts []bank.Account
	Login    string
}

// movementsData fills the page of one account.
type movementsData struct {
	bank.Page
	NextHref string
}

func (s *Server) siteTransactions(c echo.Context) error {
	id := cookie(c, sessionCookie)
	if err := s.slowVisit(c, id); err != nil {
		return err
	}
	q, err := readQuery(c)
	if err != nil {
		return err
	}
	p, err := s.bank.SiteMovements(id, c.Param("id"), q)
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, transactionsFor(c, p))
	}
	data := movementsData{Page: p}
	if p.Next != "" {
		data.NextHref = nextHref(c, p.Next)
	}
	return s.show(c, http.StatusOK, "transactions", page{Title: "Movements", Signed: true, Data: data})
}

func (s *Server) slowVisit(c echo.Context, id string) error {
	v, err := s.bank.Visit(id)
	if err != nil {
		return err
	}
	return s.slowly(c, v.Scenario.Slow())
}

// attended says whether the customer is there: a browser is theirs, and a program proves it by their address, as in Berlin
// Group's API.
func attended(c echo.Context) bool {
	return !wantsJSON(c) || c.Request().Header.Get("PSU-IP-Address") != ""
}

// bearer reads the access token (RFC 6750 section 2.1).
func bearer(c echo.Context) string {
	scheme, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func (s *Server) slowConsent(c echo.Context) error {
	k, err := s.bank.ConsentOf(bearer(c))
	if err != nil {
		return err
	}
	return s.slowly(c, k.Slow())
}

func (s *Server) apiAccounts(c echo.Context) error {
	if err := s.slowConsent(c); err != nil {
		return err
	}
	if err := s.rereadConsent(c.Request().Context(), bearer(c)); err != nil {
		return err
	}
	list, err := s.bank.APIAccounts(bearer(c), attended(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, accountsFor(list))
}

func (s *Server) apiTransactions(c echo.Context) error {
	if err := s.slowConsent(c); err != nil {
		return err
	}
	q, err := readQuery(c)
	if err != nil {
		return err
	}
	p, err := s.bank.APIMovements(bearer(c), c.Param("id"), attended(c), q)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, transactionsFor(c, p))
}

func (s *Server) apiConsent(c echo.Context) error {
	k, err := s.bank.ConsentOf(bearer(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{
		"consent_id": k.ID, "status": k.Status, "valid_until": k.ValidUntil.Format(time.RFC3339), "owner": k.Login,
	})
}

func (s *Server) apiTerminate(c echo.Context) error {
	if err := s.bank.Terminate(bearer(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
