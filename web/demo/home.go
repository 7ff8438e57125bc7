package demo

import (
	"errors"
	"net/http"
	"strconv"
)

// home is the first page: an invitation, or what was shared.
type home struct {
	Connected   bool
	Connections []connectionRow
	Hints       []Hint
	// Reading says that the first read of a connection is under way: the page looks again by itself.
	Reading bool
	// Notice is what just happened; Framed says that there is the page with a frame.
	Notice string
	Framed bool
}

// connectionRow is one connection with its accounts.
type connectionRow struct {
	ID          int64
	Name, State string
	Reading     bool
	// Mendable says that the end user can mend it by coming back to the webview.
	Mendable bool
	Accounts []accountRow
}

// accountRow is one account, ready to show.
type accountRow struct {
	ID                    int64
	Name, Number, Type    string
	Balance               string
	Negative              bool
	Currency, CurrencyTag string
}

func (a *App) showHome(w http.ResponseWriter, r *http.Request) {
	view := home{Hints: a.cfg.Hints, Framed: a.cfg.Framed}
	s := a.sessions.find(r)
	if s == nil || s.currentToken() == "" {
		a.render(w, r, http.StatusOK, "home", "Connect your bank", view)
		return
	}
	token := s.currentToken()
	connections, err := a.connections(withRecord(r.Context(), s, stepConnections), token)
	if err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	accounts, err := a.accounts(withRecord(r.Context(), s, stepAccounts), token)
	if err != nil {
		a.dataFailed(w, r, s, err)
		return
	}
	view.Connected = true
	for _, c := range connections {
		row := connectionRow{ID: c.ID, Name: c.Connector.Name, Reading: c.LastUpdate == nil && c.State == nil}
		if row.Name == "" {
			row.Name = "Connection " + strconv.FormatInt(c.ID, 10)
		}
		if c.State != nil {
			row.State, row.Mendable = stateText(*c.State), mendable(*c.State)
		}
		for _, acc := range accounts {
			if acc.ConnectionID == c.ID {
				row.Accounts = append(row.Accounts, accountRowOf(acc))
			}
		}
		view.Reading = view.Reading || row.Reading
		view.Connections = append(view.Connections, row)
	}
	view.Notice = s.tellNotice(view.Reading)
	a.render(w, r, http.StatusOK, "home", "Your accounts", view)
}

// dataFailed forgets a token that the service does not take any more, and shows anything else.
func (a *App) dataFailed(w http.ResponseWriter, r *http.Request, s *session, err error) {
	var e *apiError
	if errors.As(err, &e) && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		s.setToken("")
		a.showProblem(w, r, http.StatusOK, problem{
			Title: "The access has ended", Text: "The service does not take our access token any more. Connect your bank again.", Retry: true,
		})
		return
	}
	a.fail(w, r, err)
}

// mendable says whether the end user can mend a state in the reconnect flow. Everything else goes away by itself, or only after
// something at the bank's own site.
func mendable(state string) bool {
	switch state {
	case "SCARequired", "webauthRequired", "additionalInformationNeeded", "decoupled", "wrongpass", "passwordExpired":
		return true
	}
	return false
}

// stateText puts a connection's state into words. The list of states is open.
func stateText(state string) string {
	switch state {
	case "SCARequired", "webauthRequired", "additionalInformationNeeded", "decoupled":
		return "Your bank asks you to confirm again."
	case "validating":
		return "Your bank is checking your confirmation."
	case "wrongpass":
		return "Your bank does not take the password any more."
	case "passwordExpired":
		return "Your bank wants you to change the password on its own site. Then type the new one here."
	case "actionNeeded":
		return "Your bank wants you to do something on its own site first."
	case "rateLimiting", "websiteUnavailable":
		return "Your bank does not answer at the moment. This goes away by itself."
	default:
		return "Your accounts cannot be read at the moment."
	}
}

func accountRowOf(acc account) accountRow {
	number := acc.IBAN
	if number == "" {
		number = acc.Number
	}
	return accountRow{
		ID: acc.ID, Name: acc.Name, Number: masked(number), Type: typeText(acc.Type), Balance: amount(acc.Balance.String()),
		Negative: negative(acc.Balance.String()), Currency: acc.Currency.ID,
	}
}
