package demo

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// transactionsView is one page of an account's movements.
type transactionsView struct {
	Account    accountRow
	Days       []day
	Prev, Next string
	// Reading says that nothing has been read yet: the page looks again by itself.
	Reading bool
}

// day gathers the movements of one date; Words is the date for reading.
type day struct {
	Date, Words string
	Rows        []transactionRow
}

type transactionRow struct {
	Wording, Type, Value string
	Negative, Coming     bool
}

// pageSize is how many movements one page asks for.
const pageSize = "25"

func (a *App) showTransactions(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	if s == nil || s.currentToken() == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		a.showProblem(w, r, http.StatusNotFound, noAccount)
		return
	}
	token := s.currentToken()
	var acc account
	err = a.call(r.Context(), http.MethodGet, "/2.0/users/me/accounts/"+strconv.FormatInt(id, 10), token, nil, &acc)
	if err != nil {
		a.accountFailed(w, r, s, err)
		return
	}
	path := "/2.0/users/me/accounts/" + strconv.FormatInt(id, 10) + "/transactions?limit=" + pageSize
	if at := r.URL.Query().Get("page"); at != "" {
		if path, err = a.linkPath(a.cfg.Service + at); err != nil {
			a.showProblem(w, r, http.StatusBadRequest, problem{Title: "There is no such page", Text: "The address may be mistyped."})
			return
		}
	}
	page, err := a.transactions(withRecord(r.Context(), s, stepTransactions), token, path)
	if err != nil {
		a.accountFailed(w, r, s, err)
		return
	}
	view := transactionsView{Account: accountRowOf(acc), Days: byDay(page.Transactions)}
	if len(page.Transactions) == 0 {
		view.Reading = a.reading(r, token, acc.ConnectionID)
	}
	view.Prev, view.Next = a.pageLink(id, page.Links.Prev), a.pageLink(id, page.Links.Next)
	a.render(w, r, http.StatusOK, "transactions", view.Account.Name, view)
}

var noAccount = problem{Title: "There is no such account", Text: "It may have been disconnected meanwhile."}

func (a *App) accountFailed(w http.ResponseWriter, r *http.Request, s *session, err error) {
	var e *apiError
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		a.showProblem(w, r, http.StatusNotFound, noAccount)
		return
	}
	a.dataFailed(w, r, s, err)
}

// reading says whether the account's connection has never been read to its end.
func (a *App) reading(r *http.Request, token string, connectionID int64) bool {
	var c connection
	err := a.call(r.Context(), http.MethodGet, "/2.0/users/me/connections/"+strconv.FormatInt(connectionID, 10), token, nil, &c)
	return err == nil && c.LastUpdate == nil && c.State == nil
}

// pageLink makes an address of ours from a link of the answer, or nothing when there is none or it leads elsewhere.
func (a *App) pageLink(id int64, l *link) string {
	if l == nil {
		return ""
	}
	path, err := a.linkPath(l.Href)
	if err != nil {
		return ""
	}
	return "/accounts/" + strconv.FormatInt(id, 10) + "?page=" + url.QueryEscape(path)
}

func byDay(list []transaction) []day {
	var days []day
	for _, t := range list {
		if len(days) == 0 || days[len(days)-1].Date != t.Date {
			days = append(days, day{Date: t.Date, Words: dateWords(t.Date)})
		}
		d := &days[len(days)-1]
		d.Rows = append(d.Rows, transactionRow{
			Wording: t.Wording, Type: t.Type, Value: amount(t.Value.String()), Negative: negative(t.Value.String()), Coming: t.Coming,
		})
	}
	return days
}

// dateWords writes a date out; one that cannot be read is shown as it came.
func dateWords(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("Monday, 2 January 2006")
}
